"""Webhook subscriptions, and what was given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from callflow.api import Asked, ErrorKind, Page, Paging, Role, WrongCursor, cut, route
from desk.deliveries.model import DeadLetter, Subscription
from desk.deliveries.service import DeliveriesService, NotAllowed
from desk.events.view import ADMINS_ONLY, wrong_kind

if TYPE_CHECKING:
    from callflow.protocol import Runtime

SubscriptionId = Annotated[str, Meta(pattern="^w[0-9a-f]{12}$", description="A subscription's id.")]
NO_SUCH_WEBHOOK = ErrorKind(
    "no-such-webhook", 404, "There is no such subscription, or it is not yours.", "see /api/v1/webhooks"
)
NOT_ALLOWED = ErrorKind(
    "webhook-not-allowed",
    409,
    "No server of the settings (web.servers) with events = true has it, or there are too many subscriptions.",
    "name the server in the settings (web.servers) with events = true, or end a subscription",
)
NO_SUCH_KIND = ErrorKind(
    "no-such-kind",
    400,
    "There is no such kind of event, or it is told to nobody.",
    "see the schema Recorded in /api/v1/openapi.json",
)
_OWNERS = {Role.INTEGRATION}


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to tell of what."""

    url: Annotated[str, Meta(pattern="^https?://", max_length=2000)]
    """Its server must be one of the setting ``web.servers``, which also has the secret that signs."""
    kinds: Annotated[list[str], Meta(max_length=200)] = []
    """Kinds of events; all when empty."""
    queues: Annotated[list[str], Meta(max_length=200)] = []
    """Only events that name one of these queues; all events when empty."""


class WebhookView(msgspec.Struct, frozen=True):
    """A subscription, and how it stands."""

    id: str
    url: str
    made_by: str
    kinds: list[str]
    queues: list[str]
    waiting: int
    """Events taken from the log and not delivered; never more than a thousand, the others stay in the log."""
    read: int
    """The log is taken in up to this sequence number."""
    down: bool
    """Nothing is taken by the other side; one event at a time is tried."""
    dead: int
    """Events that were given up."""


class Renewal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which given-up events to send again."""

    numbers: Annotated[list[int], Meta(max_length=1000)] = []
    """Sequence numbers; the first thousand that were given up when empty."""


class Renewed(msgspec.Struct, frozen=True):
    """What is sent again."""

    numbers: list[int]


class WebhookRoutes:
    """Handlers.  An integration sees and changes what was made with its own token."""

    tag: ClassVar[str] = "webhooks"

    def __init__(self, deliveries: DeliveriesService) -> None:
        self._deliveries = deliveries

    @classmethod
    def create(cls, runtime: Runtime) -> WebhookRoutes:
        """Make the group."""
        return cls(runtime.require(DeliveriesService))

    @route("GET", "/webhooks", "Subscriptions", roles=_OWNERS, errors=[WrongCursor])
    async def webhooks(self, asked: Asked, query: Paging) -> Page[WebhookView]:
        """With how many events wait, and how many were given up."""
        mine = [self._view(one) for one in self._deliveries.all() if _may(asked, one)]
        return cut(mine, query, lambda view: view.id)

    @route(
        "POST",
        "/webhooks",
        "Subscribe to events",
        roles=_OWNERS,
        errors=[NOT_ALLOWED, NO_SUCH_KIND],
        status=201,
    )
    async def subscribe(self, asked: Asked, body: NewWebhook) -> WebhookView:
        """From now on; docs/webhooks.md tells what comes, in which order, and how it is signed."""
        for kind in body.kinds:
            if (wrong := wrong_kind(kind)) or kind in ADMINS_ONLY:
                raise NO_SUCH_KIND(wrong or f"{kind} is told to nobody", where="body.kinds")
        try:
            return self._view(
                self._deliveries.make(body.url, body.kinds, body.queues, asked.by, expires=asked.expires)
            )
        except NotAllowed as error:
            raise NOT_ALLOWED(str(error), where="body.url") from None

    @route("GET", "/webhooks/{webhook}", "One subscription", roles=_OWNERS, errors=[NO_SUCH_WEBHOOK])
    async def webhook(self, asked: Asked, webhook: SubscriptionId) -> WebhookView:
        """As in the list."""
        return self._view(self._one(asked, webhook))

    @route("DELETE", "/webhooks/{webhook}", "End a subscription", roles=_OWNERS, errors=[NO_SUCH_WEBHOOK])
    async def end(self, asked: Asked, webhook: SubscriptionId) -> None:
        """What was not delivered is dropped."""
        self._deliveries.end(self._one(asked, webhook).id, asked.by)

    @route(
        "GET",
        "/webhooks/{webhook}/dead",
        "Events that were given up",
        roles=_OWNERS,
        errors=[NO_SUCH_WEBHOOK, WrongCursor],
    )
    async def dead(self, asked: Asked, webhook: SubscriptionId, query: Paging) -> Page[DeadLetter]:
        """By sequence number: refused by the other side, or tried for a day."""
        letters = self._deliveries.dead(self._one(asked, webhook).id)
        return cut(letters, query, lambda one: f"{one.number:020d}")

    @route(
        "POST",
        "/webhooks/{webhook}/redeliver",
        "Send given-up events again",
        roles=_OWNERS,
        errors=[NO_SUCH_WEBHOOK],
    )
    async def redeliver(self, asked: Asked, webhook: SubscriptionId, body: Renewal) -> Renewed:
        """They come after what waits of the same call, with the ids that they had."""
        one = self._one(asked, webhook)
        numbers = body.numbers or [letter.number for letter in self._deliveries.dead(one.id)][:1000]
        return Renewed(await self._deliveries.renew(one.id, numbers, asked.by))

    def _one(self, asked: Asked, webhook: str) -> Subscription:
        one = self._deliveries.get(webhook)
        if one is None or not _may(asked, one):
            raise NO_SUCH_WEBHOOK(f"there is no subscription {webhook}", where="path.webhook")
        return one

    def _view(self, one: Subscription) -> WebhookView:
        waiting, read, down = self._deliveries.waiting(one.id)
        return WebhookView(
            id=one.id,
            url=one.url,
            made_by=one.by,
            kinds=one.kinds,
            queues=one.queues,
            waiting=waiting,
            read=read,
            down=down,
            dead=len(self._deliveries.dead(one.id)),
        )


def _may(asked: Asked, one: Subscription) -> bool:
    return asked.role is Role.ADMIN or asked.by == one.by
