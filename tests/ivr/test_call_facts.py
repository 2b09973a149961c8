"""What a call knows: its caller's country and region, the site's clock, queues by their service."""

from datetime import UTC, datetime

import pytest

from ivr.call_facts import CallFacts, country_of
from tests.ivr.fakes import FakeCall
from tests.ivr.traces import site_of

SITE = site_of(
    """
site: Test
time_zone: Asia/Shanghai
country: CN
languages: [zh, en]
regions:
  shanghai: ["+86 21", "021"]
  pudong: ["+86 21 5"]
  germany: ["+49"]
hours: {office: {mon-fri: "09:00-17:00"}}
numbers: {"1000": main}
menus: {main: [hangup]}
"""
)
MOMENT = datetime(2026, 12, 24, 10, 5, tzinfo=UTC).timestamp()
"""18:05 in Shanghai, a Thursday."""


class Queues:
    def fact(self, name: str) -> str | None:
        return "3" if name == "queue.cards.length" else None


class Keeper:
    def __init__(self, *closed: str) -> None:
        self.closed = closed

    def next_opening(self, hours: str) -> float | None:
        return None

    def closed_by_hand(self, hours: str) -> bool:
        return hours in self.closed


class Call(FakeCall):
    def now(self) -> float:
        return MOMENT


def facts(*closed: str) -> CallFacts:
    call = Call([])
    call.facts["tier"] = "gold"
    return CallFacts(SITE, call, [Queues()], [Keeper(*closed)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tier", "gold"),
        ("caller.number", "+4930123456"),
        ("caller.country", "DE"),
        ("caller.region", "germany"),
        ("dialed", "1000"),
        ("language", "zh"),
        ("call.id", "call-1"),
        ("now.date", "2026-12-24"),
        ("now.time", "18:05"),
        ("now.weekday", "thu"),
        ("now.hour", "18"),
        ("now.minute", "5"),
        ("now.day", "24"),
        ("now.month", "12"),
        ("now.year", "2026"),
        ("hours.office.state", "closed"),
        ("hours.none.state", None),
        ("queue.cards.length", "3"),
        ("queue.cards.size", None),
        ("now.second", None),
        ("caller.name", None),
        ("unknown", None),
    ],
)
def test_facts(name: str, value: str | None) -> None:
    assert facts().look_up(name) == value


def test_closed_by_hand() -> None:
    assert facts("office").look_up("hours.office.state") == "closure"


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+862155501000", "pudong"),
        ("+862166601000", "shanghai"),
        ("02155501000", "shanghai"),
        ("anonymous", ""),
        ("", ""),
        ("+33140000000", ""),
    ],
)
def test_regions(number: str, region: str) -> None:
    call = Call([])
    call.caller = type(call.caller)(number=number, subject="s")
    assert CallFacts(SITE, call, (), ()).look_up("caller.region") == region


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+4930123456", "DE"),
        ("004930123456", "DE"),
        ("02155501000", "CN"),
        ("13912345678", "CN"),
        ("+12125550100", "US"),
        ("+14165550100", "CA"),
        ("anonymous", ""),
        ("", ""),
        ("1", ""),
        ("+999123", ""),
    ],
)
def test_countries(number: str, country: str) -> None:
    assert country_of(number, "CN") == country


def test_a_national_number_of_a_site_without_a_country() -> None:
    assert country_of("02155501000", "") == ""
