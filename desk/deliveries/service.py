"""The service ``deliveries``: a courier for each subscription, and their positions kept."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from callflow.settings import Settings
from callflow.stages.web import WebClient
from desk.deliveries.courier import Courier, Position
from desk.deliveries.model import DeadLetter, Subscription, Subscriptions
from desk.events.service import EventStream
from records.errors import DatabaseError, in_a_line
from records.events import (
    DeliveryGivenUp,
    DeliveryRenewed,
    SubscriptionEnded,
    SubscriptionMade,
    TokenRevoked,
)
from records.log import EventLog
from records.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Runtime
    from records.events import Recorded

_log = structlog.get_logger(__name__)

KEEP_S = 1.0
"""So often positions are written: what was taken since may be sent twice after a kill."""
MOST = 50
"""Subscriptions."""


class NotAllowed(Exception):  # noqa: N818 - named for what it is
    """A subscription can't be made; the message says why."""


class DeliveriesService:
    """Which subscriptions there are, and what was given up, is a fold of the log."""

    needs: ClassVar[tuple[str, ...]] = ("events",)

    def __init__(self, runtime: Runtime, web: WebClient) -> None:
        self._runtime = runtime
        self._web = web
        """A client of its own: what is slow here holds no call's question up."""
        self._log = runtime.require(EventLog)
        self._stream = runtime.require(EventStream)
        self._positions = Positions(self._log.engine)
        self._fold = Subscriptions()
        self._couriers: dict[str, Courier] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._over: set[str] = set()
        """Subscriptions that ended, whose positions are to be forgotten."""

    @classmethod
    def create(cls, runtime: Runtime) -> DeliveriesService:
        """Make the service."""
        return cls(runtime, WebClient(runtime.require(Settings).web, runtime.clock))

    async def start(self) -> None:
        """Go on where the positions stand."""
        self._runtime.subscribe(
            self._hear, SubscriptionMade, SubscriptionEnded, DeliveryGivenUp, DeliveryRenewed, TokenRevoked
        )
        self._stream.on_more.append(self._more)
        await self._web.start()
        kept = await self._positions.all()
        self._over = kept.keys() - self._fold.all.keys()
        for one in self._fold.all.values():
            state = kept.get(one.id)
            position = Position(one.since) if state is None else msgspec.json.decode(state, type=Position)
            # a log whose last events a power cut took gives their numbers anew
            position.read = min(position.read, self._log.seq)
            self._begin(one, position)
        self._keeping = asyncio.get_running_loop().create_task(self._keep(), name="positions of webhooks")

    async def stop(self) -> None:
        """Stop carrying; the next controller goes on from here."""
        tasks = [*self._tasks.values(), *([self._keeping] if self._keeping is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._write()
        await self._web.stop()

    # ── for the routes ───────────────────────────────────────────────────────────────────────────

    def all(self) -> list[Subscription]:
        """Give all subscriptions."""
        return list(self._fold.all.values())

    def get(self, subscription: str) -> Subscription | None:
        """Give one."""
        return self._fold.all.get(subscription)

    def waiting(self, subscription: str) -> tuple[int, int, bool]:
        """Give how many events wait, up to which number the log was read, and whether nothing is taken."""
        lanes = self._couriers[subscription].lanes
        return len(lanes), lanes.read, lanes.down

    def make(
        self,
        url: str,
        kinds: Iterable[str],
        queues: Iterable[str],
        by: str,
        *,
        expires: float | None = None,
    ) -> Subscription:
        """Tell another system of events from now on, by a token, and as long as it is good.

        ``expires``: Unix seconds at which the token is over.  Raises NotAllowed.
        """
        server = self._web.server_of(url)
        if server is None or not server.events:
            raise NotAllowed(f"the server of {url} is not one of the setting web.servers with events = true")
        if len(self._fold.all) >= MOST:
            raise NotAllowed(f"there are {MOST} subscriptions already")
        known = f"w{secrets.token_hex(6)}"
        self._runtime.record(
            SubscriptionMade(
                subscription=known,
                url=url,
                by=by,
                kinds=sorted(kinds),
                queues=sorted(queues),
                expires=expires,
            )
        )
        return self._fold.all[known]

    def end(self, subscription: str, by: str) -> None:
        """Tell it no more."""
        self._runtime.record(SubscriptionEnded(subscription=subscription, by=by))

    def dead(self, subscription: str) -> list[DeadLetter]:
        """Give what was given up, in the order in which it was."""
        return list(self._fold.dead.get(subscription, {}).values())

    async def renew(self, subscription: str, numbers: Iterable[int], by: str) -> list[int]:
        """Have events that were given up sent again; gives those that were, and still are in the log."""
        courier = self._couriers[subscription]
        given_up = self._fold.dead.get(subscription, {})
        before = {number: given_up[number] for number in numbers if number in given_up}
        again = [number for number in before if await courier.again(number)]
        if not await self._write():  # before they are off the list: a kill sends them twice, never not
            return []
        # one that was given up anew meanwhile stays on the list
        again = [number for number in again if given_up.get(number) is before[number]]
        self._runtime.record(
            *(DeliveryRenewed(subscription=subscription, number=number, by=by) for number in again)
        )
        return again

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _hear(self, recorded: Recorded) -> None:
        event = recorded.event
        ended = self._fold.of_token(event.token) if isinstance(event, TokenRevoked) else []
        self._fold.replay(recorded)
        if isinstance(event, SubscriptionMade):
            self._begin(self._fold.all[event.subscription], Position(recorded.seq))
        elif isinstance(event, SubscriptionEnded) and event.subscription in self._couriers:
            del self._couriers[event.subscription]
            self._over.add(event.subscription)
            self._tasks.pop(event.subscription).cancel()
        self._end_those(ended)

    def _end_those(self, ended: list[Subscription]) -> None:
        """End what was made by tokens that are over."""
        for one in ended:
            self._runtime.record(SubscriptionEnded(subscription=one.id, by=one.by))

    def _more(self) -> None:
        for courier in self._couriers.values():
            courier.more()

    def _begin(self, one: Subscription, position: Position) -> None:
        courier = Courier(self._runtime, self._stream, self._web, about=one, position=position)
        self._couriers[one.id] = courier
        task = asyncio.get_running_loop().create_task(courier.run(), name=f"webhook {one.id}")
        self._tasks[one.id] = task

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(KEEP_S)
            now = self._runtime.clock.now()
            over = [one for one in self._fold.all.values() if one.expires is not None and one.expires <= now]
            self._end_those(over)
            await self._write()

    async def _write(self) -> bool:
        """Keep how far each courier is; False when the database did not take it."""
        over = frozenset(self._over)
        changed = [courier for courier in self._couriers.values() if courier.changed]
        for courier in changed:
            courier.changed = False
        states = {one.about.id: msgspec.json.encode(one.position()).decode() for one in changed}
        try:
            await self._positions.save(states)
            await self._positions.remove(over)
        except (DatabaseError, SQLAlchemyError) as error:
            _log.warning("positions_not_kept", error=in_a_line(error))
            for courier in changed:
                courier.changed = True
            return False
        self._over -= over
        return True

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self._fold.snapshot()

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._fold.restore(state)

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        self._fold.replay(recorded)
