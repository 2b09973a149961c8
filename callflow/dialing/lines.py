"""Which calls are on which trunk and in which country: a fold of the log, so that no line is lost or doubled.

A line is taken by DialStarted and given back by the end of that leg, or of its call.  Talk counts from the
answer, in the quarter hours in which it takes place: every time zone's midnight is the begin of one.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOT_S = 900.0
KEPT_SLOTS = 4 * 26
"""A day of 25 hours, and the present hour."""
ANSWERED = "answered"


class Line(msgspec.Struct):
    """An outside leg that we dial or have dialed."""

    call: str
    trunk: str
    country: str
    answered: float | None = None
    """Steady seconds."""


class LinesState(msgspec.Struct):
    """What the fold must know to go on."""

    lines: dict[str, Line] = {}
    """Leg → line."""
    talked: dict[str, dict[int, float]] = {}
    """Country → quarter hour since 1970 → seconds of talks that are over."""
    failed: dict[str, tuple[float, str]] = {}
    """Trunk → when its last call failed (steady seconds), and how."""


class Lines:
    """Answers how many, and how much."""

    def __init__(self) -> None:
        self.state = LinesState()
        self._began: dict[str, deque[float]] = {}

    def apply(self, event: e.Event, at: float) -> None:
        """Fold one event in; ``at`` is its time in steady seconds."""
        lines = self.state.lines
        match event:
            case e.DialStarted(trunk=trunk) if trunk:
                lines[event.leg] = Line(call=event.call, trunk=trunk, country=event.country)
                began = self._began.setdefault(trunk, deque())
                began.append(at)
                while began[0] <= at - 1.0:
                    began.popleft()
            case e.DialAnswered(leg=leg) if leg in lines:
                lines[leg].answered = at
            case e.DialEnded(leg=leg, outcome=outcome) if leg in lines:
                line = lines[leg]
                if outcome == ANSWERED:  # of a call that we placed: its line is its own until it ends
                    line.answered = at
                    return
                if line.answered is None and outcome in FAILURES:
                    self.state.failed[line.trunk] = (at, outcome)
                self._over(leg, at)
            case e.CallEnded(call=call):
                for leg in [leg for leg, line in lines.items() if line.call == call]:
                    self._over(leg, at)
            case _:
                pass

    def _over(self, leg: str, at: float) -> None:
        line = self.state.lines.pop(leg)
        if line.answered is None:
            return
        slots = self.state.talked.setdefault(line.country, {})
        for slot, seconds in _split(line.answered, at):
            slots[slot] = slots.get(slot, 0.0) + seconds
        oldest = int(at // SLOT_S) - KEPT_SLOTS
        for slot in [slot for slot in slots if slot < oldest]:
            del slots[slot]

    def on_trunk(self, trunk: str) -> int:
        """Give the calls that we have over a trunk."""
        return sum(line.trunk == trunk for line in self.state.lines.values())

    def in_country(self, country: str) -> int:
        """Give the calls that we have to a country."""
        return sum(line.country == country for line in self.state.lines.values())

    def begun(self, trunk: str, now: float) -> int:
        """Give the calls begun over a trunk within the last second."""
        return sum(at > now - 1.0 for at in self._began.get(trunk, ()))

    def talked_s(self, country: str, since: float, now: float) -> float:
        """Give the seconds of talk to a country since then, those of talks that are on included."""
        over = self.state.talked.get(country, {})
        told = sum(seconds for slot, seconds in over.items() if slot >= since // SLOT_S)
        on = (
            now - max(since, line.answered)
            for line in self.state.lines.values()
            if line.country == country and line.answered is not None
        )
        return told + sum(seconds for seconds in on if seconds > 0)

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self.state, str_keys=True)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.state = msgspec.convert(state, LinesState, str_keys=True)


FAILURES = frozenset({"congestion", "unreachable", "failed", "no_sign"})
"""Outcomes of an attempt that are the trunk's doing."""


def _split(start: float, end: float) -> Iterator[tuple[int, float]]:
    """Split a time at the borders of quarter hours."""
    while start < end:
        slot = int(start // SLOT_S)
        until = min(end, (slot + 1) * SLOT_S)
        yield slot, until - start
        start = until
