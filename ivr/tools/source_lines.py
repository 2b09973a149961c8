"""What a step says of itself in a line: its prompt, or the line in which it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.steps import StageStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.load import Source
    from ivr.steps import Step


class SourceLines:
    """The lines of a site's files."""

    def __init__(self, sources: Iterable[Source], language: str = "") -> None:
        self._lines = {one.name: one.content.decode("utf-8-sig", "replace").splitlines() for one in sources}
        self._language = language

    def at(self, file: str, line: int) -> str:
        """Give a line without what is around it; empty when there is none."""
        lines = self._lines.get(file, ())
        return lines[line - 1].strip().removeprefix("- ") if 0 < line <= len(lines) else ""

    def written(self, step: Step) -> str:
        """Give the line in which a step begins, from the step's name on."""
        lines = self._lines.get(step.file, ())
        line = lines[step.line - 1] if 0 < step.line <= len(lines) else ""
        return line[step.column - 1 :].strip() if line else step.name

    def brief(self, step: Step) -> str:
        """Give a step in a few words, without what it says: ``play``, ``queue: sales``."""
        speaks = not isinstance(step, StageStep) and any(step.prompts())
        return step.name if speaks else self.written(step)

    def said(self, step: Step) -> str:
        """Give a step in a few words: ``play “Welcome”``, ``queue: sales``."""
        first = next(iter(step.prompts()), None)
        if first is not None and not isinstance(step, StageStep):
            return f"{step.name} “{first.shown(self._language)}”"
        return self.written(step)
