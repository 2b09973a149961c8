"""What happened in a simulated call, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.steps import Step


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    at_s: float
    """Seconds since the call came."""
    kind: str
    """arrives, step, hears, key, silence, sets, language, stage, note, ends."""
    text: str
    """What the kind says: the prompt, the key, ``name = value``, the outcome."""
    menu: str = ""
    step: int = -1
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        minutes, seconds = divmod(self.at_s, 60)
        time = f"{int(minutes):02d}:{seconds:04.1f}"
        if self.kind == "step":
            return f"{time}  {self.file}:{self.line}  {self.menu.partition('/')[0]}: {self.text}"
        return f"{time}    {_WORDS.get(self.kind, self.kind)} {self.text}".rstrip()


_WORDS = {"hears": "hears  ", "key": "presses", "sets": "sets   ", "language": "language", "ends": "ENDS   "}


class Trace:
    """The lines of one call."""

    def __init__(self, show: Callable[[Line], None] | None = None) -> None:
        self.lines: list[Line] = []
        self._show = show

    def add(self, at_s: float, kind: str, text: str, step: Step | None = None) -> None:
        """Add a line; a step's with its place."""
        place: dict[str, Any] = {}
        if step is not None:
            place = {"menu": step.at.menu, "step": step.at.step, "file": step.file, "line": step.line}
        line = Line(at_s=round(at_s, 1), kind=kind, text=text, **place)
        self.lines.append(line)
        if self._show is not None:
            self._show(line)

    def of(self, *kinds: str) -> Iterator[Line]:
        """Give the lines of these kinds."""
        return (line for line in self.lines if line.kind in kinds)

    def reached(self) -> list[str]:
        """Give what the call came to, in order: menus, steps, and stages with what they were given."""
        found: list[str] = []
        menu = ""
        for line in self.lines:
            name = line.menu.partition("/")[0]
            if line.kind == "step":
                if name != menu or (line.step == 0 and "/" not in line.menu):
                    found.append(name)
                menu = name
                found.append(line.text.partition(" ")[0].rstrip(":"))
            elif line.kind == "stage":
                found.append(line.text.partition(" →")[0])
        return found
