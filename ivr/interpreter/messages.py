"""What the interpreter is told, and what it wants done."""

from __future__ import annotations

from typing import Any, Union

import msgspec

from callflow.prompt import Prompt
from ivr.steps import Position, Step


class Started(msgspec.Struct, frozen=True):
    """The call is here."""


class Key(msgspec.Struct, frozen=True):
    """The caller pressed a key."""

    key: str


class PlayEnded(msgspec.Struct, frozen=True):
    """The prompt of the last :class:`PlayPrompt` is over (not after :class:`StopPlaying`)."""


class StageEnded(msgspec.Struct, frozen=True):
    """The stage of the last :class:`RunStage` returned."""

    outcome: str


class Tick(msgspec.Struct, frozen=True):
    """The deadline may have come."""


Input = Union[Started, Key, PlayEnded, StageEnded, Tick]  # noqa: UP007 - read by msgspec


class Enter(msgspec.Struct, frozen=True):
    """A step begins."""

    step: Step
    returns: tuple[Position, ...] = ()
    """Where menus that were called go back to, the innermost last."""


class PlayPrompt(msgspec.Struct, frozen=True):
    """Start a prompt, its values put in; nothing else is being played."""

    prompt: Prompt


class StopPlaying(msgspec.Struct, frozen=True):
    """Stop the prompt that is being played."""


class ChooseLanguage(msgspec.Struct, frozen=True):
    """The call goes on in this language."""

    language: str


class Choice(msgspec.Struct, frozen=True):
    """A question was answered, or not: ``result`` is chosen, invalid or no_input."""

    menu: str
    result: str
    key: str = ""


class Collected(msgspec.Struct, frozen=True):
    """Digits were entered."""

    variable: str
    digits: str
    secret: bool


class Assigned(msgspec.Struct, frozen=True):
    """A variable was set; ``secret`` when a secret one went into it."""

    variable: str
    value: str
    secret: bool


class Used(msgspec.Struct, frozen=True):
    """A step decided by what a listener had noticed."""

    step: Step
    expression: str
    name: str
    value: str
    outcome: str
    """The way's label; ``set NAME``."""


class Agreed(msgspec.Struct, frozen=True):
    """A caller was asked to agree to something, and did (``given``) or did not."""

    to: str
    given: bool
    how: str
    """``key 1``, no_input or invalid."""


class Noticed(msgspec.Struct, frozen=True):
    """A notice was given: ``result`` is heard, accepted, refused or unanswered."""

    notice: str
    result: str


class RunStage(msgspec.Struct, frozen=True):
    """Hand the call to a stage and report :class:`StageEnded`."""

    name: str
    step: Any


class HangUp(msgspec.Struct, frozen=True):
    """End the call; nothing follows."""

    cause: str = "normal"


class Fail(msgspec.Struct, frozen=True):
    """The menus are at fault; nothing follows."""

    reason: str


Command = Union[  # noqa: UP007 - read by msgspec
    Enter,
    PlayPrompt,
    StopPlaying,
    ChooseLanguage,
    Choice,
    Collected,
    Assigned,
    Noticed,
    Agreed,
    Used,
    RunStage,
    HangUp,
    Fail,
]
