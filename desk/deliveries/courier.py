"""Carries events to one subscription, from the log's place where it stands."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from callflow.stages.outlets import TIMEOUT_S, signature
from callflow.stages.web_request import DONE, FAILURE, WebRequest
from desk.deliveries.lanes import Lanes, Waiting
from records.errors import DatabaseError, in_a_line
from records.events import DeliveryGivenUp, is_withheld
from records.queries import Queries

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from callflow.stages.web import WebClient
    from desk.deliveries.model import Subscription
    from desk.events.service import EventStream
    from records.events import Event, Recorded

_log = structlog.get_logger(__name__)

PAGE = 200
BEHIND_S = 0.05
"""Pause before the database, which is some milliseconds behind, is asked again."""
NO_DATABASE_S = 2.0
FAILED_S = 10.0
"""Pause after a fault of ours."""


class Position(msgspec.Struct):
    """How far a subscription has come, as it is kept."""

    read: int
    waiting: list[Waiting] = []


class Courier:
    """One task for a subscription; whatever happens in it is that subscription's matter alone."""

    def __init__(
        self,
        runtime: Runtime,
        stream: EventStream,
        web: WebClient,
        *,
        about: Subscription,
        position: Position,
    ) -> None:
        self.about = about
        self.lanes = Lanes(position.read, position.waiting)
        self.changed = bool(position.waiting)
        """Whether the position is another one than was written last."""
        self._runtime = runtime
        self._stream = stream
        self._queries = runtime.require(Queries)
        self._web = web
        self._known: dict[int, Recorded] = {}
        self._behind = True
        """Whether the log has more than was read."""
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def position(self) -> Position:
        """Give the position to be kept."""
        return Position(self.lanes.read, self.lanes.waiting())

    def more(self) -> None:
        """Take note that the log has more."""
        self._behind = True
        self._wake.set()

    async def again(self, number: int) -> bool:
        """Send an event (again), with others of its call in between; False when the log has it no more."""
        now = self._runtime.clock.now()
        found = [
            recorded
            for recorded in await self._queries.events_at([number])
            if not is_withheld(recorded.event, now)
        ]
        for recorded in found:
            self._take(recorded)
        self._wake.set()
        return bool(found)

    async def run(self) -> None:
        """Carry until it is cancelled; what is under way then is sent again by the next controller."""
        try:
            while True:
                try:
                    await self._step()
                except (DatabaseError, SQLAlchemyError) as error:
                    _log.warning(
                        "deliveries_without_database",
                        subscription=self.about.id,
                        error=in_a_line(error),
                    )
                    await asyncio.sleep(NO_DATABASE_S)
                except Exception:  # noqa: BLE001 - a fault of ours: the others' webhooks, and this one, go on
                    _log.exception("courier_failed", subscription=self.about.id)
                    await asyncio.sleep(FAILED_S)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _step(self) -> None:
        self._wake.clear()
        await self._look_up()
        late = await self._read()
        now = self._runtime.clock.now()
        for one in self.lanes.due(now):
            task = asyncio.get_running_loop().create_task(self._carry(one))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        due = self.lanes.next_due(now)
        wait = None if due is None else max(0.0, due - now)
        if late:
            wait = BEHIND_S if wait is None else min(wait, BEHIND_S)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), wait)

    async def _look_up(self) -> None:
        """Read what waited when the controller before this one ended."""
        missing = [one.seq for one in self.lanes.waiting() if one.seq not in self._known]
        if not missing:
            return
        now = self._runtime.clock.now()
        for recorded in await self._queries.events_at(missing):
            if not is_withheld(recorded.event, now):
                self._known[recorded.seq] = recorded
        for seq in missing:
            if seq not in self._known:
                self._give_up(
                    self.lanes.refused(seq), "the log has no event of this number that is given out"
                )
                self.changed = True

    async def _read(self) -> bool:
        """Take more of the log in, as far as there is room; tells whether there is more to come."""
        while self._behind and self.lanes.room:
            found, last = await self._stream.read(self.lanes.read, min(PAGE, self.lanes.room))
            if last == self.lanes.read:
                self._behind = last < self._stream.tape.last
                return self._behind
            for line in found:
                if self.about.wanted.shows(line.recorded):
                    self._take(line.recorded)
            self.lanes.read, self.changed = last, True
        return False

    def _take(self, recorded: Recorded) -> None:
        self._known[recorded.seq] = recorded
        self.lanes.take(recorded.seq, _lane_of(recorded.event))
        self.changed = True

    async def _carry(self, one: Waiting) -> None:
        """Send an event, and have it tried again if that fails for a fault of ours."""
        try:
            await self._send(one)
        except Exception as error:  # noqa: BLE001 - otherwise its call would wait for ever
            _log.exception("delivery_failed", subscription=self.about.id, number=one.seq)
            if one.seq in self.lanes:
                over = self.lanes.failed(one.seq, self._runtime.clock.now())
                if over is not None:
                    self._give_up(over, f"it can't be sent: {in_a_line(error)}")
            self.changed = True
            self._wake.set()

    async def _send(self, one: Waiting) -> None:
        content = written(self.about, self._known[one.seq])
        headers = [("X-Ringhall-Id", f"{self.about.id}-{one.seq}")]
        server = self._web.server_of(self.about.url)
        if server is not None and server.signing_secret is not None:
            at = int(self._runtime.clock.now())
            secret = server.signing_secret.get_secret_value()
            headers.append(("X-Ringhall-Signature", signature(secret, at, content)))
        answer = await self._web.ask(
            WebRequest(
                method="POST",
                url=self.about.url,
                body=content,
                timeout_s=TIMEOUT_S,
                headers=tuple(headers),
            )
        )
        alarm = f"webhook {self.about.id}"
        over: Waiting | None = None
        if answer.outcome == DONE:
            self.lanes.taken(one.seq)
            self._runtime.clear_alarm(alarm)
            self._forget(one.seq)
        elif answer.outcome == FAILURE and (answer.again or server is None):
            over = self.lanes.failed(one.seq, self._runtime.clock.now())
            if self.lanes.down:
                self._runtime.alarm(alarm, f"{self.about.url} takes nothing: {answer.detail}")
        else:
            over = self.lanes.refused(one.seq)
        if over is not None:
            self._give_up(over, answer.detail or f"the server said {answer.status}")
        self.changed = True
        self._wake.set()

    def _give_up(self, one: Waiting, detail: str) -> None:
        _log.warning("delivery_given_up", subscription=self.about.id, number=one.seq, detail=detail)
        self._forget(one.seq)
        self._runtime.record(
            DeliveryGivenUp(subscription=self.about.id, number=one.seq, tries=one.tries, detail=detail)
        )

    def _forget(self, seq: int) -> None:
        self._known.pop(seq, None)


def _lane_of(event: Event) -> str:
    call, agent = getattr(event, "call", ""), getattr(event, "agent", "")
    return call or (f"agent {agent}" if agent else "")


def written(about: Subscription, recorded: Recorded) -> bytes:
    """Write what is sent of an event."""
    data: dict[str, Any] = msgspec.to_builtins(recorded.event)
    told = {
        "id": f"{about.id}-{recorded.seq}",
        "kind": "event",
        "event": data.pop("type"),
        "call": getattr(recorded.event, "call", ""),
        "at": recorded.at.isoformat(timespec="milliseconds"),
        "seq": recorded.seq,
        "data": data,
    }
    return msgspec.json.encode(told)
