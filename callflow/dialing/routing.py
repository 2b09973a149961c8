"""Which way a number is dialed, if at all: a pure decision over the site's rules and the lines in use.

- A number goes by the route that tells most about it: a whole number before a begin, a longer begin before
  a shorter one.  What that route denies is denied, whatever a wider route says.
- A trunk never carries a number that its ``allow`` does not have.
- Of the route's trunks those that are full are passed over.

The next trunk is tried when one can't: congestion, no way to it, a failure, or no sign of life.  Never when
somebody has decided: busy, no answer, rejected, no such number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from callflow.dialing.numbers import bare_number, country_of, e164, fits, weight
from callflow.dialing.plan import Attempt, Plan, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.dialing.definitions import CountryDefinition, RouteDefinition, TrunkDefinition
    from callflow.dialing.lines import Lines

ANY = "any"
"""In a step's ``route:``: whichever of the site's routes fits the number."""
OTHERS = "others"
"""In ``countries:``: all countries that are not named."""
FAILS_OVER = frozenset({"congestion", "unreachable", "failure"})
"""Causes (:class:`telephony.switch.Cause`) with which a leg ends when its trunk can't."""


@dataclass(frozen=True)
class Rules:
    """What the live site says."""

    trunks: Mapping[str, TrunkDefinition]
    routes: Mapping[str, RouteDefinition] = field(default_factory=dict)
    countries: Mapping[str, CountryDefinition] = field(default_factory=dict)
    home: str = ""
    """ISO 3166 code of the site's country."""
    midnight: float = 0.0
    """Steady seconds at which the site's day began."""


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants to dial; see :meth:`callflow.protocol.OutsideDialer.plan`."""

    number: str
    over: str = ""
    route: str = ""
    caller_number: str = ""
    logged_in: bool = True


def plan(wanted: Wanted, rules: Rules, lines: Lines, now: float) -> Plan | Refusal:
    """Decide; ``now`` in steady seconds."""
    bare = bare_number(wanted.number)
    if not bare:
        return Refusal("not_a_number", "what was dialed is no telephone number")
    ways = _over_trunk(wanted, bare, rules) if wanted.over else _by_routes(wanted, bare, rules)
    if isinstance(ways, Refusal):
        return ways
    refusals = [admits(attempt, rules, lines, now) for attempt in ways]
    free = tuple(attempt for attempt, refusal in zip(ways, refusals, strict=True) if refusal is None)
    first = refusals[0]
    return Plan(free) if free or first is None else first


def _over_trunk(wanted: Wanted, bare: str, rules: Rules) -> list[Attempt] | Refusal:
    """Dial a number as it is written, over the trunk that is named and no other."""
    trunk = rules.trunks.get(wanted.over)
    if trunk is None or not trunk.allows(bare):
        return Refusal("not_allowed", f"the trunk {wanted.over} does not allow this number")
    return [_attempt(wanted, wanted.over, trunk, bare, country_of(bare, rules.home))]


def _by_routes(wanted: Wanted, bare: str, rules: Rules) -> list[Attempt] | Refusal:
    number = e164(bare, rules.home)
    if not number:
        return Refusal("not_a_number", "no number of any country is written so")
    only = {} if wanted.route in {"", ANY} else {wanted.route: rules.routes.get(wanted.route)}
    found = best_route(number, only or rules.routes)
    if found is None:
        return Refusal("not_allowed", f"no route has this number{f': {wanted.route}' if only else ''}")
    name, route = found
    if any(fits(number, pattern) for pattern in route.deny):
        return Refusal("denied", f"the route {name} denies this number")
    if not (wanted.logged_in or route.anyone):
        return Refusal("not_logged_in", f"the route {name} is for agents who are logged in")
    country = country_of(number, rules.home)
    ways: list[Attempt] = []
    for choice in route.over:
        trunk = rules.trunks.get(choice.trunk)
        if trunk is not None and trunk.allows(number):
            way = _attempt(wanted, choice.trunk, trunk, choice.rewritten(number), country)
            shown = wanted.caller_number or route.caller_number or way.caller_number
            ways.append(msgspec.structs.replace(way, route=name, caller_number=shown))
    return ways or Refusal("not_allowed", f"no trunk of the route {name} allows this number")


def best_route(
    number: str, routes: Mapping[str, RouteDefinition | None]
) -> tuple[str, RouteDefinition] | None:
    """Give the route that tells most about a number."""
    fitting = [
        (weight(pattern), name, route)
        for name, route in routes.items()
        if route is not None
        for pattern in route.numbers
        if fits(number, pattern)
    ]
    if not fitting:
        return None
    _, name, route = max(fitting, key=lambda found: found[0])
    return name, route


def _attempt(wanted: Wanted, name: str, trunk: TrunkDefinition, number: str, country: str) -> Attempt:
    return Attempt(
        trunk=name,
        number=number,
        caller_number=wanted.caller_number or trunk.caller_number or "",
        country=country,
        no_sign_after_s=trunk.no_sign_after,
        longest_s=trunk.longest,
    )


def admits(attempt: Attempt, rules: Rules, lines: Lines, now: float) -> Refusal | None:
    """Give why an attempt is beyond the limits at this moment; None when it is within them."""
    trunk = rules.trunks.get(attempt.trunk)
    if trunk is None:
        return Refusal("not_allowed", f"the trunk {attempt.trunk} has left the site")
    if lines.on_trunk(attempt.trunk) >= trunk.most_calls:
        return Refusal("trunk_full", f"the trunk {attempt.trunk} has {trunk.most_calls} calls, its most")
    if trunk.per_second is not None and lines.begun(attempt.trunk, now) >= trunk.per_second:
        return Refusal("trunk_full", f"the trunk {attempt.trunk} takes {trunk.per_second} calls a second")
    return _country_admits(attempt.country, rules, lines, now)


def _country_admits(country: str, rules: Rules, lines: Lines, now: float) -> Refusal | None:
    cap = rules.countries.get(country) or rules.countries.get(OTHERS)
    if cap is None:
        return None
    shown = country or "an unknown country"
    if cap.most_calls is not None and lines.in_country(country) >= cap.most_calls:
        return Refusal("country_full", f"{shown} may have {cap.most_calls} calls at once")
    if cap.minutes_a_day is not None:
        talked_s = lines.talked_s(country, rules.midnight, now)
        if talked_s >= 60 * cap.minutes_a_day:
            return Refusal("country_minutes", f"{shown} has had its {cap.minutes_a_day} minutes of the day")
    return None
