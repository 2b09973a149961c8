"""What a site may choose about its figures: the variant of the service level, and its targets."""

from __future__ import annotations

import re

import msgspec

_LEVEL = re.compile(r"\s*([0-9]{1,3})\s*/\s*([0-9]{1,5})\s*s?\s*", re.ASCII)
_SECONDS = re.compile(r"\s*([0-9]{1,5})\s*s?\s*", re.ASCII)


class VariantError(ValueError):
    """Text that names no variant; the message says what is wrong and how a right one is written."""


class Variant(msgspec.Struct, frozen=True):
    """How service level and abandonment are counted."""

    percent: int = 80
    """X of X/T: the share that is aimed at."""
    within_s: int = 20
    """T of X/T."""
    short_abandon_s: int = 5
    """Who hangs up within so many seconds is a short abandon."""

    @property
    def level(self) -> str:
        """X/T as written."""
        return f"{self.percent}/{self.within_s}"

    def __str__(self) -> str:
        return f"service level {self.level}, short abandon {self.short_abandon_s} s"


def parse_level(text: str) -> tuple[int, int]:
    """Read ``80/20`` as percent and seconds; raises VariantError."""
    found = _LEVEL.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= 100:
        raise VariantError(
            f"{text[:40]!r} is no service level; write percent/seconds, such as 80/20: 80 % within 20 s"
        )
    return int(found[1]), int(found[2])


def parse_seconds(text: str) -> int:
    """Read ``5s`` or ``5``; raises VariantError."""
    found = _SECONDS.fullmatch(text)
    if found is None:
        raise VariantError(f"{text[:40]!r} is no time in whole seconds; write it as 5s")
    return int(found[1])


class Targets(msgspec.Struct, frozen=True):
    """What the site sets itself (METRICS, *Targets*).  Ratios are from 0 to 1."""

    asa: float = 30.0
    """Seconds until the phone is answered."""
    answer_rate: float = 0.95
    idle: float = 0.12
    csat: float = 4.2
    fcr: float = 0.85
    repeat_contact: float = 0.10
