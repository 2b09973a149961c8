"""A call's way through a site's menus, without I/O: inputs in, commands out.

The shell (``ivr.stage``) carries the commands out in order and arms one timer for
:meth:`Interpreter.next_deadline`.  All times are steady seconds given by the caller of
:meth:`Interpreter.handle`.  What the menus may ask of the world (the time, a queue's length) comes by the
``look_up`` that it is made with.
"""

from ivr.interpreter.engine import Interpreter
from ivr.interpreter.messages import (
    Agreed,
    Assigned,
    Choice,
    ChooseLanguage,
    Collected,
    Command,
    Enter,
    Fail,
    HangUp,
    Input,
    Key,
    Noticed,
    PlayEnded,
    PlayPrompt,
    RunStage,
    StageEnded,
    Started,
    StopPlaying,
    Tick,
    Used,
)
from ivr.interpreter.moves import MOST_CALLS, MOST_KEYS_AHEAD, MOST_STEPS

__all__ = [
    "MOST_CALLS",
    "MOST_KEYS_AHEAD",
    "MOST_STEPS",
    "Agreed",
    "Assigned",
    "Choice",
    "ChooseLanguage",
    "Collected",
    "Command",
    "Enter",
    "Fail",
    "HangUp",
    "Input",
    "Interpreter",
    "Key",
    "Noticed",
    "PlayEnded",
    "PlayPrompt",
    "RunStage",
    "StageEnded",
    "Started",
    "StopPlaying",
    "Tick",
    "Used",
]
