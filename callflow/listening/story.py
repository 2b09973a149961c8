"""What ``ringhall explain`` says of listeners."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from callflow.explaining import beats, value_of
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from callflow.explaining import Beat, CallFile
    from records.events import Event
    from records.history import History


class ListeningStory:
    """Tells who listened to a call, what was noticed, and what came of it."""

    tells: ClassVar[frozenset[str]]

    @classmethod
    def create(cls, history: History, home: Path) -> ListeningStory:  # noqa: ARG003 - an explainer's shape
        """Make it."""
        return cls(time.time())

    def __init__(self, now: float = 0.0) -> None:
        """``now``: steady seconds; what is given out no more by then is told as such."""
        self._now = now

    def call(self, known: CallFile) -> Iterable[Beat]:
        """Tell a beat for each event."""
        return beats(known, self._told)

    def _told(self, event: Event) -> tuple[str, list[str]] | None:
        if e.is_withheld(event, self._now):
            return None
        return _told(event)


def _told(event: Event) -> tuple[str, list[str]] | None:
    words = _WORDS.get(type(event))
    return words(event) if words is not None else None


def _began(began: e.ListeningBegan) -> tuple[str, list[str]]:
    again = " again, since a controller died" if began.resumed else ""
    whole = "" if began.talk else ", to the end of the call"
    return f"{began.listener} listens to {' and '.join(began.sides)}{whole}{again}", []


def _signal(noted: e.SignalNoted) -> tuple[str, list[str]]:
    whose = f" of the {noted.side}" if noted.side else ""
    sure = f", confidence {noted.confidence:g}" if noted.confidence else ""
    more = "".join(f", {name} {value_of(value)}" for name, value in noted.detail.items())
    return f"{noted.listener}: {noted.signal}{whose} at {noted.at_s:g} s ({noted.value:g}{sure}{more})", []


def _used(used: e.SignalUsed) -> tuple[str, list[str]]:
    shown = used.value or "nothing yet"
    return f"{used.file}:{used.line} goes by {used.signal} ({shown}): {used.outcome}", [used.expression]


def _ended(ended: e.ListeningEnded) -> tuple[str, list[str]]:
    notes = [f"it ended before the call did, by {ended.early} of its rule"] if ended.early else []
    if ended.failed:
        return f"{ended.listener} has nothing to report: {ended.failed}", notes
    facts = ", ".join(f"{name} {value:g}" for name, value in ended.result.items())
    if ended.curves:
        points = ", ".join(f"{name} ({count} points)" for name, count in ended.curves.items())
        notes.append(f"curves: {points}")
    if ended.lost_s:
        lost = ", ".join(f"{seconds:g} s of the {side}" for side, seconds in ended.lost_s.items())
        notes.append(f"it was too slow to hear {lost}")
    return f"{ended.listener}: {facts}", notes


_WORDS: dict[type[Event], Callable[[Any], tuple[str, list[str]]]] = {
    e.ListeningBegan: _began,
    e.SignalNoted: _signal,
    e.SignalUsed: _used,
    e.ListeningEnded: _ended,
    e.ConsentGiven: lambda event: (f"agrees to {event.to} ({event.how})", []),
    e.ConsentRefused: lambda event: (f"does not agree to {event.to} ({event.how})", []),
}
ListeningStory.tells = frozenset(kind.__name__ for kind in _WORDS)
