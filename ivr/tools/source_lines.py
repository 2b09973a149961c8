"""What a step says of itself in a line: its prompt, or the line in which it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ivr.steps import StageStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.prompt import Prompt
    from ivr.load import Source
    from ivr.steps import Step


class SourceLines:
    """The lines of a site's files."""

    def __init__(self, sources: Iterable[Source], language: str) -> None:
        self._lines = {one.name: one.content.decode("utf-8-sig", "replace").splitlines() for one in sources}
        self._language = language

    def written(self, step: Step) -> str:
        """Give the line in which a step begins, from the step's name on."""
        lines = self._lines.get(step.file, ())
        line = lines[step.line - 1] if 0 < step.line <= len(lines) else ""
        return line[step.column - 1 :].strip() if line else step.name

    def said(self, step: Step) -> str:
        """Give a step in a few words: ``play “Welcome”``, ``queue: sales``."""
        first = next(iter(step.prompts()), None)
        if first is not None and not isinstance(step, StageStep):
            return f"{step.name} “{spoken(first, self._language)}”"
        return self.written(step)


def spoken(prompt: Prompt, language: str) -> str:
    """Give a prompt's text, or the name of its recording, in a language or the first that it has."""
    texts = {**dict(prompt.texts), **{lang: f"♪ {Path(file).name}" for lang, file in prompt.recordings}}
    return texts.get(language) or next(iter(texts.values()), "")
