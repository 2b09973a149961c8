"""When waiting callers are told something, and what: pure, with the time as an argument.

Announcements and comfort messages stand on a grid that begins with the caller's entry, so that a controller
that takes over goes on with it.  What was due while a phone rang is told when it has stopped, once.

A wait that was told stands until its end.  It is told again when a shorter one can be told, and when it can't
be kept any more: then with the words that it takes longer.  In between only the position is told.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

import msgspec

from records import events as e

if TYPE_CHECKING:
    from acd.core import inputs as i
    from acd.core.turn import Turn

STEPS_S = (60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1200.0, 1800.0)
"""Waits that are told; a longer one is told as more than the last."""
BEYOND = float("inf")
APART_S = 10.0
"""No comfort message comes nearer to an announcement than this."""
_MOST_SKIPPED = 60
_TINY = 1e-6


class Plan(msgspec.Struct, frozen=True):
    """What the callers of a queue are told, and how often.  Times in seconds."""

    first_s: float = 0.0
    """From the entry to the first announcement."""
    every_s: float = 0.0
    """Between announcements; 0 for none at all."""
    comfort_every_s: float = 0.0
    """Between comfort messages; 0 for none."""


class Slot(msgspec.Struct, frozen=True):
    """Something that is to be heard."""

    at: float
    comfort: int | None = None
    """Which comfort message in turn, from 0; None for an announcement."""


class Told(msgspec.Struct, frozen=True):
    """What an announcement says of the wait."""

    within_s: float = 0.0
    """One of :data:`STEPS_S`, :data:`BEYOND`, or 0 when nothing is said of it."""
    longer: bool = False
    """It takes longer than they were told."""


def next_slot(plan: Plan, since: float, announced_at: float, comforted_at: float) -> Slot | None:
    """Give what is to be heard next: it may be overdue.

    ``since`` is when the caller came, ``announced_at`` and ``comforted_at`` when they heard something last
    (0 before), all in steady seconds.
    """
    slots = [_announcement(plan, since, announced_at), _comfort(plan, since, announced_at, comforted_at)]
    return min((slot for slot in slots if slot is not None), key=lambda slot: slot.at, default=None)


def comfort_is_heard(plan: Plan) -> bool:
    """Tell whether any comfort message has a place between the announcements."""
    return plan.comfort_every_s <= 0 or _comfort(plan, 0.0, -APART_S, 0.0) is not None


def _announcement(plan: Plan, since: float, announced_at: float) -> Slot | None:
    """Give the first place on the grid after the last announcement, not close behind one that was late."""
    if plan.every_s <= 0:
        return None
    passed = announced_at + plan.every_s / 2 - since - plan.first_s
    turn = max(0, floor(passed / plan.every_s) + 1) if announced_at else 0
    return Slot(since + plan.first_s + turn * plan.every_s)


def _comfort(plan: Plan, since: float, announced_at: float, comforted_at: float) -> Slot | None:
    if plan.comfort_every_s <= 0:
        return None
    turn = max(0, floor((comforted_at - since) / plan.comfort_every_s + _TINY)) + 1
    for number in range(turn, turn + _MOST_SKIPPED):
        at = since + number * plan.comfort_every_s
        if at >= announced_at + APART_S and not _near_announcement(plan, at - since):
            return Slot(at, number - 1)
    return None


def _near_announcement(plan: Plan, after_s: float) -> bool:
    if plan.every_s <= 0:
        return False
    passed = after_s - plan.first_s
    nearest = max(0, round(passed / plan.every_s))
    return abs(passed - nearest * plan.every_s) < min(APART_S, plan.every_s / 2)


def what_to_tell(p80_s: float | None, told_until: float, now: float) -> Told:
    """Decide what is said of a wait that four fifths of all callers stay under; None when it isn't known.

    ``told_until`` is until when the caller was told to be answered, 0 when they were not.
    """
    if p80_s is None:
        return Told()
    within = next((step for step in STEPS_S if p80_s <= step), BEYOND)
    if not told_until or now + within <= told_until:
        return Told(within)
    if now + p80_s > told_until:
        return Told(within, longer=True)
    return Told()


def minutes(within_s: float) -> int:
    """Give a step of :data:`STEPS_S` in minutes."""
    return ceil(within_s / 60.0)


def announced(turn: Turn, told: i.Announced) -> None:
    """Record what a waiting caller is told."""
    ticket = turn.state.tickets.get(told.call)
    if ticket is not None:
        turn.emit(
            e.WaitAnnounced(
                call=told.call,
                queue=ticket.queue,
                position=told.position,
                within_s=told.within_s,
                longer=told.longer,
            )
        )
