"""Contact rules: who may be called when, in their own zone, and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.rules.hours import EVERY_DAY, NEVER, WORKDAYS, Window, day_begins, next_open, next_open_in_all
from outbound.rules.judge import Earlier, Judgement, Person, judge
from outbound.rules.terms import DAY_S, HOUR_S, Frequency, Terms

if TYPE_CHECKING:
    from outbound.ledger.entry import Disposition

OFFICE = (Window(WORKDAYS, 9 * 60, 17 * 60),)
BERLIN, NEW_YORK, PARIS = "Europe/Berlin", "America/New_York", "Europe/Paris"
LOS_ANGELES, HONOLULU = "America/Los_Angeles", "Pacific/Honolulu"


def moment(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


NOON = moment("2026-11-26 12:00")
"""A Thursday."""


def person(**given: Any) -> Person:
    return Person(**({"country": "DE", "zones": (BERLIN,), "consent": "web form v2"} | given))


def asked(who: Person, terms: Terms | None = None, now: float = NOON) -> Judgement:
    return judge(
        who, "spring", terms or Terms(), now, lambda country, day: (country, day) == ("FR", date(2026, 5, 1))
    )


def refused(judged: Judgement) -> list[str]:
    return [verdict.rule for verdict in judged.verdicts if not verdict.allowed]


def earlier(outcome: Disposition, ago: float, campaign: str = "spring") -> Earlier:
    return Earlier(NOON - ago, campaign, outcome)


# ── hours ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-26 12:00", "2026-11-26 12:00"),
        ("2026-11-26 08:59", "2026-11-26 09:00"),
        ("2026-11-26 17:00", "2026-11-27 09:00"),
        ("2026-11-27 18:00", "2026-11-30 09:00"),  # over a weekend
        ("2026-03-28 12:00", "2026-03-30 09:00"),  # over the night in which an hour is skipped
        ("2026-10-24 12:00", "2026-10-26 09:00"),  # and that in which one comes twice
        ("2028-02-28 18:00", "2028-02-29 09:00"),  # a leap day
    ],
)
def test_when_it_opens_next(at: str, opens: str) -> None:
    assert next_open(OFFICE, BERLIN, moment(at)) == moment(opens)


def test_hours_are_those_of_the_one_who_is_called() -> None:
    nine_in_berlin = moment("2026-11-26 09:00")
    assert next_open(OFFICE, BERLIN, nine_in_berlin) == nine_in_berlin
    assert next_open(OFFICE, NEW_YORK, nine_in_berlin) == moment("2026-11-26 09:00", NEW_YORK)


def test_hours_that_never_open() -> None:
    assert next_open((), BERLIN, NOON) == NEVER
    assert next_open(OFFICE, BERLIN, NOON, closed=lambda _: True) == NEVER


@given(st.integers(1_700_000_000, 1_900_000_000))
def test_whatever_the_clocks_do_an_opening_is_open(at: int) -> None:
    opens = next_open(OFFICE, NEW_YORK, at)
    there = datetime.fromtimestamp(opens, ZoneInfo(NEW_YORK))
    assert at <= opens <= at + 4 * DAY_S
    assert there.weekday() < 5
    assert 9 <= there.hour < 17
    assert next_open(OFFICE, NEW_YORK, opens) == opens


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-11-26"])
def test_a_day_begins_at_its_midnight(day: str) -> None:
    assert day_begins(BERLIN, moment(f"{day} 23:59")) == moment(f"{day} 00:00")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_whom_nothing_forbids() -> None:
    judged = asked(person())
    assert judged.allowed
    assert judged.not_before == NOON
    assert [verdict.rule for verdict in judged.verdicts] == [
        "dnc", "consent", "over", "attempts", "spacing", "once_a_day", "frequency", "waits", "hours",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "rule", "not_before"),
    [
        ({"listed": ("site", "TPS")}, "dnc", NEVER),
        ({"consent": ""}, "consent", NEVER),
        ({"earlier": (earlier("NI", 9 * DAY_S),)}, "over", NEVER),
        ({"earlier": tuple(earlier("NA", n * 10 * DAY_S) for n in range(6, 0, -1))}, "attempts", NEVER),
        ({"earlier": (earlier("AM", 13 * HOUR_S),)}, "spacing", NOON + 11 * HOUR_S),
        ({"waits": True}, "waits", NOON + 60),
    ],
)
def test_what_forbids_it(given: dict[str, Any], rule: str, not_before: float) -> None:
    judged = asked(person(**given), Terms(windows=(Window(EVERY_DAY, 0, 1440),)))
    assert refused(judged) == [rule]
    assert judged.not_before == not_before


def test_who_was_called_today_by_another_campaign_is_not_called_again() -> None:
    judged = asked(person(earlier=(earlier("NA", 2 * HOUR_S, "autumn"),)))
    assert refused(judged) == ["once_a_day"]
    assert judged.not_before == moment("2026-11-27 09:00")


def test_today_is_the_day_of_the_one_who_is_called() -> None:
    """Two in the night in Berlin is still the evening before in New York."""
    tried = Earlier(moment("2026-11-26 02:00"), "autumn", "NA")
    assert refused(asked(person(earlier=(tried,)))) == ["once_a_day"]
    there = person(country="US", zones=(NEW_YORK,), earlier=(tried,))
    assert refused(asked(there, now=moment("2026-11-26 10:00", NEW_YORK))) == []


def test_caps_count_over_all_campaigns_and_their_window_moves() -> None:
    tried = tuple(earlier("NA", days * DAY_S, f"c{days}") for days in (6, 4, 2))
    judged = asked(person(earlier=tried), Terms(frequency=Frequency(3, 7)))
    assert refused(judged) == ["frequency"]
    assert judged.not_before == moment("2026-11-27 12:00")
    assert asked(person(earlier=tried), Terms(frequency=Frequency(4, 7))).allowed
    more = (Earlier(NOON - 6.5 * DAY_S, "c7", "NA"), *tried)
    assert asked(person(earlier=more), Terms(frequency=Frequency(3, 7))).not_before == judged.not_before


def test_the_law_of_the_country_comes_on_top() -> None:
    eight = moment("2026-11-26 07:30", NEW_YORK)
    always = Terms(windows=(Window(EVERY_DAY, 0, 1440),))
    judged = asked(person(country="US", zones=(NEW_YORK,)), always, eight)
    assert refused(judged) == ["law"]
    assert judged.not_before == moment("2026-11-26 08:00", NEW_YORK)
    assert next(each.why for each in judged.verdicts if each.rule == "law") == "47 CFR 64.1200(c)(1)"


def test_both_must_be_open() -> None:
    """In the French lunch break, with a campaign that ends at half past one: in the afternoon it is over."""
    terms = Terms(windows=(Window(EVERY_DAY, 11 * 60, 13 * 60 + 30),))
    judged = asked(person(country="FR", zones=(PARIS,)), terms, moment("2026-11-26 13:05", PARIS))
    assert judged.not_before == moment("2026-11-27 11:00", PARIS)
    never = Terms(windows=(Window(frozenset({6}), 0, 1440),))
    assert asked(person(country="FR", zones=(PARIS,)), never).not_before == NEVER


def test_public_holidays_where_the_law_knows_them() -> None:
    judged = asked(person(country="FR", zones=(PARIS,)), now=moment("2026-05-01 11:00", PARIS))
    assert refused(judged) == ["law"]
    assert judged.not_before == moment("2026-05-04 10:00", PARIS)
    assert asked(person(), now=moment("2026-05-01 11:00")).allowed


# ── somebody who may be in several zones ─────────────────────────────────────────────────────────

COASTS = (NEW_YORK, LOS_ANGELES)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-26 12:00", "2026-11-26 12:00"),  # nine in the West
        ("2026-11-26 11:00", "2026-11-26 12:00"),
        ("2026-11-26 16:59", "2026-11-26 16:59"),
        ("2026-11-26 17:00", "2026-11-27 12:00"),  # the office is closed in the East
        ("2026-11-27 18:00", "2026-11-30 12:00"),
    ],
)
def test_open_means_open_in_every_zone(at: str, opens: str) -> None:
    assert next_open_in_all(OFFICE, COASTS, moment(at, NEW_YORK)) == moment(opens, NEW_YORK)


def test_zones_whose_hours_never_meet() -> None:
    assert next_open_in_all(OFFICE, ("Asia/Kamchatka", BERLIN), NOON) == NEVER
    assert next_open_in_all(OFFICE, (), NOON) == NEVER


def test_the_law_holds_in_every_zone() -> None:
    always = Terms(windows=(Window(EVERY_DAY, 0, 1440),))
    judged = asked(person(country="US", zones=COASTS), always, moment("2026-11-26 09:00", NEW_YORK))
    assert refused(judged) == ["law"]
    assert judged.not_before == moment("2026-11-26 08:00", LOS_ANGELES)


def test_today_is_today_as_long_as_it_is_in_one_zone() -> None:
    always = Terms(windows=(Window(EVERY_DAY, 0, 1440),))
    tried = Earlier(moment("2026-11-26 15:00", NEW_YORK), "autumn", "NA")
    who = person(zones=COASTS, earlier=(tried,))
    judged = asked(who, always, moment("2026-11-27 01:00", NEW_YORK))
    assert refused(judged) == ["once_a_day"]
    assert judged.not_before == moment("2026-11-27 00:00", LOS_ANGELES)
    assert asked(who, always, judged.not_before).allowed
    assert asked(who, always, moment("2026-11-26 16:00", NEW_YORK)).not_before == judged.not_before


def test_somebody_of_whom_nobody_knows_where_they_are() -> None:
    judged = asked(person(zones=()))
    assert refused(judged) == ["hours"]
    assert judged.not_before == NEVER


@given(
    st.integers(1_790_000_000, 1_800_000_000),
    st.lists(
        st.tuples(
            st.integers(1, 40 * 86_400), st.sampled_from(["NA", "B", "AM", "ERR"]), st.sampled_from("ab")
        ),
        max_size=5,
    ),
    st.sampled_from(
        [("DE", (BERLIN,)), ("US", (NEW_YORK,)), ("FR", (PARIS,)), ("US", (NEW_YORK, LOS_ANGELES, HONOLULU))]
    ),
)
def test_when_the_time_has_come_it_is_allowed(
    now: int, tried: list[tuple[int, Any, str]], where: tuple[str, tuple[str, ...]]
) -> None:
    before = sorted(
        (Earlier(now - ago, each, outcome) for ago, outcome, each in tried), key=lambda one: one.at
    )
    who = person(country=where[0], zones=where[1], earlier=tuple(before))
    judged = asked(who, now=now)
    assert judged.allowed == (judged.not_before == now)
    if judged.not_before < NEVER:
        assert asked(who, now=judged.not_before).allowed
        if judged.not_before > now:
            assert not asked(who, now=judged.not_before - 1).allowed
