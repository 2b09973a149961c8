"""Public holidays, from the ``holidays`` library."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

from callflow.near import near_name

if TYPE_CHECKING:
    from datetime import date


def country_problem(written: str) -> tuple[str, str] | None:
    """Give what is wrong with ``CN`` or ``DE-BY`` and the remedy; None when it is known."""
    known = holidays.list_supported_countries(include_aliases=True)
    country, _, part = written.partition("-")
    if country not in known:
        near = near_name(country, known)
        hint = f'Did you mean "{near}"? ' if near else ""
        return (
            f'the holidays of "{country}" are not known',
            f"{hint}Write a country's ISO 3166 code, such as CN.",
        )
    if part and part not in known[country]:
        there = ", ".join(known[country][:20]) or "none"
        return f'the holidays of "{written}" are not known', f"Parts of {country} that are known: {there}."
    return None


@lru_cache(maxsize=256)
def holidays_of(written: str, year: int) -> frozenset[date]:
    """Give the public holidays of ``CN``, ``DE-BY`` … in a year."""
    country, _, part = written.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
