"""Short codes as nobody means them: random codes, keys, pauses and hangups; ``make proof`` dials 100,000."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from acd.agent_line import CODES, REASONS, AgentLineStage, AgentLineStep
from acd.core.states import State
from records import events as e
from tests.acd.house import House

pytestmark = pytest.mark.virtual_time

DIALED = 10 * int(os.environ.get("RINGHALL_PROOF_EXAMPLES", "100"))
KEYS = "0123456789*#"
ODD_KEYS = "ABCDabcdF+ -\0é٣"
"""What RFC 4733 and broken phones also send."""
PHONES = ("p1001", "p1002", "p9")
NUMBERS = ("1001", "1002", "9999", "")
PINS = ("4711", "2002", "0000")
MEANT: tuple[tuple[str, list[str]], ...] = (("*70", ["1001#4711#"]), ("*70", ["1002#2002#"]), ("*72", []))
"""What somebody who knows their way dials, so that something comes of the rest."""
LOCKED_S = 400.0
"""Longer than wrong PINs lock."""


def code(dice: random.Random) -> str:
    """Give a code: a right one, one with its digit, one of the kind, or anything."""
    match dice.randrange(5):
        case 0 | 1:
            return dice.choice(list(CODES))
        case 2:
            return "*73" + dice.choice([*REASONS, "9", "*", ""])
        case 3:
            return f"*7{dice.choice(KEYS + ODD_KEYS)}"
        case _:
            return "".join(dice.choice(KEYS + ODD_KEYS) for _ in range(dice.choice((0, 1, 3, 40, 300))))


def keys(dice: random.Random) -> str:
    """Give keys that are pressed one right after the other."""
    match dice.randrange(4):
        case 0:
            return f"{dice.choice(NUMBERS)}#{dice.choice(PINS)}#"
        case 1:
            return dice.choice(NUMBERS) + dice.choice(("#", "*", ""))
        case 2:
            return dice.choice(PINS) + dice.choice(("#", ""))
        case _:
            return "".join(dice.choice(KEYS + ODD_KEYS) for _ in range(dice.randrange(30)))


async def test_nothing_that_is_dialed_or_pressed_does_harm() -> None:
    dice, house, came_to = random.Random(3), await House().open(), Counter[str]()
    stage, known = AgentLineStage(house.acd), {"1001", "1002", ""}
    for number in range(DIALED):
        call = f"l{number}"
        if dice.random() < 0.4:
            await house.rest(LOCKED_S * (dice.random() < 0.1))
            wanted, pressed = dice.choice(MEANT)
        else:
            wanted, pressed = code(dice), [keys(dice) for _ in range(dice.randrange(5))]
        for phone in PHONES:
            house.acd.phone_seen(phone)
        house.dial(call, dice.choice(PHONES), stage, AgentLineStep(code=wanted))
        for each in pressed:
            await house.rest(dice.choice((0.0, 0.01, 1.5, 5.0)))
            if dice.random() < 0.1:
                house.hang_up(call)
            house.press(call, each)
        outcome = await house.tasks.pop(call)
        came_to[outcome] += 1
        assert outcome in {"completed", "gone"}
        for agent in ("1001", "1002"):
            came_to[house.state(agent)] += 1
            assert house.acd.core.agent(agent).state in {State.LOGGED_OUT, State.PAUSED, State.READY}
        house.fake.asked.clear()
    assert not house.calls
    assert not house.alarms
    assert {refused.agent for refused in house.events(e.LoginRefused)} <= known
    # or the dice were too tame or too wild
    assert came_to["completed"] > came_to["gone"] > DIALED / 50
    assert min(came_to["ready"], came_to["logged_out"], came_to["paused(login)"]) > DIALED / 50, came_to
