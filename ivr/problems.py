"""What is wrong with a dialplan: every problem has a place, says what it is and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from callflow.near import near_name as near_name  # noqa: PLC0414 - part of what problems say

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """An error keeps a site from going live, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong, at its place; orders by place."""

    file: str
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    severity: Severity
    message: str
    """What is wrong: one sentence without its full stop."""
    near: str = ""
    """The name that was probably meant, empty when none comes near."""
    remedy: str = ""
    """What to do: a whole sentence."""

    def __str__(self) -> str:
        parts = [f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message}."]
        if self.near:
            parts.append(f'Did you mean "{self.near}"?')
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """Give the fields as JSON-able data."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by place and drop repeated ones."""
    return tuple(sorted(set(problems)))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether any problem keeps the site from going live."""
    return any(problem.severity is Severity.ERROR for problem in problems)
