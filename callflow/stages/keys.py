"""Digits and keys that a stage asks a caller for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from callflow.values import told
from telephony.switch import KeyPressed, PlayEnded

if TYPE_CHECKING:
    from collections.abc import Container

    from callflow.protocol import Call, Prompt

FIRST_KEY_S = 6.0
"""Silence after the question that counts as no answer."""
NEXT_KEY_S = 4.0
"""Silence after a digit that ends the entry."""
PROMPT_S = 120.0
"""Longest time for a prompt, should its end not be reported."""
MOST_DIGITS = 40
_COUNT = re.compile(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.ASCII)


class Count(NamedTuple):
    """How many digits."""

    least: int
    most: int


def _count(value: Any) -> Count:
    if isinstance(value, Count):
        return value
    found = _COUNT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise told("digits", "this is no number of digits", "Write 16, or 6-18.")
    least = int(found[1])
    most = int(found[2] or least)
    if not 1 <= least <= most <= MOST_DIGITS:
        raise told("digits", "this number of digits is not possible", f"Write 1 to {MOST_DIGITS}.")
    return Count(least, most)


DigitCount = Annotated[
    Count, BeforeValidator(_count), WithJsonSchema({"type": "string", "pattern": f"^{_COUNT.pattern}$"})
]
"""How many digits: ``16``, or ``6-18``."""


async def ask_digits(call: Call, question: Prompt, most: int) -> str:
    """Ask for digits, ended by ``#``, by the last possible one or by silence; ``*`` begins anew."""
    digits, playback = "", await call.play(question)
    deadline = call.now() + PROMPT_S
    while len(digits) < most:
        match await call.next(deadline):
            case None:
                break
            case PlayEnded(playback=ended) if ended == playback and not digits:
                deadline = call.now() + FIRST_KEY_S
            case KeyPressed(leg=call.leg, key="#"):
                break
            case KeyPressed(leg=call.leg, key=key):
                await call.stop_playing()
                deadline = call.now() + NEXT_KEY_S
                digits = "" if key == "*" else digits + key
            case _:
                pass
    await call.stop_playing()
    return digits


async def ask_key(call: Call, question: Prompt, keys: Container[str], *, tries: int = 2) -> str:
    """Ask for one of these keys; empty when none came, however often it was asked."""
    for _ in range(tries):
        playback = await call.play(question)
        deadline = call.now() + PROMPT_S
        while True:
            message = await call.next(deadline)
            if message is None:
                break
            if isinstance(message, PlayEnded) and message.playback == playback:
                deadline = call.now() + FIRST_KEY_S
            elif isinstance(message, KeyPressed) and message.leg == call.leg:
                await call.stop_playing()
                if message.key in keys:
                    return message.key
                break
    await call.stop_playing()
    return ""
