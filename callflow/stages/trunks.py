"""The service ``trunks``: which outside numbers callers may be connected to, over which trunk.

Nothing may be dialed that the site's ``trunks:`` does not allow by name: an open door here costs money.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from callflow.protocol import Section
from callflow.values import Duration, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.protocol import Runtime

_SPACERS = str.maketrans("", "", " -().")
_NUMBER = re.compile(r"\+?\d{1,20}", re.ASCII)
_PATTERN = re.compile(r"\+?\d{1,20}\*?", re.ASCII)


def bare_number(text: str) -> str:
    """Strip a number of what people put between its digits; empty when it is none."""
    bare = text.translate(_SPACERS)
    return bare if _NUMBER.fullmatch(bare) else ""


def _pattern(value: Any) -> str:
    bare = value.translate(_SPACERS) if isinstance(value, str) else ""
    if not _PATTERN.fullmatch(bare):
        raise told(
            "pattern",
            f'"{str(value)[:40]}" is neither a number nor the begin of numbers',
            'Write "+86 21 6666 0000", or "+86 21 *" for all numbers that begin so.',
        )
    return bare


def _number(value: Any) -> str:
    bare = bare_number(value) if isinstance(value, str) else ""
    if not bare:
        raise told("number", f'"{str(value)[:40]}" is no phone number', "Write digits, with a + before them.")
    return bare


Pattern = Annotated[
    str, BeforeValidator(_pattern), WithJsonSchema({"type": "string", "pattern": r"^[-+0-9 ().]+\*?$"})
]
"""A number, or the begin of numbers with ``*`` after it."""
PhoneNumber = Annotated[
    str, BeforeValidator(_number), WithJsonSchema({"type": "string", "pattern": r"^[-+0-9 ().]+$"})
]


class TrunkDefinition(BaseModel):
    """What may be dialed over a trunk of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    """Numbers, or begins of numbers such as ``+86 21 *``, that may be dialed; no others may."""
    caller_number: PhoneNumber | None = None
    """Our number, as the called party sees it; the caller's own when absent."""
    most_calls: Annotated[int, Field(ge=1, le=10_000)] = 10
    """Calls over it at the same time."""
    longest: Annotated[Duration, Field(ge=1, le=86_400)] = 7200.0
    """A talk is ended after this time."""

    def allows(self, number: str) -> bool:
        """Tell whether a bare number may be dialed."""
        return any(
            number.startswith(pattern[:-1]) if pattern.endswith("*") else number == pattern
            for pattern in self.allow
        )


TRUNKS = Section(name="trunks", defines="trunk", model=TrunkDefinition)


class TrunksService:
    """Knows the live site's trunks, and counts the calls over them."""

    needs: ClassVar[tuple[str, ...]] = ()
    section: ClassVar[Section] = TRUNKS

    def __init__(self) -> None:
        self._trunks: dict[str, TrunkDefinition] = {}
        self._on: Counter[str] = Counter()

    @classmethod
    def create(cls, runtime: Runtime) -> TrunksService:  # noqa: ARG003 - a service's shape
        """Make the service."""
        return cls()

    async def start(self) -> None:
        """Get ready: nothing is to be done."""

    async def stop(self) -> None:
        """Let go of nothing."""

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the trunks of a site that goes live."""
        self._trunks = {name: one for name, one in parsed.items() if isinstance(one, TrunkDefinition)}

    def get(self, name: str) -> TrunkDefinition | None:
        """Give a trunk of the live site."""
        return self._trunks.get(name)

    def allows(self, trunk: str, number: str) -> bool:
        """Tell whether a number may be dialed over a trunk; never over one that there is not."""
        known, bare = self._trunks.get(trunk), bare_number(number)
        return known is not None and bool(bare) and known.allows(bare)

    def trunks_for(self, number: str) -> list[str]:
        """Give the trunks over which a number may be dialed, in the order in which they are written."""
        return [name for name in self._trunks if self.allows(name, number)]

    def take(self, trunk: str) -> bool:
        """Take one of the trunk's calls; False when all are taken."""
        known = self._trunks.get(trunk)
        if known is None or self._on[trunk] >= known.most_calls:
            return False
        self._on[trunk] += 1
        return True

    def give_back(self, trunk: str) -> None:
        """Give a taken call back."""
        self._on[trunk] -= 1

    def caller_number(self, trunk: str) -> str:
        """Give our number as the called party sees it; empty when none is given."""
        known = self._trunks.get(trunk)
        return (known.caller_number if known else None) or ""

    def longest(self, trunk: str) -> float:
        """Give the seconds after which a talk is ended; a trunk that has left the site ends none early."""
        known = self._trunks.get(trunk)
        return known.longest if known else 7200.0
