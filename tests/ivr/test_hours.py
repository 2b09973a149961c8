"""Opening hours: the week, midnight, holidays, exceptions; what an admin may write wrongly."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from ivr.hours import next_opening, state
from ivr.schema.hours import HoursDefinition, days_of

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = HoursDefinition.model_validate(
    {
        "mon-fri": "08:30-12:00, 13:00-20:00",
        "sat": "09:00-17:00",
        "holidays": ["CN", "2026-11-11", "12-24"],
        "except": {
            "2026-10-05": "10:00-16:00",
            "2026-12-28..2026-12-30": "closed",
            "2026-12-29": "09:00-10:00",
        },
    }
)
NIGHT = HoursDefinition.model_validate({"fri-sun": "20:00-06:00"})


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 08:29", "closed"),
        ("2026-11-23 08:30", "open"),
        ("2026-11-23 11:59", "open"),
        ("2026-11-23 12:00", "closed"),
        ("2026-11-23 13:00", "open"),
        ("2026-11-23 20:00", "closed"),
        ("2026-11-28 16:59", "open"),
        ("2026-11-29 12:00", "closed"),
        ("2026-10-01 10:00", "holiday"),
        ("2026-10-05 09:59", "closed"),
        ("2026-10-05 10:00", "open"),
        ("2026-11-11 10:00", "holiday"),
        ("2026-12-24 10:00", "holiday"),
        ("2027-12-24 10:00", "holiday"),
        ("2026-12-28 10:00", "closed"),
        ("2026-12-29 09:30", "open"),
        ("2026-12-31 10:00", "open"),
        ("2019-10-01 10:00", "holiday"),
    ],
)
def test_office(moment: str, expected: str) -> None:
    assert state(OFFICE, at(moment)) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-26 23:00", "closed"),
        ("2026-11-27 20:00", "open"),
        ("2026-11-28 05:59", "open"),
        ("2026-11-28 06:00", "closed"),
        ("2026-11-30 05:59", "open"),
        ("2026-11-30 20:00", "closed"),
    ],
)
def test_hours_past_midnight(moment: str, expected: str) -> None:
    assert state(NIGHT, at(moment)) == expected


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 12:30", "2026-11-23 13:00"),
        ("2026-11-28 18:00", "2026-11-30 08:30"),
        ("2026-12-28 10:00", "2026-12-29 09:00"),
    ],
)
def test_next_opening(now: str, opens: str) -> None:
    assert next_opening(OFFICE, at(now)) == at(opens)


def test_never_open() -> None:
    never = HoursDefinition.model_validate({"daily": "closed"})
    assert state(never, at("2026-11-23 12:00")) == "closed"
    assert next_opening(never, at("2026-11-23 12:00")) is None


def test_a_clock_that_is_put_back_and_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = HoursDefinition.model_validate({"daily": "02:15-02:45"})
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    assert state(night, twice) == state(night, twice.replace(fold=1)) == "open"
    opens = next_opening(night, datetime(2026, 3, 29, 1, 0, tzinfo=berlin))
    assert opens is not None  # the hour that does not exist is no reason to fail


def test_days() -> None:
    assert days_of("mon-fri") == {0, 1, 2, 3, 4}
    assert days_of("fri-mon, wed") == {4, 5, 6, 0, 2}
    assert days_of("daily") == set(range(7))


@pytest.mark.parametrize(
    "written",
    [
        {"mo": "09:00-17:00"},
        {"mon": "9-17"},
        {"mon": "09:00-25:00"},
        {"mon": "09:00-09:00"},
        {"mon": "09:61-10:00"},
        {"holidays": "XX"},
        {"holidays": "DE-QQ"},
        {"holidays": "tomorrow"},
        {"holidays": "02-30"},
        {"except": {"2026-13-01": "closed"}},
        {"except": {"2026-10-07..2026-10-01": "closed"}},
        {"except": {"x": "closed"}},
        {"mon": ""},
        {"mon": ["09:00-10:00"]},
    ],
)
def test_what_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as raised:
        HoursDefinition.model_validate(written)
    assert all(error["ctx"]["remedy"] for error in raised.value.errors())
