"""What somebody hears whom a campaign has called, beside the campaign's own message."""

from __future__ import annotations

from callflow.protocol import Prompt

REMOVED = Prompt.say(
    en="You will not be called again. Goodbye.",
    zh="我们不会再给您致电，再见。",
)
NOBODY = Prompt.say(
    en="We are sorry, nobody is free to talk with you after all. Press nine, and we will not call you again.",
    zh="抱歉，暂时没有坐席与您通话。如不希望再接到来电，请按九。",
)
GOODBYE = Prompt.say(en="Goodbye.", zh="再见。")

ALL = (REMOVED, NOBODY, GOODBYE)
