"""What an agent hears whose call is not put through."""

from __future__ import annotations

from callflow.protocol import Prompt

NOT_ALLOWED = Prompt.say(en="This number may not be called from here.", zh="此号码不允许呼叫。")
NO_LINE = Prompt.say(en="All lines are busy. Please try again later.", zh="线路繁忙，请稍后再拨。")
NOT_LOGGED_IN = Prompt.say(
    en="To call somebody, log in on this phone first: dial star seven zero.",
    zh="外呼请先签入此话机：拨星号七零。",
)
NOT_NOW = Prompt.say(en="You can't make a call at the moment.", zh="您当前无法拨打电话。")
COLLEAGUE_BUSY = Prompt.say(en="Your colleague is busy.", zh="您的同事正忙。")
COLLEAGUE_PAUSED = Prompt.say(en="Your colleague is on a break.", zh="您的同事正在休息。")
COLLEAGUE_AWAY = Prompt.say(en="Your colleague is not there.", zh="您的同事不在。")

ALL = (NOT_ALLOWED, NO_LINE, NOT_LOGGED_IN, NOT_NOW, COLLEAGUE_BUSY, COLLEAGUE_PAUSED, COLLEAGUE_AWAY)
