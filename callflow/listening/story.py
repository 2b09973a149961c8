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

    tells: ClassVar[frozenset[str]] = frozenset({"ListeningBegan", "SignalNoted", "ListeningEnded"})

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
            return f"{event.listener} listens to {' and '.join(event.sides)}{again}", []
        case e.SignalNoted():
            whose = f" of the {event.side}" if event.side else ""
            sure = f", confidence {event.confidence:g}" if event.confidence else ""
            more = "".join(f", {name} {value_of(value)}" for name, value in event.detail.items())
            return (
                f"{event.listener}: {event.signal}{whose} at {event.at_s:g} s ({event.value:g}{sure}{more})",
                [],
            )
        case e.ListeningEnded() if event.failed:
            return f"{event.listener} has nothing to report: {event.failed}", []
        case e.ListeningEnded():
            facts = ", ".join(f"{name} {value:g}" for name, value in event.result.items())
            lost = ", ".join(f"{seconds:g} s of the {side}" for side, seconds in event.lost_s.items())
            return f"{event.listener}: {facts}", [f"it was too slow to hear {lost}"] if lost else []
        case _:
            return None
