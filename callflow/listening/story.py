"""What ``ringhall explain`` says of listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callflow.explaining import beats, value_of
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from callflow.explaining import Beat, CallFile
    from records.events import Event
    from records.history import History


class ListeningStory:
    """Tells who listened to a call, what was noticed, and what came of it."""

    tells: ClassVar[frozenset[str]] = frozenset(
        {"ListeningBegan", "SignalNoted", "ListeningEnded", "ConsentGiven", "ConsentRefused"}
    )

    @classmethod
    def create(cls, history: History, home: Path) -> ListeningStory:  # noqa: ARG003 - an explainer's shape
        """Make it."""
        return cls()

    def call(self, known: CallFile) -> Iterable[Beat]:
        """Tell a beat for each event."""
        return beats(known, _told)


def _told(event: Event) -> tuple[str, list[str]] | None:
    match event:
        case e.ListeningBegan():
            again = " again, since a controller died" if event.resumed else ""
            whole = "" if event.talk else ", to the end of the call"
            return f"{event.listener} listens to {' and '.join(event.sides)}{whole}{again}", []
        case e.SignalNoted():
            return _signal(event), []
        case e.ListeningEnded():
            return _ended(event)
        case e.ConsentGiven():
            return f"agrees to {event.to} ({event.how})", []
        case e.ConsentRefused():
            return f"does not agree to {event.to} ({event.how})", []
        case _:
            return None


def _signal(noted: e.SignalNoted) -> str:
    whose = f" of the {noted.side}" if noted.side else ""
    sure = f", confidence {noted.confidence:g}" if noted.confidence else ""
    more = "".join(f", {name} {value_of(value)}" for name, value in noted.detail.items())
    return f"{noted.listener}: {noted.signal}{whose} at {noted.at_s:g} s ({noted.value:g}{sure}{more})"


def _ended(ended: e.ListeningEnded) -> tuple[str, list[str]]:
    notes = [f"it ended before the call did, by {ended.early} of its rule"] if ended.early else []
    if ended.failed:
        return f"{ended.listener} has nothing to report: {ended.failed}", notes
    facts = ", ".join(f"{name} {value:g}" for name, value in ended.result.items())
    if ended.lost_s:
        lost = ", ".join(f"{seconds:g} s of the {side}" for side, seconds in ended.lost_s.items())
        notes.append(f"it was too slow to hear {lost}")
    return f"{ended.listener}: {facts}", notes
