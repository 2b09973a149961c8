"""The caller's part played by a person at a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ivr.tools.script import HANG_UP, KEYS_REMEDY, SILENCE, Answer, is_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Person:
    """Asks a person what the caller does; ``ask`` puts a question and gives the line typed."""

    def __init__(
        self, ask: Callable[[str], str], tell: Callable[[str], None], facts: Mapping[str, str] | None = None
    ) -> None:
        self._ask = ask
        self._tell = tell
        self.facts = dict(facts or {})

    def during_prompt(self) -> str:
        """Listen to every prompt to its end."""
        return ""

    def at_question(self) -> str:
        """Ask for keys; nothing typed is silence."""
        while True:
            try:
                typed = self._ask("keys> ").strip().lower()
            except EOFError:
                return HANG_UP
            if not typed:
                return SILENCE
            if typed in {"h", "hang up"}:
                return HANG_UP
            if is_keys(typed):
                return typed
            self._tell(f"  {KEYS_REMEDY} Enter alone keeps silent.")

    def ending(self, stage: str, outcomes: Iterable[str]) -> Answer | None:
        """Ask how a stage ends; nothing typed takes the usual way, or runs the stage."""
        known = list(outcomes)
        while True:
            typed = self._typed(f"{stage} ends with ({', '.join(known)})> ")
            if not typed:
                return None
            if typed in known:
                return Answer(outcome=typed)
            self._tell(f"  Write one of: {', '.join(known)}; Enter alone for what is usual.")

    def answer(self, stage: str) -> Answer | None:
        """Ask what a server answers: a status and JSON."""
        while True:
            status, _, body = self._typed(f"answer to {stage} (200 JSON, 404, …)> ").partition(" ")
            try:
                return Answer(status=int(status or "200"), body=json.loads(body) if body else {})
            except ValueError as error:
                self._tell(f'  That is no answer ({error.args[0]}). Write: 200 {{"name": "value"}}')

    def _typed(self, question: str) -> str:
        try:
            return self._ask(question).strip()
        except EOFError:
            return ""
