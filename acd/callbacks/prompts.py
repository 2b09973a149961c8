"""What customers hear who are called back."""

from __future__ import annotations

from callflow.protocol import Prompt

PRESS_ONE = Prompt.say(
    en="You asked us to call you back. To be connected, press one. If you need no call any more, press nine.",
    zh="您此前预约了回拨。接通请按一，不再需要请按九。",
)
YOU_ASKED = Prompt.say(
    en="You asked us to call you back. One moment, please.", zh="您此前预约了回拨，请稍候。"
)
NO_MORE = Prompt.say(en="Thank you. We will not call again. Goodbye.", zh="好的，我们不再回拨，再见。")
LATER = Prompt.say(
    en="We are sorry, nobody is free after all. We will call you again.",
    zh="抱歉，暂时没有空闲坐席，我们会再次给您回电。",
)

ALL = (PRESS_ONE, YOU_ASKED, NO_MORE, LATER)


def greeting(said: dict[str, str], house: str) -> Prompt | None:
    """Give what says who calls: the admin's words, else the house's name; None when it has none."""
    if said:
        return Prompt.say(**said)
    return Prompt.say(en=f"This is {house}.", zh=f"这里是{house}。") if house else None
