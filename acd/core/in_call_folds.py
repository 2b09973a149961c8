"""What the events of talks change: hold, consultation, conference, transfer, supervision."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from acd.core.model import Talk, Transferred
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable

    from acd.core.floor import Floor


def folds(floor: Floor) -> dict[type[e.Event], Callable[[Any, float], None]]:
    """Give the folds of these events, for a floor; its state may be replaced meanwhile."""
    each: dict[type[e.Event], Callable[[Floor, Any, float], None]] = {
        e.SupervisionBegan: _supervision_began,
        e.SupervisionEnded: _supervision_ended,
        e.TalkHeld: _talk_held,
        e.TalkResumed: _talk_resumed,
        e.ConsultBegan: _consult_began,
        e.ConsultJoined: _consult_joined,
        e.ConsultEnded: _consult_ended,
        e.CallTransferred: _call_transferred,
    }
    return {kind: partial(fold, floor) for kind, fold in each.items()}


def _supervision_began(floor: Floor, event: e.SupervisionBegan, at: float) -> None:  # noqa: ARG001 - folds are alike
    floor.state.supervised.setdefault(event.call, {})[event.supervisor] = event.leg


def _supervision_ended(floor: Floor, event: e.SupervisionEnded, at: float) -> None:  # noqa: ARG001 - folds are alike
    ears = floor.state.supervised.get(event.call, {})
    ears.pop(event.supervisor, None)
    if not ears:
        floor.state.supervised.pop(event.call, None)


def _talk_held(floor: Floor, event: e.TalkHeld, at: float) -> None:  # noqa: ARG001 - folds are alike
    floor.state.talks[event.call].held = True


def _talk_resumed(floor: Floor, event: e.TalkResumed, at: float) -> None:  # noqa: ARG001 - folds are alike
    floor.state.talks[event.call].held = False


def _consult_began(floor: Floor, event: e.ConsultBegan, at: float) -> None:  # noqa: ARG001 - folds are alike
    talk = floor.state.talks[event.call]
    talk.held, talk.consult, talk.consult_kind = False, event.consult, event.kind
    talk.consults += 1


def _consult_joined(floor: Floor, event: e.ConsultJoined, at: float) -> None:  # noqa: ARG001 - folds are alike
    floor.state.talks[event.call].joined = True


def _consult_ended(floor: Floor, event: e.ConsultEnded, at: float) -> None:  # noqa: ARG001 - folds are alike
    talk = floor.state.talks[event.call]
    talk.consult, talk.consult_kind, talk.joined = "", "", False
    floor.state.exits.pop(event.consult, None)


def _call_transferred(floor: Floor, event: e.CallTransferred, at: float) -> None:
    floor.state.exits.pop(event.call, None)
    if event.leg:  # taken over, without an offer
        floor.state.talks[event.call] = Talk(
            call=event.call,
            queue=event.queue,
            agent=event.to,
            offer=event.leg,
            since=at,
            wrap_up_s=0.0,
            waited_s=event.waited_s,
        )
        return
    taken = floor.state.talks.pop(event.consult, None)
    if taken is not None:  # whoever was consulted has the call now
        floor.state.talks[event.call] = msgspec.structs.replace(
            taken,
            call=event.call,
            waited_s=event.waited_s,
            wrap_up_s=event.wrap_up_s,
            wrap_up_most_s=event.wrap_up_most_s,
        )
        return
    floor.state.transferred[event.call] = Transferred(
        agent=event.agent,
        queue=event.queue,
        to_kind=event.to_kind,
        to=event.to,
        waited_s=event.waited_s,
        consult=event.consult,
    )
