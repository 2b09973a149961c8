"""Places of people who are not on the line: counted among those who wait, and offered to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.core.errors import UnknownQueue
from acd.core.model import held_place
from acd.core.waiting import priority_of
from records import events as e

if TYPE_CHECKING:
    from acd.core import inputs as i
    from acd.core.turn import Turn


def hold(turn: Turn, asked: i.HoldPlace) -> None:
    """Hold a place; one that is held already, in that queue and since that time, stays."""
    floor, known = turn.floor, turn.state.held.get(asked.holder)
    spec = floor.queues.get(asked.queue)
    if spec is None:
        raise UnknownQueue(asked.queue, floor.queues)
    if known is not None:
        if (known.queue, known.since) == (asked.queue, asked.since):
            return
        turn.emit(e.PlaceGivenUp(holder=asked.holder, queue=known.queue))
    held = e.PlaceHeld(
        holder=asked.holder,
        queue=asked.queue,
        priority=priority_of(spec, asked.priority, asked.customer_class),
        since=asked.since,
        position=0,
        ageing_s=spec.ageing_s,
    )
    place = held_place(held, turn.state.tickets_made + 1).place
    turn.emit(msgspec.structs.replace(held, position=floor.lines.position(asked.queue, place)))


def give_up(turn: Turn, asked: i.GiveUpPlace) -> None:
    """Give a held place up; one that is not held is fine."""
    known = turn.state.held.get(asked.holder)
    if known is not None:
        turn.emit(e.PlaceGivenUp(holder=asked.holder, queue=known.queue))
