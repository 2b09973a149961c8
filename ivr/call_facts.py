"""What a call knows without asking anybody: who calls, what was dialed, the time, whether it is open."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import phonenumbers

from ivr.hours import CLOSURE, state
from ivr.schema.hours import DAYS
from ivr.schema.site import normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callflow.protocol import Call, CallFactSource, FactSource, HoursKeeper
    from ivr.steps import Site


class SiteFacts:
    """What a version of a site says of a caller and a moment."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._zone = ZoneInfo(site.time_zone)
        self._regions = _prefixes(site)

    def of_caller(self, name: str, number: str) -> str | None:
        """Give ``caller.number``, ``caller.country`` or ``caller.region``."""
        match name:
            case "caller.number":
                return number
            case "caller.country":
                return country_of(number, self._site.country)
            case "caller.region":
                return self._region(number)
        return None

    def of_moment(self, name: str, now: float) -> str | None:
        """Give ``now.…`` by the site's wall clock at steady seconds."""
        moment = self.wall_clock(now)
        match name:
            case "now.date":
                return moment.date().isoformat()
            case "now.time":
                return f"{moment:%H:%M}"
            case "now.weekday":
                return DAYS[moment.weekday()]
            case "now.hour" | "now.minute" | "now.day" | "now.month" | "now.year":
                return str(getattr(moment, name.removeprefix("now.")))
        return None

    def of_hours(self, name: str, now: float, closed: Callable[[str], bool]) -> str | None:
        """Give ``hours.NAME.state``: open, closed, holiday, or closure where ``closed`` says so."""
        hours = name.removeprefix("hours.").removesuffix(".state")
        definition = self._site.sections.get("hours", {}).get(hours)
        if definition is None:
            return None
        return CLOSURE if closed(hours) else state(definition, self.wall_clock(now))

    def wall_clock(self, now: float) -> datetime:
        """Give the site's wall clock at steady seconds."""
        return datetime.fromtimestamp(now, UTC).astimezone(self._zone)

    def _region(self, number: str) -> str:
        """Give the region whose prefix fits best, empty when none does."""
        bare = normalised(number)
        fitting = [(len(prefix), name) for prefix, name in self._regions if bare.startswith(prefix)]
        return max(fitting)[1] if fitting else ""


class CallFacts:
    """Looks up what expressions and texts of a call read, its variables first."""

    def __init__(
        self,
        site: Site,
        call: Call,
        sources: Iterable[FactSource],
        keepers: Iterable[HoursKeeper],
        of_calls: Iterable[CallFactSource] = (),
    ) -> None:
        self._call = call
        self._site = SiteFacts(site)
        self._sources = tuple(sources)
        self._keepers = tuple(keepers)
        self._of_calls = tuple(of_calls)
        of = self._site
        self._own: dict[str, Callable[[str], str | None]] = {
            "caller": lambda name: of.of_caller(name, call.caller.number),
            "now": lambda name: of.of_moment(name, call.now()),
            "hours": lambda name: of.of_hours(name, call.now(), self._closed_by_hand),
            "dialed": lambda _: call.dialed,
            "language": lambda _: call.language,
            "call": lambda name: call.id if name == "call.id" else None,
        }

    def look_up(self, name: str) -> str | None:
        """Give a variable or a fact; None for what is not known."""
        call = self._call
        found = call.facts.get(name)
        if found is not None:
            return found
        own = self._own.get(name.partition(".")[0])
        if own is not None:
            return own(name)
        for source in self._sources:
            if (found := source.fact(name)) is not None:
                return found
        for of_calls in self._of_calls:
            if (found := of_calls.call_fact(call.id, name)) is not None:
                return found
        return None

    def _closed_by_hand(self, hours: str) -> bool:
        return any(keeper.closed_by_hand(hours) for keeper in self._keepers)


@lru_cache(maxsize=4096)
def country_of(number: str, home: str) -> str:
    """Give the ISO 3166 code of a number's country, empty when it can't be told.

    ``home`` is the country of numbers without a country code.
    """
    bare = normalised(number)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    try:
        parsed = phonenumbers.parse(bare, home or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def _prefixes(site: Site) -> list[tuple[str, str]]:
    regions = site.sections.get("regions", {})
    return [(prefix, name) for name, prefixes in regions.items() for prefix in prefixes.root]
