"""What the ACD tells ``ringhall explain``: a call's decisions, an agent's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from acd.explain.agent_story import AgentStory
from acd.explain.decisions import Decision, Moment, Passed, Walk
from acd.explain.past import past, present
from acd.explain.words import SCORED_BY, Words, levels, queued, terms
from callflow.explaining import Beat, Report, written
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from callflow.explaining import CallFile
    from records.events import Recorded
    from records.history import History

MOST_PASSED = 8
"""Agents who took other calls while this one waited: so many are shown, the last ones."""
_STATES_TOLD = frozenset({"wrap_up", "missed"})
_SERVED = (e.CallConnected, e.QueueLeft)


class AcdExplainer:
    """Explains calls that waited, and agents."""

    kind: ClassVar[str] = "agent"
    tells: ClassVar[frozenset[str]] = frozenset(
        kind.__name__
        for kind in (
            e.QueueEntered, e.TermsRelaxed, e.PreferenceLapsed, e.QueueRefused, e.OfferMade, e.OfferRang,
            e.OfferAnswered, e.OfferEnded, e.CallConnected, e.QueueLeft, e.TalkEnded, e.AgentStateChanged,
        )
    )  # fmt: skip

    def __init__(self, history: History) -> None:
        self._history = history
        self._directory = history.agents()
        self._names = {number: name for number, (name, _, _) in self._directory.items()}

    @classmethod
    def create(cls, history: History, home: Path) -> AcdExplainer:  # noqa: ARG003 - the port's shape
        """Make it; names come from today's directory."""
        return cls(history)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    def call(self, known: CallFile) -> Iterator[Beat]:
        """Tell what became of a call in queues."""
        words = Words(self._names, everyone=known.everyone)
        entered = next((one for one in known.events if isinstance(one.event, e.QueueEntered)), None)
        decided: dict[int, Decision] = {}
        if entered is not None:
            walk, notice = self._walk(known, entered)
            decided = {one.seq: one for one in walk.decisions}
            yield from self._passed(walk.passed, words, everyone=known.everyone)
            if notice:
                yield Beat(written(entered.at), notice, entered.seq)
        before: dict[str, int] = {}
        for recorded in known.events:
            event = recorded.event
            if isinstance(event, e.QueueEntered):
                before = event.needs
            beat = self._beat(recorded, decided.pop(recorded.seq, None), before, words)
            if isinstance(event, e.TermsRelaxed):
                before = event.needs
            if beat is not None:
                yield beat
        for left in decided.values():  # only of how things stand now
            yield self._now(left, words)

    def _walk(self, known: CallFile, entered: Recorded) -> tuple[Walk, str]:
        ends = [one for one in known.events if isinstance(one.event, _SERVED)]
        ends = ends or [one for one in known.events if isinstance(one.event, e.CallEnded)]
        last = ends[-1] if ends else None
        still = last is None or any(
            isinstance(one.event, e.QueueEntered) and one.seq > last.seq for one in known.events
        )
        end = self._history.last if still or last is None else last.seq
        stretch = past(self._history, entered, end)
        walk = Walk(stretch.floor, calls={known.call})
        for recorded in stretch.events:
            walk.take(recorded)
        newest = stretch.events[-1].at if stretch.events else entered.at
        walk.now(end + 1, present(newest))
        notice = (
            "(the log did not tell agents' skills then: these are the first that it, or the directory, tells)"
        )
        return walk, notice if stretch.todays_skills else ""

    @staticmethod
    def _passed(passed: list[Passed], words: Words, *, everyone: bool) -> Iterator[Beat]:
        left_out = 0 if everyone else max(0, len(passed) - MOST_PASSED)
        if left_out:
            first = passed[left_out]
            text = f"({left_out} agents before took other calls; --all tells each)"
            yield Beat(written(first.at), text, first.seq)
        for one in passed[left_out:]:
            yield Beat(written(one.at), words.passed(one), one.seq, decision=msgspec.to_builtins(one))

    def _beat(
        self, recorded: Recorded, decision: Decision | None, before: dict[str, int], words: Words
    ) -> Beat | None:
        event = recorded.event
        text, notes = _told(event, recorded.at.timestamp(), before, words)
        turning = isinstance(event, e.CallConnected)
        if isinstance(event, e.OfferMade):
            if decision is None:
                return None  # rings with the one before it
            text, turning = words.headline(decision), True
        if not text:
            return None
        if decision is not None:
            if decision.moment is not Moment.OFFER:
                notes = [*notes, "nobody can be offered it:"]
            notes = [*notes, *words.notes(decision)]
            if len(decision.scores) > 1:
                notes.append(f"({SCORED_BY.get(decision.strategy, decision.strategy)})")
        told = None if decision is None else msgspec.to_builtins(decision)
        return Beat(written(recorded.at), text, recorded.seq, notes=notes, turning=turning, decision=told)

    @staticmethod
    def _now(decision: Decision, words: Words) -> Beat:
        asks = levels(decision.needs)
        text = (
            f"NOW: waits in queue {decision.queue} for {decision.wait_s:.1f} s, position {decision.position}"
            f"{f', needs {asks}' if asks else ''}; nobody can be offered it"
        )
        notes = words.notes(decision)
        return Beat(
            written(decision.at), text, decision.seq, notes=notes, turning=True,
            decision=msgspec.to_builtins(decision),
        )  # fmt: skip

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def knows(self, name: str) -> bool:
        """Tell whether the directory has the agent, or the log ever had."""
        return name in self._directory or self._history.knew_agent(name)

    def report(self, name: str, since: datetime | None, everyone: bool) -> Report:
        """Explain an agent."""
        return AgentStory(self._history, self._names).report(name, since, everyone=everyone)


def _told(event: e.Event, at: float, before: dict[str, int], words: Words) -> tuple[str, list[str]]:
    """Put an event of a call in a queue into words: a line, and notes; an empty line for none."""
    if isinstance(event, e.QueueEntered):
        return queued(event, at), terms(event, words)
    if isinstance(event, e.TermsRelaxed):
        wished = f", prefers {levels(event.prefers)}" if event.prefers else ""
        asked = f" (before: {levels(before)})" if before != event.needs else ""
        return f"asks for less: needs {levels(event.needs) or 'nothing'}{wished}{asked}", []
    number = getattr(event, "agent", "")
    return _line(event, words.agent(number)), []


def _line(event: e.Event, who: str) -> str:
    line = ""
    match event:
        case e.PreferenceLapsed():
            line = f"has waited for {who} long enough: others may have it"
        case e.QueueRefused():
            line = f"queue {event.queue} does not take it: {event.reason}"
        case e.OfferRang():
            line = f"{who}'s phone rings"
        case e.OfferAnswered():
            line = f"{who} answers"
        case e.OfferEnded():
            rang = f" after {event.rang_s:.1f} s of ringing" if event.rang_s else ""
            line = f"back from {who}: {event.outcome}{rang}"
        case e.CallConnected():
            line = f"talks with {who}, after a wait of {event.wait_s:.1f} s"
        case e.QueueLeft():
            line = f"leaves queue {event.queue}: {event.reason} after {event.wait_s:.1f} s"
            line += f", at position {event.position}"
        case e.TalkEnded():
            line = f"the talk ends after {event.talk_s:.1f} s, by the {event.by}"
        case e.AgentStateChanged() if event.after in _STATES_TOLD and event.before != event.after:
            line = f"{who} is in {event.after}"
        case _:
            pass
    return line
