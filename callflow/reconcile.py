"""What was missed: the difference between what we believe and what a survey of the switch found.

Events are lost while the control connection is down, and while no controller runs.  After either, the
switch is surveyed and the events that must have happened are made up from the difference, so that calls
are repaired by the same code that serves them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callflow.ids import PART, owner_of
from telephony.switch import Cause, LegAnswered, LegArrived, LegEnded, LegRinging, SwitchEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from telephony.switch import Survey


class Repair(msgspec.Struct, frozen=True):
    """What is to be done after a survey."""

    missed: list[SwitchEvent]
    """Events that must have happened, in an order that is safe to deliver."""
    arrivals: list[LegArrived]
    """Callers who came in and whom nobody serves."""
    orphans: list[str]
    """Legs that we started for calls that no longer exist; to be hung up."""
    empty_talks: list[str]
    """Conversations of calls that no longer exist; to be ended."""


def compare(
    callers: Mapping[str, str], started: Mapping[str, bool], survey: Survey, placed: Collection[str] = ()
) -> Repair:
    """Compare what is believed with what is.

    ``callers`` is caller leg → call for each call that came in and is on; ``started`` is leg → known to be
    answered, for each leg that we started and have not seen end; ``placed`` are the calls that we placed.
    """
    missed: list[SwitchEvent] = [
        LegEnded(leg=leg, cause=Cause.FAILURE) for leg in [*callers, *started] if leg not in survey.legs
    ]
    missed += [
        LegAnswered(leg=leg)
        for leg, answered in started.items()
        if not answered and leg in survey.legs and survey.legs[leg].up
    ]
    missed += [
        LegRinging(leg=leg)
        for leg, answered in started.items()
        if not answered and leg in survey.legs and survey.legs[leg].rings
    ]
    on = {*callers.values(), *placed}
    arrivals = [
        view.arrived for view in survey.legs.values() if view.arrived is not None and view.leg not in callers
    ]
    orphans = [
        view.leg
        for view in survey.legs.values()
        if view.arrived is None and owner_of(view.leg) and owner_of(view.leg) not in on
    ]
    empty_talks = [talk for talk in survey.talks if talk.partition(PART)[0] not in on]
    return Repair(missed=missed, arrivals=arrivals, orphans=orphans, empty_talks=empty_talks)
