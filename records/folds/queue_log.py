"""``queue_log``: the events as Asterisk's app_queue would have logged them, for report tools that read that.

A line is ``epoch|callid|queue|agent|verb|data…``.  Waits are in begun seconds, so that a tool which counts
calls within T seconds counts the same ones as the metrics; talk times are rounded (docs/queue-log.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e
from records.folds.metrics.counters import MISSES, begun_seconds, microseconds, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from records.events import Recorded

NONE = "NONE"
_EXITS = {"abandoned": "ABANDON", "empty": "EXITEMPTY"}
_BY_KEY = frozenset({"key", "callback"})
"""Reasons of QueueLeft that a pressed key stands behind; every other one is EXITWITHTIMEOUT."""
_NOT_CALLABLE = {"missed": "missed", "unreachable": "unreachable"}
"""States that report tools know as pauses, and the pause's reason."""


class Place(msgspec.Struct, omit_defaults=True):
    """A call in a queue, or talking after it."""

    dialed: str = ""
    subject: str = ""
    queue: str = ""
    position: int = 1
    """At entry."""
    waits: bool = False
    hold: int = 0
    talked: int = 0
    """Seconds of the talk that was handed over."""
    handed: bool = False
    """Handed over: what follows is no queue's, until it enters one again."""
    offers: dict[str, int] = {}
    """Offer → µs at which the phone rang first."""


class Member(msgspec.Struct, omit_defaults=True):
    """An agent who is logged in."""

    phone: str
    since_s: int
    pause: str | None = None


class LogState(msgspec.Struct, omit_defaults=True):
    """What the fold must know to go on."""

    calls: dict[str, Place] = {}
    members: dict[str, Member] = {}


class QueueLogFold:
    """Turns events into lines."""

    def __init__(self) -> None:
        self.state = LogState()
        self._folds: dict[type[e.Event], Callable[[Any, int], Iterator[str]]] = {
            e.CallArrived: self._call_arrived,
            e.CallEnded: self._call_ended,
            e.ChoiceMade: self._choice_made,
            e.QueueEntered: self._queue_entered,
            e.QueueRefused: self._queue_refused,
            e.QueueLeft: self._queue_left,
            e.OfferMade: self._offer_made,
            e.OfferRang: self._offer_rang,
            e.OfferEnded: self._offer_ended,
            e.CallConnected: self._call_connected,
            e.TalkEnded: self._talk_ended,
            e.CallTransferred: self._call_transferred,
            e.AgentDialed: self._agent_dialed,
            e.AgentReached: self._agent_reached,
            e.AgentDialOver: self._agent_dial_over,
            e.SurveyAnswered: self._survey_answered,
            e.AgentStateChanged: self._agent_state_changed,
            e.ControllerStarted: self._controller_started,
            e.SiteLoaded: self._site_loaded,
        }

    def apply(self, recorded: Recorded) -> list[str]:
        """Take one event, in order; gives its lines, each without an end of line."""
        event = recorded.event
        fold = self._folds.get(type(event))
        if fold is None or e.of_part(event) or getattr(event, "direct", False):
            return []  # consultations, and calls for one agent alone, are in no queue
        at = microseconds(recorded.at)
        return [f"{at // 1_000_000}|{line}" for line in fold(event, at)]

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self.state)

    def restore(self, state: Any) -> None:
        """Take a snapshot's state."""
        self.state = msgspec.convert(state, LogState)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    def _place(self, call: str) -> Place:
        place = self.state.calls.get(call)
        if place is None:
            place = self.state.calls[call] = Place()
        return place

    def _call_arrived(self, event: e.CallArrived, at: int) -> Iterator[str]:  # noqa: ARG002 - folds are alike
        self.state.calls[event.call] = Place(dialed=event.dialed, subject=event.subject)
        yield from ()

    def _call_ended(self, event: e.CallEnded, at: int) -> Iterator[str]:  # noqa: ARG002
        self.state.calls.pop(event.call, None)
        yield from ()

    def _choice_made(self, event: e.ChoiceMade, at: int) -> Iterator[str]:  # noqa: ARG002
        if event.result == "chosen":
            yield _line(event.call, NONE, NONE, "IVR", event.menu, event.key)

    def _queue_entered(self, event: e.QueueEntered, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self._place(event.call)
        place.queue, place.position, place.waits, place.handed = event.queue, event.position, True, False
        yield _line(event.call, event.queue, NONE, "ENTERQUEUE", "", place.subject, event.position)
        if place.dialed:
            yield _line(event.call, event.queue, NONE, "DID", place.dialed)

    def _queue_refused(self, event: e.QueueRefused, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self.state.calls.get(event.call)
        if place is not None and place.waits:
            return  # it would only have overflowed there, and waits on
        yield _line(event.call, event.queue, NONE, "FULL" if event.reason == "full" else "JOINEMPTY")

    def _queue_left(self, event: e.QueueLeft, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self.state.calls.get(event.call) or Place(position=event.position)
        place.waits = False
        data = (event.position, place.position, begun_seconds(whole(event.wait_s)))
        if event.reason in _BY_KEY:
            key = getattr(event, "key", "") or event.reason
            yield _line(event.call, event.queue, NONE, "EXITWITHKEY", key, *data)
        else:
            yield _line(event.call, event.queue, NONE, _EXITS.get(event.reason, "EXITWITHTIMEOUT"), *data)

    # ── offers and talks ─────────────────────────────────────────────────────────────────────────

    def _offer_made(self, event: e.OfferMade, at: int) -> Iterator[str]:
        self._place(event.call).offers[event.offer] = at
        yield from ()

    def _offer_rang(self, event: e.OfferRang, at: int) -> Iterator[str]:
        self._place(event.call).offers[event.offer] = at
        yield from ()

    def _offer_ended(self, event: e.OfferEnded, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self.state.calls.get(event.call)
        if place is not None:
            place.offers.pop(event.offer, None)
        verb = "RINGNOANSWER" if event.outcome in MISSES else "RINGCANCELED"
        yield _line(event.call, event.queue, _agent(event.agent), verb, round(event.rang_s * 1000))

    def _call_connected(self, event: e.CallConnected, at: int) -> Iterator[str]:
        place = self._place(event.call)
        rang_s = max(0, at - place.offers.pop(event.offer, at)) // 1_000_000
        place.hold, place.waits = begun_seconds(whole(event.wait_s)), False
        data = (place.hold, event.offer, rang_s)
        yield _line(event.call, event.queue, _agent(event.agent), "CONNECT", *data)

    def _agent_dialed(self, event: e.AgentDialed, at: int) -> Iterator[str]:
        if event.colleague:
            return
        place = self._place(event.call)
        place.subject, place.queue, place.offers = event.subject, event.queue or NONE, {event.leg: at}
        agent = _agent(event.agent) if event.agent else NONE
        yield _line(event.call, place.queue, agent, "CALLOUTBOUND", "", event.subject)

    def _agent_reached(self, event: e.AgentReached, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self.state.calls.get(event.call)
        if place is None or not place.offers:
            return
        leg = place.offers.popitem()[0]
        place.hold = begun_seconds(whole(event.rang_s))
        agent = _agent(event.agent) if event.agent else NONE
        yield _line(event.call, place.queue, agent, "CONNECT", place.hold, leg, int(event.rang_s))

    def _agent_dial_over(self, event: e.AgentDialOver, at: int) -> Iterator[str]:
        place = self.state.calls.get(event.call)
        if place is not None and place.offers:
            waited = begun_seconds(max(0, at - place.offers.popitem()[1]))
            yield _line(event.call, place.queue, NONE, "ABANDON", 1, 1, waited)

    def _talk_ended(self, event: e.TalkEnded, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self.state.calls.get(event.call) or Place()
        if event.by == "transfer":
            place.talked = round(event.talk_s)
            return  # CallTransferred follows
        if place.handed:
            return
        verb = "COMPLETEAGENT" if event.by in {"agent", "lost"} else "COMPLETECALLER"
        data = (place.hold, round(event.talk_s), place.position)
        yield _line(event.call, event.queue, _agent(event.agent), verb, *data)

    def _call_transferred(self, event: e.CallTransferred, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self.state.calls.get(event.call) or Place()
        waits = (place.hold, place.talked, place.position)
        place.handed = True
        agent = _agent(event.agent)
        if event.kind == "blind":
            yield _line(event.call, event.queue, agent, "BLINDTRANSFER", event.to, event.to_kind, *waits)
        else:
            yield _line(event.call, event.queue, agent, "ATTENDEDTRANSFER", event.to_kind, event.to, *waits)

    def _survey_answered(self, event: e.SurveyAnswered, at: int) -> Iterator[str]:  # noqa: ARG002
        place = self.state.calls.get(event.call) or Place()
        yield _line(event.call, place.queue or NONE, NONE, "INFO", event.survey, event.score)

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def _agent_state_changed(self, event: e.AgentStateChanged, at: int) -> Iterator[str]:
        name, now_s = _agent(event.agent), at // 1_000_000
        member = self.state.members.get(event.agent)
        if event.after == "logged_out":
            self.state.members.pop(event.agent, None)
            if member is None:
                return
            if member.pause is not None:
                yield _line(NONE, NONE, name, "UNPAUSEALL", member.pause)
            yield _line(NONE, NONE, name, "REMOVEMEMBER")
            yield _line(NONE, NONE, name, "AGENTLOGOFF", member.phone, max(0, now_s - member.since_s))
            return
        if member is None:
            member = self.state.members[event.agent] = Member(phone=event.phone, since_s=now_s)
            if event.before == "logged_out":
                yield _line(NONE, NONE, name, "AGENTLOGIN", member.phone)
                yield _line(NONE, NONE, name, "ADDMEMBER")
        pause = event.reason if event.after == "paused" else _NOT_CALLABLE.get(event.after)
        if pause == member.pause:
            return
        if member.pause is not None:
            yield _line(NONE, NONE, name, "UNPAUSEALL", member.pause)
        if pause is not None:
            yield _line(NONE, NONE, name, "PAUSEALL", pause)
        member.pause = pause

    # ── the system itself ────────────────────────────────────────────────────────────────────────

    def _controller_started(self, event: e.ControllerStarted, at: int) -> Iterator[str]:  # noqa: ARG002
        yield _line(NONE, NONE, NONE, "QUEUESTART")

    def _site_loaded(self, event: e.SiteLoaded, at: int) -> Iterator[str]:  # noqa: ARG002
        yield _line(NONE, NONE, NONE, "CONFIGRELOAD")


def _agent(number: str) -> str:
    return f"Agent/{number}"


def _line(call: str, queue: str, agent: str, verb: str, *data: object) -> str:
    """Put a line together; Asterisk ends one without data with a bar too."""
    texts = [_clean(str(one)) for one in (call, queue, agent, verb, *data)]
    return "|".join(texts) if data else "|".join(texts) + "|"


def _clean(text: str) -> str:
    return (
        text
        if text.isprintable() and "|" not in text
        else "".join(sign if sign.isprintable() and sign != "|" else " " for sign in text)
    )
