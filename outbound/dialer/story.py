"""What ``ringhall explain`` says of a campaign's call."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callflow.explaining import beats
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from callflow.explaining import Beat, CallFile
    from records.events import Event
    from records.history import History

_RULES = {
    "dnc": "on no do-not-call list",
    "consent": "consent",
    "over": "not over",
    "attempts": "attempts",
    "spacing": "rest since the last",
    "once_a_day": "not called today",
    "frequency": "over all campaigns",
    "waits": "not on the line with us",
    "hours": "the campaign's hours",
    "law": "the law's hours",
    "law_frequency": "the law's frequency",
}
_KINDS = {
    "drop": "no agent was there in time: it hears who called",
    "machine": "the machine is told its message",
}


class CampaignStory:
    """Tells why somebody was called, what answered, and what came of it."""

    tells: ClassVar[frozenset[str]] = frozenset(
        {"AttemptBegun", "GreetingJudged", "AttemptMessage", "RemovalAsked", "AttemptDisposed"}
    )

    @classmethod
    def create(cls, history: History, home: Path) -> CampaignStory:  # noqa: ARG003 - an explainer's shape
        """Make it."""
        return cls()

    def call(self, known: CallFile) -> Iterable[Beat]:
        """Tell a beat for each event."""
        return beats(known, _told)


def _told(event: Event) -> tuple[str, list[str]] | None:
    match event:
        case e.AttemptBegun():
            rules = [
                _RULES.get(rule, rule) + (f" ({why})" if why else "") for rule, why in event.rules.items()
            ]
            text = (
                f"campaign {event.campaign} calls lead {event.lead} of {event.lead_list} "
                f"({event.list_version}), who answers with probability {event.chance:.2f}"
            )
            return text, [f"every rule allows it: {'; '.join(rules)}"]
        case e.GreetingJudged():
            return f"{event.answer} ({event.what}), the greeting over after {event.over_s:g} s", [event.why]
        case e.AttemptMessage():
            return _KINDS.get(event.kind, event.kind), []
        case e.RemovalAsked():
            return f"wants no more calls ({event.by}): on the do-not-call list of the site", []
        case e.AttemptDisposed():
            again = f", again at {event.again_at:.0f}" if event.again_at else ""
            return f"{event.by} says: {event.outcome}{again}", []
        case _:
            return None
