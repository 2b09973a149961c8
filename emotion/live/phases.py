"""Where a caller was when, and what was noticed: from a call's events, in seconds since its answer.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from emotion.live.names import NAME
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from records.events import Recorded


class Span(NamedTuple):
    """A stretch of a call."""

    what: str
    begin_s: float
    end_s: float


class Story(NamedTuple):
    """A call for its picture."""

    length_s: float
    phases: tuple[Span, ...]
    """menu, wait for a queue, talk with an agent."""
    signals: tuple[Span, ...]
    alarms: tuple[float, ...]


def story(events: Iterable[Recorded], now: float) -> Story | None:
    """Tell a call; None when it was never answered.  ``now``: steady seconds, the end of one that is on."""
    answered: float | None = None
    marks: list[tuple[float, str]] = []
    signals: list[tuple[float, str]] = []
    alarms: list[float] = []
    end = now
    for recorded in events:
        event, at = recorded.event, recorded.at.timestamp()
        if isinstance(event, e.CallAnswered) and answered is None:
            answered = at
            marks.append((0.0, "menu"))
        if answered is None:
            continue
        if (phase := _phase(event)) is not None:
            marks.append((at - answered, phase))
        match event:
            case e.SignalNoted() if event.listener == NAME and event.side != "agent":
                signals.append((event.at_s, event.signal))
            case e.EmotionAlarm():
                alarms.append(event.at_s)
            case e.CallEnded():
                end = at
            case _:
                pass
    if answered is None:
        return None
    length = max(end - answered, 1.0)
    return Story(length, tuple(_spans(marks, length)), tuple(_spans(signals, length)), tuple(alarms))


def _phase(event: e.Event) -> str | None:
    """Name the phase that begins with an event; None when none does."""
    match event:
        case e.QueueEntered() if not e.is_part(event.call):
            return f"wait: {event.queue}"
        case e.CallConnected() if not e.is_part(event.call):
            return f"talk with {event.agent}"
        case e.CallTransferred() if event.kind != "blind" and event.to_kind == "agent":
            return f"talk with {event.to}"
        case e.TalkEnded() if not e.is_part(event.call):
            return "menu"
        case _:
            return None


def _spans(marks: list[tuple[float, str]], length: float) -> Iterator[Span]:
    """Make stretches of marks; of those that say the same in a row, one."""
    kept: list[tuple[float, str]] = []
    for at, what in marks:
        if not kept or kept[-1][1] != what:
            kept.append((min(at, length), what))
    ends = [at for at, _ in kept[1:]] + [length]
    for (begin, what), end in zip(kept, ends, strict=True):
        if end - begin > 0.05:
            yield Span(what, begin, end)


def rises(at_s: list[float], anger: list[float], known: Callable[[int], bool]) -> Iterator[float]:
    """Give the seconds in which anger rose by a fifth or more against the known second before."""
    before: float | None = None
    for place, (at, now) in enumerate(zip(at_s, anger, strict=True)):
        if not known(place):
            continue
        if before is not None and now - before >= 0.2:
            yield at
        before = now
