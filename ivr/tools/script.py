"""What a simulated caller does, and what other systems answer: keys, outcomes of stages, HTTP answers."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from callflow.values import told
from ivr.schema.common import Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SILENCE = "-"
HANG_UP = "hangup"
_KEYS = re.compile(r"!?[0-9*#]+|-|hangup", re.ASCII)
KEYS_REMEDY = (
    'Write keys as they are typed, such as "1" or "4711#"; "!1" presses during the prompt, "-" keeps silent, '
    '"hangup" hangs up.'
)


def is_keys(word: str) -> bool:
    """Tell whether that is something that a caller can do."""
    return _KEYS.fullmatch(word) is not None


def _keys(value: Any) -> Any:
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise told("keys", "keys are expected here", KEYS_REMEDY)
    for word in words:
        if not isinstance(word, str) or not is_keys(word):
            raise told("keys", f'"{str(word)[:20]}" is not something that a caller can do', KEYS_REMEDY)
    return tuple(words)


Keys = Annotated[tuple[str, ...], BeforeValidator(_keys)]
"""What the caller does at each question."""


class Answer(Written):
    """What a stage ends with, or what a server answers to it."""

    outcome: str | None = None
    """How the stage ends: ``max_wait``, ``failure``, …"""
    set: dict[str, str] = Field(default_factory=dict)
    """Variables that the stage sets."""
    status: Annotated[int, Field(ge=100, le=599)] = 200
    """HTTP status of the answer."""
    body: Any = None
    """JSON of the answer."""


def _answers(value: Any) -> Any:
    listed = value if isinstance(value, list) else [value]
    return [{"outcome": one} if isinstance(one, str) else one for one in listed]


Answers = Annotated[tuple[Answer, ...], BeforeValidator(_answers)]
"""One answer for each time that the stage is come to; the last one holds from then on."""


class Script:
    """A caller's part, and the answers of others, used up as the call goes on."""

    def __init__(
        self,
        keys: Iterable[str] = (),
        answers: Mapping[str, Iterable[Answer]] | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        self._keys = deque(keys)
        self._answers = {name: deque(given) for name, given in (answers or {}).items()}
        self.facts = dict(facts or {})
        """Facts that are what the test says: ``queue.cards.length``."""

    def during_prompt(self) -> str:
        """Give what the caller does while a prompt is being played; empty for nothing."""
        if self._keys and self._keys[0].startswith("!"):
            return self._keys.popleft().removeprefix("!")
        return ""

    def at_question(self) -> str:
        """Give what the caller does when a question has been put; silence when nothing is left."""
        return self._keys.popleft().removeprefix("!") if self._keys else SILENCE

    @property
    def keys_left(self) -> tuple[str, ...]:
        """What the caller did not get to do."""
        return tuple(self._keys)

    def ending(self, stage: str, outcomes: Iterable[str]) -> Answer | None:  # noqa: ARG002 - an actor's
        """Give how a stage ends, if that is said."""
        given = self._answers.get(stage)
        return self.answer(stage) if given and given[0].outcome is not None else None

    def answer(self, stage: str) -> Answer | None:
        """Give the next answer for a stage."""
        given = self._answers.get(stage)
        if not given:
            return None
        return given.popleft() if len(given) > 1 else given[0]


def parse_answer(text: str) -> tuple[str, Answer]:
    """Read an answer of the command line: ``queue=max_wait``, ``http=200 {"tier": "gold"}``.

    Raises ValueError with what is wrong.
    """
    stage, sign, said = text.partition("=")
    if not sign or not stage or not said:
        raise ValueError(f'"{text}" is no answer; write STAGE=OUTCOME, or http=STATUS JSON')
    status, _, body = said.partition(" ")
    if not re.fullmatch(r"[1-5][0-9]{2}", status, re.ASCII):
        return stage, Answer(outcome=said)
    try:
        return stage, Answer(status=int(status), body=json.loads(body) if body.strip() else None)
    except ValueError as error:
        raise ValueError(f'the body in "{text}" is not JSON: {error}') from None
