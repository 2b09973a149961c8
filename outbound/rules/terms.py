"""What a campaign wants, and what the law of a country demands: the stricter of both holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from outbound.rules.hours import EVERY_DAY, WORKDAYS, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outbound.ledger.entry import Disposition

HOUR_S, DAY_S = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Frequency:
    """At most so many attempts in so many days, over all campaigns."""

    attempts: int
    days: int


@dataclass(frozen=True, slots=True)
class Law:
    """What a country demands of calls that sell."""

    source: str
    windows: tuple[Window, ...]
    holidays: bool = False
    """Nobody may be called on public holidays."""
    frequency: Frequency | None = None


LAWS: Mapping[str, Law] = MappingProxyType(
    {
        "US": Law("47 CFR 64.1200(c)(1)", (Window(EVERY_DAY, 8 * 60, 21 * 60),)),
        "FR": Law(
            "décret n° 2022-1313",
            (Window(WORKDAYS, 10 * 60, 13 * 60), Window(WORKDAYS, 14 * 60, 20 * 60)),
            holidays=True,
            frequency=Frequency(4, 30),
        ),
    }
)
"""Only those that were looked up; for other countries the campaign's own hours are all."""


def _spacing() -> dict[Disposition, float]:
    return {"NA": 4 * HOUR_S, "B": 0.5 * HOUR_S, "AM": DAY_S, "DROP": 3 * DAY_S, "ERR": HOUR_S}


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one campaign."""

    windows: tuple[Window, ...] = (Window(EVERY_DAY, 9 * 60, 20 * 60),)
    attempts: int = 6
    """Most for one lead."""
    spacing: Mapping[Disposition, float] = field(default_factory=_spacing)
    """Outcome of the last attempt → seconds until the next."""
    frequency: Frequency | None = Frequency(3, 7)
    consent: bool = True
    """Only who has given it is called."""
    once_a_day: bool = True
    """Nobody who was called today, by whatever campaign."""
    over: frozenset[Disposition] = frozenset({"SALE", "NI", "WRONG", "DNC", "FAX", "CALLBK", "ANSWERED"})
    """Outcomes after which a lead is not dialled again by itself."""
