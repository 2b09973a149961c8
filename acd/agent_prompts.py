"""What agents hear on their phones."""

from __future__ import annotations

from callflow.protocol import Prompt

ASK_NUMBER = Prompt.say(
    en="Please enter your agent number, then the hash key.", zh="请输入您的工号，按井号键结束。"
)
ASK_PIN = Prompt.say(en="Please enter your PIN, then the hash key.", zh="请输入密码，按井号键结束。")
LOGGED_IN = Prompt.say(
    en="You are logged in and paused. To take calls, dial star seven two.",
    zh="您已签入，当前为暂停状态。接听来电请拨星号七二。",
)
DENIED = Prompt.say(en="This number and PIN do not fit.", zh="工号或密码不正确。")
LOCKED = Prompt.say(
    en="There were too many wrong attempts. Please try again in five minutes.",
    zh="错误次数过多，请五分钟后再试。",
)
NOTHING_ENTERED = Prompt.say(en="Nothing was entered. Goodbye.", zh="没有收到输入，再见。")
LOGGED_OUT = Prompt.say(en="You are logged out.", zh="您已签出。")
READY = Prompt.say(en="You are ready.", zh="您已就绪。")
PAUSED = Prompt.say(en="You are paused.", zh="您已暂停。")
AFTER_THE_CALL = Prompt.say(en="This will be done after your call.", zh="将在本次通话结束后生效。")
ASK_REASON = Prompt.say(
    en=(
        "Why do you pause? For a break, press one. Lunch, two. Meeting, three. Training, four. "
        "Paperwork, five. Anything else, six."
    ),
    zh="请选择暂停原因：小休请按一，用餐请按二，会议请按三，培训请按四，文书工作请按五，其他请按六。",
)
WRAP_UP_FINISHED = Prompt.say(en="Your wrap-up is finished.", zh="话后处理已结束。")
WRAP_UP_EXTENDED = Prompt.say(en="You have more time.", zh="话后处理时间已延长。")
WRAP_UP_AT_LIMIT = Prompt.say(en="There is no more time to be had.", zh="话后处理时间已达上限，无法延长。")
NOT_LOGGED_IN = Prompt.say(
    en="Nobody is logged in on this phone. To log in, dial star seven zero.",
    zh="此话机没有座席签入。签入请拨星号七零。",
)
NOT_NOW = Prompt.say(en="This is not possible now.", zh="当前无法执行此操作。")
UNKNOWN_CODE = Prompt.say(en="This is not a valid code.", zh="无效的功能码。")

ALL = (
    ASK_NUMBER, ASK_PIN, LOGGED_IN, DENIED, LOCKED, NOTHING_ENTERED, LOGGED_OUT, READY, PAUSED,
    AFTER_THE_CALL, ASK_REASON, WRAP_UP_FINISHED, WRAP_UP_EXTENDED, WRAP_UP_AT_LIMIT,
    NOT_LOGGED_IN, NOT_NOW, UNKNOWN_CODE,
)  # fmt: skip
