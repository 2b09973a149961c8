"""Events as sentences, one line each, with the time since the call came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from records import events as e

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from records.events import Event, Recorded

_COLOURS = {
    "caller": "cyan",
    "menu": "yellow",
    "queue": "magenta",
    "agent": "green",
    "demo": "blue",
    "end": "bold",
}


class Timeline:
    """Prints what happens; events of other calls and other agents are left out."""

    def __init__(self, console: Console, agents: frozenset[str]) -> None:
        self._console = console
        self._agents = agents
        self._start: datetime | None = None
        self._last: datetime | None = None
        self.call = ""
        """The call to follow, once it is known."""

    def show(self, recorded: Recorded) -> None:
        """Print an event that belongs to the demo's call or to one of its agents."""
        event = recorded.event
        call, agent = getattr(event, "call", ""), getattr(event, "agent", "")
        if call != self.call if call else agent not in self._agents:
            return
        if isinstance(event, e.CallArrived):
            self._start = recorded.at
        self._last = recorded.at
        who, said = describe(event)
        if said:
            self._line(recorded.at, who, said)

    def note(self, text: str) -> None:
        """Print what the demo itself does or found."""
        self._line(self._last, "demo", text)

    def _line(self, at: datetime | None, who: str, said: str) -> None:
        since = (at - self._start).total_seconds() if at and self._start else 0.0
        stamp = "   ·    " if who == "demo" or not self._start else f"{since:7.3f} "
        self._console.print(
            Text.assemble((stamp, "dim"), (f" {who:<7}", _COLOURS[who]), said), soft_wrap=True
        )


def describe(event: Event) -> tuple[str, str]:  # noqa: PLR0911, PLR0912 - a table of sentences
    """Give whose side an event belongs to and what it says; an empty sentence for what needs no line."""
    match event:
        case e.CallArrived():
            return "caller", f"dials {event.dialed} by way of trunk {event.trunk}, and hears ringing"
        case e.CallAnswered():
            return "caller", "is answered"
        case e.StepEntered():
            return "menu", f"{event.menu}, step {event.step + 1}: {event.kind} ({event.file}:{event.line})"
        case e.LanguageChosen():
            return "menu", f"language {event.language}"
        case e.ChoiceMade():
            return "menu", f"key {event.key} in {event.menu}: {event.result}"
        case e.QueueEntered():
            needs = ", ".join(f"{skill} {level}" for skill, level in event.needs.items())
            return "queue", f"enters {event.queue} at position {event.position}, needs {needs}; music begins"
        case e.OfferMade():
            return "queue", f"offered to agent {event.agent} on {event.phone}"
        case e.OfferRang():
            return "agent", f"{event.agent}'s phone rings"
        case e.OfferEnded():
            return "queue", f"offer to {event.agent} ended: {event.outcome}"
        case e.CallConnected():
            return "agent", f"{event.agent} answers after {event.wait_s:.1f} s of waiting; they talk"
        case e.TalkEnded():
            return "agent", f"talk of {event.talk_s:.1f} s ended by {event.by}"
        case e.QueueLeft():
            return "queue", f"left {event.queue}: {event.outcome}"
        case e.WaitAnnounced():
            told = [f"position {event.position}"] if event.position else []
            told += [f"answered within {event.within_s / 60:g} min"] if event.within_s else []
            told += ["longer than told before"] if event.longer else []
            return "caller", f"is told: {', '.join(told) or 'more than 30 min'}"
        case e.AgentStateChanged():
            reason = f" ({event.reason})" if event.reason else ""
            return "agent", f"{event.agent}: {event.before} → {event.after}{reason}"
        case e.CallEnded():
            return "end", f"call over: {event.outcome}, by {event.by}"
        case _:
            return "queue", ""
