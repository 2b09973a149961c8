"""The calls that are on now, as a fold of the event log: what a restarted controller knows of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator

    from records.events import Recorded


ENDED_KEPT = 1000
"""Legs of ended calls that are remembered: a controller may die between a call's end and its hangup."""


class Place(msgspec.Struct, frozen=True):
    """Where in a site's menus a call is."""

    menu: str
    step: int
    version: str
    returns: list[tuple[str, int]] = msgspec.field(default_factory=list)
    """(menu, step) to which called menus go back, the innermost last."""


class LiveCall(msgspec.Struct):
    """One call that has arrived and not ended."""

    call: str
    leg: str
    dialed: str
    endpoint: str
    subject: str
    answered: bool = False
    language: str = ""
    place: Place | None = None
    variables: list[str] = msgspec.field(default_factory=list)
    """Names of what was collected and kept; the values are in the vault."""
    notices: dict[str, str] = msgspec.field(default_factory=dict)
    """Notices that were given, and what came of them."""
    consents: dict[str, str] = msgspec.field(default_factory=dict)
    """What the caller was asked to agree to → given or refused, as they said last."""
    queue: str = ""
    """The queue it waits in, empty when it does not wait."""
    agent: str = ""
    """The agent who talks or talked with the caller last."""
    talk_ended_by: str = ""
    handed_to: str = ""
    """What kind it was handed over to, until an agent has it: agent (who is rung), queue, menu, outside."""
    exit_reason: str = ""
    """Why it left its last queue without an agent."""
    epoch: int = 0
    """Which controller had it last."""
    arrived_at: float = 0.0
    """Steady seconds at which it came in, or was placed."""
    purpose: str = ""
    """Which part placed it; empty for a call that came in."""
    reference: str = ""
    """What that part knows it by."""
    route: str = ""
    phone: str = ""
    caller_number: str = ""
    """Of a call that we placed: as CallPlaced has them."""
    dialed_at: float | None = None
    """Steady seconds at which we dialed; None for a call that came in, or whose party was not dialed yet."""

    def talks_with(self, agent: str) -> bool:
        """Tell whether it is this agent who talks with the caller now."""
        return self.agent == agent and not self.talk_ended_by and not self.handed_to

    @property
    def outcome(self) -> str:
        """What a hangup now means for the record."""
        if self.agent:
            return "completed"
        if self.purpose and not self.answered:
            return "lost"
        if self.exit_reason == "callback_promised":
            return self.exit_reason
        if self.queue or self.exit_reason == "abandoned":
            return "abandoned"
        return "hung_up_in_menu" if self.place else "hung_up_before_menu"


def of_placed(event: e.CallPlaced) -> LiveCall:
    """Make a call of our own."""
    return LiveCall(
        call=event.call,
        leg=event.leg,
        dialed=event.to,
        endpoint=event.trunk,
        subject=event.subject,
        language=event.language,
        purpose=event.purpose,
        reference=event.reference,
        route=event.route,
        phone=event.phone,
        caller_number=event.caller_number,
    )


def _is_placed(leg: str) -> bool:
    """Tell the leg of whoever is called from others that the call has."""
    return leg.partition("-")[2].startswith("p")


class LiveCalls:
    """Fold of the log: call id → :class:`LiveCall`."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveCall] = {}
        self._ended: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(list(self._calls.values()))

    def get(self, call: str) -> LiveCall | None:
        """Give a call, or None when it is not on."""
        return self._calls.get(call)

    def ended_on(self, leg: str) -> bool:
        """Tell whether a call on this leg has ended: the leg, if it is still there, is to be hung up."""
        return leg in self._ended

    def apply(self, event: e.Event) -> None:  # noqa: PLR0912 - a table of events
        """Fold one event in; events of calls that are not on change nothing."""
        if isinstance(event, e.CallArrived):
            self._calls[event.call] = LiveCall(
                call=event.call,
                leg=event.leg,
                dialed=event.dialed,
                endpoint=event.trunk,
                subject=event.subject,
            )
            return
        if isinstance(event, e.CallPlaced):
            self._calls[event.call] = of_placed(event)
            return
        live = self._calls.get(getattr(event, "call", ""))
        if live is None:
            return
        match event:
            case e.CallAnswered():
                live.answered = True
            case e.StepEntered():
                live.place = Place(event.menu, event.step, event.version, event.returns)
            case e.LanguageChosen():
                live.language = event.language
            case e.DigitsCollected() | e.VariableSet():
                if event.secret and event.variable in live.variables:
                    live.variables.remove(event.variable)
                elif not event.secret and event.variable not in live.variables:
                    live.variables.append(event.variable)
            case e.NoticeGiven():
                live.notices[event.notice] = event.result
            case e.ConsentGiven() | e.ConsentRefused():
                live.consents[event.to] = "given" if isinstance(event, e.ConsentGiven) else "refused"
            case e.HttpAsked() | e.CallerIdentified():
                live.variables += [name for name in event.variables if name not in live.variables]
            case e.QueueRefused():
                live.exit_reason = event.reason
            case e.CallbackPromised():
                live.exit_reason = "callback_promised"
            case e.QueueEntered():
                live.queue, live.exit_reason = event.queue, ""
            case e.QueueLeft():
                live.queue, live.exit_reason = "", event.reason
            case e.CallConnected():
                live.queue, live.agent, live.talk_ended_by, live.handed_to = "", event.agent, "", ""
            case e.AgentReached():
                live.agent = event.agent or event.call  # somebody was talked with, if no agent did
            case e.CallTransferred() if event.kind != "blind" and event.to_kind == "agent":
                live.agent = event.to
            case e.CallTransferred():
                live.handed_to = event.to_kind
            case e.TalkEnded() if event.by not in e.GOES_ON:
                live.talk_ended_by = event.by
            case e.CallEnded():
                del self._calls[event.call]
                self._ended[live.leg] = None
                if len(self._ended) > ENDED_KEPT:
                    del self._ended[next(iter(self._ended))]

    def replay(self, recorded: Recorded) -> None:
        """Fold one event of the log in."""
        event = recorded.event
        self.apply(event)
        live = self._calls.get(getattr(event, "call", ""))
        if live is not None:
            live.epoch = recorded.epoch
            if isinstance(event, e.CallArrived | e.CallPlaced):
                live.arrived_at = recorded.at.timestamp()
            if isinstance(event, e.DialStarted) and live.purpose and _is_placed(event.leg):
                live.leg, live.dialed_at = event.leg, recorded.at.timestamp()

    def snapshot(self) -> dict[str, Any]:
        """Give the state as JSON-able data."""
        return {"calls": msgspec.to_builtins(list(self._calls.values())), "ended": list(self._ended)}

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        if isinstance(state, list):  # of a version that did not keep the ended ones
            state = {"calls": state, "ended": []}
        calls = msgspec.convert(state["calls"], list[LiveCall])
        self._calls = {live.call: live for live in calls}
        self._ended = dict.fromkeys(state["ended"])
