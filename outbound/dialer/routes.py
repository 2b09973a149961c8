"""Campaigns over the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from callflow.api import Asked, CallId, ErrorKind, Role, route
from outbound.dialer.books import BooksError
from outbound.dialer.control import VERBS
from outbound.dialer.errors import CampaignError
from outbound.dialer.service import Campaigns
from outbound.dialer.views import AnswersView, CampaignView, ScreenView, answers_view, campaign_view
from outbound.leads.numbers import NumberError

if TYPE_CHECKING:
    from callflow.protocol import Runtime

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
_ALL = {Role.SUPERVISOR, Role.INTEGRATION}
_DESK = {Role.AGENT, Role.SUPERVISOR, Role.INTEGRATION}

NO_SUCH_CAMPAIGN = ErrorKind(
    "no-such-campaign", 404, "The live site has no campaign of this name.", "see /api/v1/campaigns"
)
CANT_START = ErrorKind(
    "campaign-not-started",
    409,
    "Something is missing without which the campaign must not dial: its list, or a whole ledger.",
    "the message says what; mend that and start it again",
)
NO_CAMPAIGN_CALL = ErrorKind(
    "no-campaign-call",
    404,
    "No agent talked in this call for a campaign lately, or (for an agent's token) somebody else did.",
    "see the event AttemptBegun in /api/v1/events",
)
NOT_A_NUMBER = ErrorKind(
    "not-a-number", 400, "The number can't be called: the message says why.", "write it with its country code"
)
NO_BOOKS = ErrorKind(
    "books-closed", 503, "The lists can't be read or written just now.", "try again; see the alarm"
)


class Disposition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a call."""

    outcome: Literal["SALE", "NI", "CALLBK", "WRONG", "DNC", "AM", "FAX"]
    again_at: float | None = None
    """For CALLBK, when the callee wants to be called (Unix seconds)."""
    mine: bool = False
    """For CALLBK, whether the same agent is to talk with them."""


class Disposed(msgspec.Struct, frozen=True):
    """What was kept."""

    call: str
    campaign: str
    outcome: str


class NewLead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be called."""

    number: Annotated[str, Meta(min_length=3, max_length=40)]
    home: Country
    """Country of a number without an international prefix."""
    consent: Annotated[str, Meta(max_length=200)] = ""
    """Where it comes from."""
    name: Annotated[str, Meta(max_length=200)] = ""
    language: Annotated[str, Meta(max_length=20)] = ""
    at: float = 0.0
    """When they are to be called (Unix seconds); 0: in their turn."""
    until: float = 0.0
    """Not after that (Unix seconds), for a promised call; 0: no end."""
    agent: Annotated[str, Meta(max_length=12)] = ""
    """The agent who is to talk with them."""
    promised: bool = False
    """They were promised the call: it goes before others, whenever they were called last."""


class Lead(msgspec.Struct, frozen=True):
    """A lead that is on a list."""

    lead: int
    list: str


class DoNotCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who must not be called."""

    number: Annotated[str, Meta(min_length=3, max_length=40)]
    home: Country
    campaign: Annotated[str, Meta(max_length=80)] = ""
    """By this campaign; empty: by none."""


class CampaignRoutes:
    """Handlers."""

    tag: ClassVar[str] = "campaigns"

    def __init__(self, service: Campaigns) -> None:
        self._service = service

    @classmethod
    def create(cls, runtime: Runtime) -> CampaignRoutes:
        """Make the group."""
        return cls(runtime.require(Campaigns))

    @route("GET", "/campaigns", "List the campaigns", roles=_ALL)
    async def campaigns(self, asked: Asked) -> list[CampaignView]:  # noqa: ARG002 - a handler's shape
        """Those of the live site, with what they do now."""
        return [campaign_view(self._service, run) for run in self._service.runs.values()]

    @route("GET", "/campaigns/{campaign}", "Show a campaign", roles=_ALL, errors=[NO_SUCH_CAMPAIGN])
    async def campaign(self, asked: Asked, campaign: Name) -> CampaignView:  # noqa: ARG002
        """With what it does now."""
        return self._view(campaign)

    @route(
        "GET", "/campaigns/{campaign}/answers", "Judge its answer model", roles=_ALL,
        errors=[NO_SUCH_CAMPAIGN],
    )  # fmt: skip
    async def answers(self, asked: Asked, campaign: Name) -> AnswersView:  # noqa: ARG002
        """Said against observed, of the latest 5,000 outcomes."""
        self._view(campaign)
        return answers_view(self._service.run(campaign))

    @route(
        "POST", "/campaigns/{campaign}/start", "Start, or go on", roles=_ALL,
        errors=[NO_SUCH_CAMPAIGN, CANT_START],
    )  # fmt: skip
    async def start(self, asked: Asked, campaign: Name) -> CampaignView:
        """It dials whenever agents, hours and the drop cap allow, with care in its first minute."""
        return await self._change(asked, campaign, "start")

    @route("POST", "/campaigns/{campaign}/pause", "Pause", roles=_ALL, errors=[NO_SUCH_CAMPAIGN])
    async def pause(self, asked: Asked, campaign: Name) -> CampaignView:
        """Nobody else is dialled; lines that ring go on."""
        return await self._change(asked, campaign, "pause")

    @route("POST", "/campaigns/{campaign}/drain", "Drain", roles=_ALL, errors=[NO_SUCH_CAMPAIGN])
    async def drain(self, asked: Asked, campaign: Name) -> CampaignView:
        """As a pause; it is stopped when its last call is over."""
        return await self._change(asked, campaign, "drain")

    @route("POST", "/campaigns/{campaign}/stop", "Stop", roles=_ALL, errors=[NO_SUCH_CAMPAIGN])
    async def stop(self, asked: Asked, campaign: Name) -> CampaignView:
        """Lines that ring are ended at once; talks go on."""
        return await self._change(asked, campaign, "stop")

    @route("GET", "/campaign-calls/{call}", "What the agent sees", roles=_DESK, errors=[NO_CAMPAIGN_CALL])
    async def screen(self, asked: Asked, call: CallId) -> ScreenView:
        """Of somebody who is called, from the agent's offer on."""
        self._own(asked, call)
        try:
            return self._service.screen(call)
        except CampaignError as error:
            raise NO_CAMPAIGN_CALL(str(error), where=call) from None

    @route(
        "POST", "/campaign-calls/{call}/disposition", "Say what came of it", roles=_DESK,
        errors=[NO_CAMPAIGN_CALL],
    )  # fmt: skip
    async def dispose(self, asked: Asked, call: CallId, body: Disposition) -> Disposed:
        """During the talk, in the wrap-up or after it; the last word counts."""
        self._own(asked, call)
        by = asked.agent or asked.by
        try:
            found = self._service.dispose(
                call, body.outcome, by, again_at=body.again_at, for_agent=asked.agent if body.mine else ""
            )
        except CampaignError as error:
            raise NO_CAMPAIGN_CALL(str(error), where=call) from None
        return Disposed(call, found.campaign, body.outcome)

    @route(
        "POST", "/lists/{list_name}/leads", "Have somebody called", roles=_ALL,
        errors=[NOT_A_NUMBER, NO_BOOKS], status=201,
    )  # fmt: skip
    async def add_lead(self, asked: Asked, list_name: Name, body: NewLead) -> Lead:  # noqa: ARG002
        """Put on a list, or called again if on it: a callback that was promised by whatever way."""
        try:
            lead = await self._service.add_lead(
                list_name, body.number, body.home, consent=body.consent, name=body.name,
                language=body.language, at=body.at, agent=body.agent, promised=body.promised,
                until=body.until,
            )  # fmt: skip
        except NumberError as error:
            raise NOT_A_NUMBER(str(error), where="body.number") from None
        except BooksError as error:
            raise NO_BOOKS(str(error), where=list_name) from None
        return Lead(lead, list_name)

    @route(
        "POST", "/do-not-call", "Call somebody no more", roles=_DESK, errors=[NOT_A_NUMBER, NO_BOOKS],
        status=204,
    )  # fmt: skip
    async def do_not_call(self, asked: Asked, body: DoNotCall) -> None:  # noqa: ARG002
        """At once; it outlives the erasure of their data."""
        try:
            await self._service.do_not_call(body.number, body.home, body.campaign)
        except NumberError as error:
            raise NOT_A_NUMBER(str(error), where="body.number") from None
        except BooksError as error:
            raise NO_BOOKS(str(error), where="do-not-call") from None

    def _own(self, asked: Asked, call: str) -> None:
        """Let an agent see their own calls only."""
        found = self._service.attempts.of_call(call)
        if asked.role is Role.AGENT and (found is None or asked.agent != self._service.agent_of(found)):
            raise NO_CAMPAIGN_CALL(f"{call} is not a campaign's call of agent {asked.agent}", where=call)

    def _view(self, name: str) -> CampaignView:
        try:
            return campaign_view(self._service, self._service.run(name))
        except CampaignError as error:
            raise NO_SUCH_CAMPAIGN(str(error), where=name) from None

    async def _change(self, asked: Asked, name: str, verb: str) -> CampaignView:
        self._view(name)
        try:
            await self._service.set_state(name, VERBS[verb], asked.by)
        except CampaignError as error:
            raise CANT_START(str(error), where=name) from None
        return self._view(name)
