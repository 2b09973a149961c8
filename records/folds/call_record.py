"""The call record: one row a call, folded from its events.

A record is final when the call has ended *and* the wrap-up after it is over; it is given out at both moments.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e

if TYPE_CHECKING:
    from records.events import Recorded

LATE_KEPT = 100
"""Legs report within milliseconds of their call's end: that many calls don't end meanwhile."""
_WITH_CALLER = frozenset({"talking", "hold", "consult"})


class MenuVisit(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A menu that the caller passed through, and the choice made there; never digits that were collected."""

    menu: str
    result: str = ""
    """chosen, invalid or no_input; empty when the menu asked for nothing or got no answer."""
    key: str = ""


class OfferTried(msgspec.Struct, kw_only=True):
    """An agent to whom the call was offered."""

    agent: str
    outcome: str
    """answered, or as in OfferEnded."""
    rang_s: float


class TransferMade(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A hand-over of the call."""

    agent: str
    """Who handed it over."""
    kind: str
    """blind, attended, takeover."""
    to_kind: str
    """agent, queue, menu, outside."""
    to: str = ""
    failed: str = ""
    """Why it came back, if nobody took it."""


class LegHeard(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How well a leg was heard, as in LegQuality: *in* from the party to us, *out* from us to the party."""

    side: str
    agent: str = ""
    in_mos: float | None = None
    in_lost: float = 0.0
    in_jitter_ms: float = 0.0
    out_mos: float | None = None
    out_lost: float = 0.0
    out_jitter_ms: float = 0.0
    rtt_ms: float | None = None


class CallRecord(msgspec.Struct, kw_only=True):
    """What is kept of a call.  Times are UTC, durations seconds."""

    call: str
    site: str
    node: str
    trunk: str
    dialed: str
    subject: str
    arrived_at: datetime
    answered_at: datetime | None = None
    language: str | None = None
    menus: list[MenuVisit] = []
    queue: str | None = None
    """The last queue the call waited in; ``queued_at`` and ``wait_s`` are of that one.  Of
    a call that an agent began: the queue it was for."""
    queued_at: datetime | None = None
    wait_s: float | None = None
    """Queue entry to agent answer, or to leaving the queue without one."""
    offers: list[OfferTried] = []
    agent: str | None = None
    """The last agent who talked with the caller; ``connected_at`` is of that talk."""
    connected_at: datetime | None = None
    talk_s: float | None = None
    """All talks together; None when there was none, or when its end was not seen."""
    wrap_up_s: float | None = None
    """None until the wrap-up is over, and without one."""
    ended_at: datetime | None = None
    outcome: str | None = None
    ended_by: str | None = None
    cause: str | None = None
    found_after_restart: bool = False
    transfers: list[TransferMade] = []
    purpose: str = ""
    """Why we placed the call (callback, …); empty for one that came in.  Then ``dialed`` is whom we called,
    all but two digits hidden, and ``arrived_at`` when the call was begun."""
    reference: str = ""
    """A callback's id, …"""
    follows: str = ""
    """The call that this one follows from."""
    listening: dict[str, dict[str, float]] = {}
    """Listener → what it made of the call, or of the last talk that it heard."""
    quality: list[LegHeard] = []
    """Of each leg on which anything was heard, in the order of their ends."""


class FoldState(msgspec.Struct, kw_only=True):
    """What a fold must know to go on: calls not final yet, and who is busy with them."""

    records: dict[str, CallRecord] = {}
    ringing: dict[str, dict[str, datetime]] = {}
    """Call → offer → since when it rings."""
    serving: dict[str, str] = {}
    """Agent → the call they talk with or wrap up."""
    wrapping: dict[str, datetime] = {}
    """Agent → since when they wrap up."""
    late: dict[str, CallRecord] = {}
    """The last records that are final but for how their legs were heard, and what listeners to the whole call
    made of it, which is told a moment later."""


class CallRecordFold:
    """Applies events; gives out records when they reach the state worth keeping."""

    def __init__(self) -> None:
        self._state = FoldState()

    def apply(self, recorded: Recorded) -> list[CallRecord]:
        """Take one event, in order; returns the ended calls whose record it changed."""
        event, at = recorded.event, recorded.at
        if isinstance(event, e.CallArrived):
            self._state.records[event.call] = CallRecord(
                call=event.call,
                site=recorded.site,
                node=recorded.node,
                trunk=event.trunk,
                dialed=event.dialed,
                subject=event.subject,
                arrived_at=at,
            )
            return []
        if isinstance(event, e.CallPlaced):
            self._state.records[event.call] = CallRecord(
                call=event.call,
                site=recorded.site,
                node=recorded.node,
                trunk=event.trunk,
                dialed=event.to,
                subject=event.subject,
                arrived_at=at,
                language=event.language or None,
                purpose=event.purpose,
                reference=event.reference,
                follows=event.follows,
            )
            return []
        if isinstance(event, e.AgentStateChanged):
            return self._agent_moved(event, at)
        call = getattr(event, "call", "")
        record = self._state.records.get(call)
        if record is None and isinstance(event, e.LegQuality | e.ListeningEnded):
            record = self._state.late.get(call)
        if record is None:
            return []
        if isinstance(event, e.CallEnded):
            return self._ended(record, event, at)
        if isinstance(event, e.LegQuality):
            record.quality.append(_heard(event))
        else:
            self._note(record, event, at)
        # a fact that comes after the end (a talk's, as a rule) still belongs in the record
        return [record] if record.ended_at is not None else []

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        """Take a snapshot's state."""
        self._state = msgspec.convert(state, FoldState)

    def open_record(self, call: str) -> CallRecord | None:
        """Give the record of a call that is not final yet."""
        return self._state.records.get(call)

    def _note(self, record: CallRecord, event: e.Event, at: datetime) -> None:  # noqa: PLR0912 - a table of events
        match event:
            case e.CallAnswered():
                record.answered_at = record.answered_at or at
            case e.LanguageChosen():
                record.language = event.language
            case e.StepEntered():
                if not record.menus or record.menus[-1].menu != event.menu:
                    record.menus.append(MenuVisit(menu=event.menu))
            case e.ChoiceMade():
                self._choice(record, event)
            case e.QueueEntered() if not event.direct:
                came = record.queued_at if event.came_from else at  # it waits on, elsewhere
                record.queue, record.queued_at, record.wait_s = event.queue, came, None
            case e.QueueLeft() if not event.direct:
                record.wait_s = event.wait_s
            case e.OfferMade() | e.OfferRang():
                self._state.ringing.setdefault(event.call, {})[event.offer] = at
            case e.OfferEnded():
                self._state.ringing.get(event.call, {}).pop(event.offer, None)
                record.offers.append(
                    OfferTried(agent=event.agent, outcome=event.outcome, rang_s=event.rang_s)
                )
            case e.CallConnected():
                self._connected(record, event, at)
            case e.CallTransferred():
                self._transferred(record, event, at)
            case e.TransferFailed() if record.transfers:
                record.transfers[-1].failed = event.outcome
            case e.TalkEnded():
                record.talk_s = (record.talk_s or 0.0) + event.talk_s
            case e.ListeningEnded() if not event.failed:
                record.listening = record.listening | {event.listener: event.result}
            case _:
                self._note_dialing(record, event, at)

    def _note_dialing(self, record: CallRecord, event: e.Event, at: datetime) -> None:
        match event:
            case e.DialStarted() if record.purpose and event.trunk:
                record.trunk = event.trunk  # the one that was tried last
            case e.AgentDialed():
                record.queue = event.queue or None
            case e.AgentReached() if event.agent:
                self._with_agent(record, event.agent, at)
            case e.AgentDialOver() if event.talk_s:
                record.talk_s = event.talk_s
            case _:
                pass

    @staticmethod
    def _choice(record: CallRecord, event: e.ChoiceMade) -> None:
        last = record.menus[-1] if record.menus else None
        if last is None or last.menu != event.menu or last.result:
            last = MenuVisit(menu=event.menu)
            record.menus.append(last)
        last.result, last.key = event.result, event.key

    def _connected(self, record: CallRecord, event: e.CallConnected, at: datetime) -> None:
        since = self._state.ringing.get(event.call, {}).pop(event.offer, at)
        rang_s = max(0.0, (at - since).total_seconds())
        record.offers.append(OfferTried(agent=event.agent, outcome="answered", rang_s=rang_s))
        if not event.direct:
            record.wait_s = event.wait_s
        self._with_agent(record, event.agent, at)

    def _with_agent(self, record: CallRecord, agent: str, at: datetime) -> None:
        record.agent, record.connected_at, record.wrap_up_s = agent, at, None
        self._release(agent)
        self._state.serving[agent] = record.call

    def _transferred(self, record: CallRecord, event: e.CallTransferred, at: datetime) -> None:
        record.transfers.append(
            TransferMade(agent=event.agent, kind=event.kind, to_kind=event.to_kind, to=event.to)
        )
        if event.kind != "blind" and event.to_kind == "agent":
            self._with_agent(record, event.to, at)

    def _agent_moved(self, event: e.AgentStateChanged, at: datetime) -> list[CallRecord]:
        call = self._state.serving.get(event.agent)
        if call is None or event.before == event.after or event.after in _WITH_CALLER:
            return []
        if event.after == "wrap_up":
            self._state.wrapping[event.agent] = at
            return []
        since = self._state.wrapping.get(event.agent)
        if since is None and event.before not in _WITH_CALLER:
            return []
        record = self._state.records.get(call)
        if record is not None and record.agent == event.agent:
            record.wrap_up_s = 0.0 if since is None else max(0.0, (at - since).total_seconds())
        return self._release(event.agent)

    def _release(self, agent: str) -> list[CallRecord]:
        """Note that an agent has done with a call; gives its record if that was the last thing awaited."""
        call = self._state.serving.pop(agent, None)
        self._state.wrapping.pop(agent, None)
        record = self._state.records.get(call) if call is not None else None
        if record is None or record.ended_at is None:
            return []
        self._forget_if_final(record)
        return [record]

    def _ended(self, record: CallRecord, event: e.CallEnded, at: datetime) -> list[CallRecord]:
        if record.ended_at is None:
            record.ended_at = at
            record.outcome, record.ended_by, record.cause = event.outcome, event.by, event.cause
            record.found_after_restart = event.found_after_restart
            self._state.ringing.pop(record.call, None)
            self._forget_if_final(record)
            return [record]
        return []

    def _forget_if_final(self, record: CallRecord) -> None:
        if record.call not in self._state.serving.values():
            self._state.records.pop(record.call, None)
            late = self._state.late
            late[record.call] = record
            if len(late) > LATE_KEPT:
                del late[next(iter(late))]


def _heard(event: e.LegQuality) -> LegHeard:
    return LegHeard(**{name: getattr(event, name) for name in LegHeard.__struct_fields__})
