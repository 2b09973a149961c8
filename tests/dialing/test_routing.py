"""Which way a number goes, if at all: decided without a switch, a clock or a file."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from callflow.dialing.definitions import (
    BlockedDefinition,
    CountryDefinition,
    RouteDefinition,
    TrunkDefinition,
    country_problems,
    route_problems,
)
from callflow.dialing.lines import Lines
from callflow.dialing.numbers import country_of, e164
from callflow.dialing.routing import Rules, Wanted, admits, plan
from callflow.protocol import Plan, Refusal
from records import events as e

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200
TRUNKS = {
    "main": TrunkDefinition(allow=("+*", "110"), caller_number="+86 21 5550 1000", most_calls=3),
    "backup": TrunkDefinition(allow=("+86 *",), most_calls=2),
    "world": TrunkDefinition(allow=("+*",), caller_number="+86 21 5550 2000"),
}
ROUTES = {
    "home": RouteDefinition(
        numbers=("+86 *",),
        deny=("+86 900 *",),
        over=("main", {"trunk": "backup", "strip": "+86", "prefix": "0"}),
    ),
    "shanghai": RouteDefinition(numbers=("+86 21 *",), over=("backup",), caller_number="+86 21 5550 3000"),
    "one": RouteDefinition(numbers=("+86 21 6666 0000",), over=("world",)),
    "help": RouteDefinition(numbers=("110",), over=("main",), anyone=True),
    "sweden": RouteDefinition(numbers=("+46 *",), over=({"trunk": "world", "strip": "+", "prefix": "00"},)),
}
COUNTRIES = {
    "SE": CountryDefinition(most_calls=1, minutes_a_day=10),
    "others": CountryDefinition(most_calls=50),
}
RULES = Rules(trunks=TRUNKS, routes=ROUTES, countries=COUNTRIES, home="CN", midnight=NOON - 43_200)


def ways(
    number: str, lines: Lines | None = None, now: float = NOON, **wanted: Any
) -> list[tuple[str, str]] | str:
    found = plan(Wanted(number, **wanted), RULES, lines or Lines(), now)
    if isinstance(found, Refusal):
        return found.reason
    return [(attempt.trunk, attempt.number) for attempt in found.attempts]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+86 10 6666 0000", [("main", "+861066660000"), ("backup", "01066660000")]),
        ("010 6666 0000", [("main", "+861066660000"), ("backup", "01066660000")]),
        ("0086 10 6666 0000", [("main", "+861066660000"), ("backup", "01066660000")]),
        ("+86 (21) 6666-1111", [("backup", "+862166661111")]),
        ("021 6666 0000", [("world", "+862166660000")]),
        ("110", [("main", "110")]),
        ("00 46 8 555 1000", [("world", "004685551000")]),
        ("+86 900 1111 2222", "denied"),
        ("+44 20 7123 4567", "not_allowed"),
        ("119", "not_allowed"),
        ("+86", "not_a_number"),
        ("+86 0044 20 7123 4567", "not_a_number"),
        ("", "not_a_number"),
        ("phone-1", "not_a_number"),
        ("+86106666@evil", "not_a_number"),
    ],
)
def test_the_route_that_tells_most_is_taken(number: str, expected: object) -> None:
    assert ways(number) == expected


def test_a_named_route_and_no_other() -> None:
    assert ways("+86 21 6666 1111", route="home") == [("main", "+862166661111"), ("backup", "02166661111")]
    assert ways("+46 8 555 1000", route="home") == "not_allowed"
    assert ways("+46 8 555 1000", route="any") == [("world", "004685551000")]
    assert ways("+46 8 555 1000", route="gone") == "not_allowed"


def test_a_trunk_that_is_named_carries_what_it_allows_as_it_is_written() -> None:
    assert ways("+86 10 6666 0000", over="backup") == [("backup", "+861066660000")]
    assert ways("010 6666 0000", over="backup") == "not_allowed"
    assert ways("+86 900 1111 2222", over="gone") == "not_allowed"


def test_a_trunk_never_carries_what_it_does_not_allow() -> None:
    rules = Rules(
        trunks={"main": TrunkDefinition(allow=("+86 *",))},
        routes={"world": RouteDefinition(numbers=("+*",), over=("main", "gone"))},
    )
    assert isinstance(plan(Wanted("+8613812345678"), rules, Lines(), NOON), Plan)
    refused = plan(Wanted("+4685551000"), rules, Lines(), NOON)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.for_good) == ("not_allowed", True)


def test_the_number_that_is_shown() -> None:
    def shown(number: str, caller_number: str = "") -> list[str]:
        found = plan(Wanted(number, caller_number=caller_number), RULES, Lines(), NOON)
        assert isinstance(found, Plan)
        return [attempt.caller_number for attempt in found.attempts]

    assert shown("+86 10 6666 0000") == ["+862155501000", ""]
    assert shown("+86 21 6666 1111") == ["+862155503000"], "the route's goes before the trunk's"
    assert shown("+86 21 6666 1111", caller_number="+8611") == ["+8611"], "and the queue's before both"


def test_who_is_not_logged_in_reaches_what_is_for_anyone() -> None:
    assert ways("110", logged_in=False) == [("main", "110")]
    assert ways("+86 10 6666 0000", logged_in=False) == "not_logged_in"


# ── limits ───────────────────────────────────────────────────────────────────────────────────────


def begin(lines: Lines, leg: str, trunk: str, at: float, country: str = "CN") -> None:
    lines.apply(e.DialStarted(call=leg[:2], leg=leg, to="", trunk=trunk, country=country), at)


def test_a_full_trunk_is_passed_over_until_a_call_ends() -> None:
    lines = Lines()
    for number in range(3):
        begin(lines, f"c{number}-d", "main", NOON - 10)
    assert ways("+86 10 6666 0000", lines) == [("backup", "01066660000")]
    for number in range(3, 5):
        begin(lines, f"c{number}-d", "backup", NOON - 10)
    assert ways("+86 10 6666 0000", lines) == "trunk_full"
    lines.apply(e.DialEnded(call="c0", leg="c0-d", outcome="busy"), NOON - 1)
    assert ways("+86 10 6666 0000", lines) == [("main", "+861066660000")]
    lines.apply(e.CallEnded(call="c3", outcome="completed", by="caller", cause="normal"), NOON - 1)
    assert len(ways("+86 10 6666 0000", lines)) == 2
    lines.apply(e.DialEnded(call="c0", leg="c0-d", outcome="busy"), NOON - 1)
    assert lines.on_trunk("main") == 2, "given back once"


def test_calls_within_a_second() -> None:
    rules = Rules(trunks={"slow": TrunkDefinition(allow=("+*",), per_second=2)})
    lines = Lines()
    for number, at in enumerate((0.0, 0.5)):
        begin(lines, f"c{number}-d", "slow", NOON + at)
    wanted = Wanted("+4685551000", over="slow")
    refused = plan(wanted, rules, lines, NOON + 0.9)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.for_good) == ("trunk_full", False)
    assert isinstance(plan(wanted, rules, lines, NOON + 1.1), Plan)


def test_calls_to_a_country_at_once() -> None:
    lines = Lines()
    begin(lines, "c1-d", "world", NOON, "SE")
    assert ways("+46 8 555 1000", lines) == "country_full"
    assert ways("110", lines) == [("main", "110")], "another country"


def test_the_minutes_of_a_day_count_what_is_over_and_what_is_on() -> None:
    lines, midnight = Lines(), RULES.midnight
    begin(lines, "c1-p", "world", midnight - 700, "SE")
    lines.apply(e.DialEnded(call="c1", leg="c1-p", outcome="answered"), midnight - 660)
    lines.apply(e.CallEnded(call="c1", outcome="completed", by="caller", cause="normal"), midnight + 300)
    assert lines.talked_s("SE", midnight, NOON) == 300, "what was before midnight is yesterday's"
    assert ways("+46 8 555 1000", lines) == [("world", "004685551000")]
    begin(lines, "c2-d", "world", NOON - 310, "SE")
    lines.apply(e.DialAnswered(call="c2", leg="c2-d"), NOON - 300)
    assert lines.talked_s("SE", midnight, NOON) == 600
    caps = {"SE": CountryDefinition(minutes_a_day=10)}
    cap = Rules(trunks=TRUNKS, routes=ROUTES, countries=caps, home="CN", midnight=midnight)
    refused = plan(Wanted("+4685551000"), cap, lines, NOON)
    assert isinstance(refused, Refusal)
    assert refused.reason == "country_minutes"
    lines.apply(e.DialEnded(call="c2", leg="c2-d", outcome="completed"), NOON)
    assert lines.talked_s("SE", midnight, NOON + 5) == 600
    copy = Lines()
    copy.restore(lines.snapshot())
    assert copy.snapshot() == lines.snapshot()
    assert copy.talked_s("SE", midnight, NOON) == 600
    assert isinstance(plan(Wanted("+4685551000"), cap, lines, NOON + 86_400), Refusal), (
        "midnight is the rules'"
    )
    tomorrow = Rules(
        trunks=TRUNKS, routes=ROUTES, countries=cap.countries, home="CN", midnight=midnight + 86_400
    )
    assert isinstance(plan(Wanted("+4685551000"), tomorrow, lines, NOON + 86_400), Plan)


def test_nobody_calls_a_country_that_has_no_calls() -> None:
    rules = Rules(
        trunks=TRUNKS, routes=ROUTES, countries={"others": CountryDefinition(most_calls=0)}, home="CN"
    )
    for number in ("+4685551000", "+8613812345678"):
        assert isinstance(plan(Wanted(number), rules, Lines(), NOON), Refusal)
    assert isinstance(plan(Wanted("+4685551000", over="world"), rules, Lines(), NOON), Refusal), (
        "nor by a trunk"
    )


def test_an_attempt_is_looked_at_again_when_its_turn_comes() -> None:
    lines = Lines()
    found = plan(Wanted("+861066660000"), RULES, lines, NOON)
    assert isinstance(found, Plan)
    assert admits(found.attempts[1], RULES, lines, NOON) is None
    for number in range(2):
        begin(lines, f"c{number}-d", "backup", NOON)
    refused = admits(found.attempts[1], RULES, lines, NOON)
    assert refused is not None
    assert refused.reason == "trunk_full"
    assert admits(found.attempts[1], Rules(trunks={}), lines, NOON) is not None, (
        "a reload took the trunk away"
    )


# ── what an admin writes ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("allow", [(), ("*",), ("+86 * 1",), ("abc",)])
def test_patterns_that_are_none(allow: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        TrunkDefinition(allow=allow)


def test_mistakes_that_show_only_together() -> None:
    routes = {
        "any": RouteDefinition(numbers=("+1 *",), over=("main",)),
        "a": RouteDefinition(numbers=("+46 *", "+46 *"), over=("main",)),
        "b": RouteDefinition(numbers=("+46 *",), deny=("+44 *", "+46 900 *"), over=("main",)),
    }
    found = [(problem.entry, problem.at, problem.warning) for problem in route_problems(routes)]
    assert found == [
        ("any", (), False),
        ("a", ("numbers", 1), False),
        ("b", ("numbers", 0), False),
        ("b", ("deny", 0), True),
    ]
    assert [
        one.entry for one in country_problems({"CN": CountryDefinition(), "XX": CountryDefinition()})
    ] == ["XX"]
    with pytest.raises(ValidationError, match="turns nobody away"):
        BlockedDefinition()


def test_numbers_with_their_country() -> None:
    assert e164("13812345678", "CN") == "+8613812345678"
    assert e164("110", "CN") == "110"
    assert e164("0046855510000", "SE") == "+46855510000"
    assert e164("02166660000", "") == "02166660000", "a site without a country dials what is written"
    assert country_of("+46855510000", "CN") == "SE"
    assert country_of("110", "CN") == "CN"
    assert country_of("+999123", "CN") == ""
