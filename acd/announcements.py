"""What waiting callers are told, in words: every wait is a sentence of its own, as it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.announcing import BEYOND, STEPS_S, Told, minutes
from callflow.prompt import Prompt, pieces_of
from callflow.stages.lookup import knowing

if TYPE_CHECKING:
    from callflow.expressions import Lookup

LANGUAGES = ("en", "zh")
_WORDS = {
    2: ("two", "两"),
    3: ("three", "三"),
    5: ("five", "五"),
    10: ("ten", "十"),
    15: ("fifteen", "十五"),
    20: ("twenty", "二十"),
    30: ("thirty", "三十"),
}

NEXT = Prompt.say(en="You are the next in line.", zh="您是下一位。")
POSITION = Prompt(
    texts=(("en", "You are number {position|number} in line."), ("zh", "您当前排在第{position|number}位。")),
    pieces=(
        ("en", pieces_of("You are number {position|number} in line.", "en")),
        ("zh", pieces_of("您当前排在第{position|number}位。", "zh")),
    ),
)
LONGER = Prompt.say(
    en="We are sorry: it takes longer than we told you.", zh="抱歉，等待时间比刚才预计的要长。"
)
LINE_LOST = Prompt.say(
    en="We are sorry: the line to our colleague was lost. You are the next in line.",
    zh="抱歉，与坐席的线路已中断。您是下一位。",
)


def _within(step: float) -> Prompt:
    whole = minutes(step)
    if whole == 1:
        return Prompt.say(
            en="We expect to answer your call in less than a minute.", zh="预计一分钟之内为您接听。"
        )
    english, mandarin = _WORDS[whole]
    return Prompt.say(
        en=f"We expect to answer your call within {english} minutes.",
        zh=f"预计{mandarin}分钟之内为您接听。",
    )


WAITS = {step: _within(step) for step in STEPS_S} | {
    BEYOND: Prompt.say(
        en="At the moment it may take more than thirty minutes.", zh="目前等待时间可能超过三十分钟。"
    )
}
"""Seconds → sentence."""
ALL = (NEXT, POSITION, LONGER, *WAITS.values())


def announcement(position: int, told: Told, look_up: Lookup, language: str) -> Prompt | None:
    """Put an announcement together; ``position`` 0 is not told.  None when there is nothing to tell."""
    parts = []
    if position == 1:
        parts.append(NEXT)
    elif position:
        parts.append(POSITION.filled(knowing({"position": str(position)}, look_up), language))
    if told.longer:
        parts.append(LONGER)
    if told.within_s:
        parts.append(WAITS[told.within_s])
    return Prompt(parts=tuple(parts)) if parts else None
