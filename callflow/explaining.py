"""The door through which parts explain what happened: to a call, or to somebody or something that they know.

An explainer is declared as an entry point in ``ringhall.explainers``.  ``ringhall explain`` puts what all of
them say about a call in the order of the log; an event that nobody takes is told by its fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import msgspec

from records import events as e
from records.events import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from records.events import Event
    from records.history import History

EXPLAINERS = "ringhall.explainers"
_HIDDEN = frozenset({"type", "call", "leg", "subject", "deadline", "until", "since"})


class Beat(msgspec.Struct, frozen=True):
    """One thing that happened, or how things stand."""

    at: str
    """UTC, as in the log."""
    text: str
    seq: int = 0
    """Place in the log of what it tells of."""
    menu: str = ""
    version: str = ""
    file: str = ""
    line: int = 0
    notes: list[str] = []
    """What is to be said of it besides, a paragraph each."""
    turning: bool = False
    """A point on which the story turned: shown so that it strikes the eye."""
    decision: Any = None
    """The same for a program, JSON-able."""


class CallFile(msgspec.Struct, frozen=True):
    """What is known of a call."""

    call: str
    events: list[Recorded]
    values: Mapping[str, str]
    """Variables, masked."""
    everyone: bool = False
    """Nobody and nothing is to be left out for brevity."""


class Report(msgspec.Struct, frozen=True):
    """What is said of something that is not a call."""

    title: str
    lines: list[str]
    """Paragraphs; one that begins with a blank belongs to the one before, an empty one parts them."""
    data: Any
    """The same for a program, JSON-able."""


def beats(known: CallFile, told: Callable[[Event], tuple[str, list[str]] | None]) -> Iterator[Beat]:
    """Tell a beat, its text and notes, for each event of a call of which there is something to say."""
    for recorded in known.events:
        if (said := told(recorded.event)) is not None:
            text, notes = said
            yield Beat(written(recorded.at), text, recorded.seq, notes=notes)


class Explainer(Protocol):
    """A part that has something to say about calls."""

    tells: ClassVar[frozenset[str]]
    """Names of the events that it takes care of, if only by leaving them out."""

    @classmethod
    def create(cls, history: History, home: Path) -> Explainer:
        """Make it for an installation; there may be no controller."""

    def call(self, known: CallFile) -> Iterable[Beat]:
        """Tell what it has to say about a call, each beat with its place in the log."""


@runtime_checkable
class Knows(Protocol):
    """An explainer that can be asked about others than calls, too."""

    kind: ClassVar[str]
    """What they are called: ``agent``."""

    def knows(self, name: str) -> bool:
        """Tell whether there is, or was, one of that name."""

    def report(self, name: str, since: datetime | None, everyone: bool) -> Report:
        """Explain one; ``since`` is None for the part's own choice."""


def story(known: CallFile, explainers: Iterable[Explainer]) -> list[Beat]:
    """Tell a call's events in order, by whoever can."""
    explainers = list(explainers)
    taken = frozenset().union(*(one.tells for one in explainers))
    beats = [beat for one in explainers for beat in one.call(known)]
    for recorded in known.events:
        kind = type(recorded.event).__name__
        if kind not in taken:
            words = _OWN.get(kind, plain)(recorded.event)
            beats.append(Beat(written(recorded.at), words, recorded.seq, turning=kind == "CallEnded"))
    return sorted(beats, key=lambda beat: beat.seq)


def plain(event: Event) -> str:
    """Tell an event by its fields: ``message posted: kind sms, webhook texts``."""
    fields = msgspec.to_builtins(event)
    told = ", ".join(f"{name} {value_of(value)}" for name, value in fields.items() if name not in _HIDDEN)
    name = spaced(type(event).__name__)
    return f"{name}: {told}" if told else name


def spaced(name: str) -> str:
    """Write ``QueueEntered`` as ``queue entered``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def value_of(value: object) -> str:
    """Write a field's value."""
    if isinstance(value, dict):
        return " ".join(f"{name}={inner}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def written(at: datetime | float) -> str:
    """Write a time (steady seconds, or aware) as the log has it."""
    moment = datetime.fromtimestamp(at, UTC) if isinstance(at, float) else at
    return str(msgspec.to_builtins(moment))


def clock(at: str) -> str:
    """Give the time of day, to the tenth of a second."""
    return f"{datetime.fromisoformat(at):%H:%M:%S.%f}"[:-5]


def _arrived(event: Event) -> str:
    assert isinstance(event, e.CallArrived)  # noqa: S101 - by its name
    return f"dials {event.dialed} by {event.trunk}"


def _ended(event: Event) -> str:
    assert isinstance(event, e.CallEnded)  # noqa: S101
    return f"ENDS: {event.outcome}, by {event.by} ({event.cause})"


def _entered(event: Event) -> str:
    assert isinstance(event, e.StageEntered)  # noqa: S101
    return f"stage {event.stage}"


_OWN = {
    "CallArrived": _arrived,
    "CallAnswered": lambda _: "answered",
    "CallEnded": _ended,
    "StageEntered": _entered,
}
