"""What somebody hears whom a campaign has called, beside the campaign's own message."""

from __future__ import annotations

from callflow.protocol import Prompt

REMOVED = Prompt.say(
    en="You will not be called again. Goodbye.",
    zh="我们不会再给您致电，再见。",
)
GOODBYE = Prompt.say(en="Goodbye.", zh="再见。")

ALL = (REMOVED, GOODBYE)
