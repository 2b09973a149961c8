"""Intervals in a site's zone: nights in which the clocks change, and zones off by half hours and quarters."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from records.folds.metrics.calendar import Calendar, CalendarError, check_interval, parse_day
from records.folds.metrics.counters import SLOT_S


def hours(zone: str, day: date) -> Counter[str]:
    calendar = Calendar(zone)
    return Counter(
        calendar.interval_of(slot, "1h").strftime("%H:%M%z") for slot in calendar.slots_of(day, day)
    )


def test_every_zone_is_a_multiple_of_15_minutes_off() -> None:
    """What the whole counting stands on."""
    for name in available_timezones():
        zone = ZoneInfo(name)
        for month in range(1, 13):
            for year in (2020, 2026, 2035):
                offset = datetime(year, month, 15, tzinfo=zone).utcoffset()
                assert offset is not None
                assert offset % timedelta(minutes=15) == timedelta(0), name


def test_the_night_with_an_hour_twice() -> None:
    found = hours("Europe/Berlin", date(2026, 10, 25))
    assert sum(found.values()) == 100
    assert (found["02:00+0200"], found["02:00+0100"]) == (4, 4)
    assert set(found.values()) == {4}


def test_the_night_without_an_hour() -> None:
    found = hours("Europe/Berlin", date(2026, 3, 29))
    assert sum(found.values()) == 92
    assert not [hour for hour in found if hour.startswith("02")]


def test_a_change_of_half_an_hour() -> None:
    found = hours("Australia/Lord_Howe", date(2026, 4, 5))
    assert sum(found.values()) == 98
    assert (found["01:00+1100"], found["01:30+1030"], found["02:00+1030"]) == (4, 2, 4)
    found = hours("Australia/Lord_Howe", date(2026, 10, 4))
    assert sum(found.values()) == 94
    assert (found["01:00+1030"], found["02:30+1100"], found["03:00+1100"]) == (4, 2, 4)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Asia/Kolkata", "Australia/Eucla", "Pacific/Chatham"])
def test_zones_between_the_hours(zone: str) -> None:
    found = hours(zone, date(2026, 11, 23))
    assert len(found) == 24
    assert set(found.values()) == {4}
    assert all(hour[3:5] == "00" for hour in found)


def test_a_day_that_begins_at_one() -> None:
    """Beirut's clocks jump at midnight."""
    calendar, day = Calendar("Asia/Beirut"), date(2026, 3, 29)
    slots = calendar.slots_of(day, day)
    assert len(slots) == 92
    first = calendar.interval_of(slots[0], "1d")
    assert {calendar.interval_of(slot, "1d") for slot in slots} == {first}
    assert first.timestamp() == slots[0] * SLOT_S
    assert calendar.day_of(slots[0] * SLOT_S - 1) == date(2026, 3, 28)


def test_days_follow_each_other_without_gap_or_overlap() -> None:
    for zone in ("Europe/Berlin", "Australia/Lord_Howe", "Asia/Beirut", "America/St_Johns", "UTC"):
        calendar, day = Calendar(zone), date(2026, 1, 1)
        for _ in range(365):
            following = day + timedelta(days=1)
            assert calendar.slots_of(day, day).stop == calendar.slots_of(following, following).start
            day = following


def test_a_day_is_read() -> None:
    today = date(2026, 11, 23)
    assert parse_day("today", today) == today
    assert parse_day("Yesterday", today) == date(2026, 11, 22)
    assert parse_day("2026-02-28", today) == date(2026, 2, 28)
    assert Calendar("Asia/Shanghai").day_of(datetime(2026, 11, 22, 17, tzinfo=UTC).timestamp()) == today


@pytest.mark.parametrize("text", ["2026-02-30", "23.11.2026", "tomorrow", "", "2026-11-23T10:00"])
def test_what_is_no_day_is_said_with_a_right_one(text: str) -> None:
    with pytest.raises(CalendarError, match="is no day; write it as 2026-11-23"):
        parse_day(text, date(2026, 11, 23))


def test_what_is_no_zone_or_interval_is_said_with_the_near_one() -> None:
    with pytest.raises(CalendarError, match=r"no time zone 'Europe/Berlim'; did you mean Europe/Berlin\?"):
        Calendar("Europe/Berlim")
    with pytest.raises(CalendarError, match="no time zone"):
        Calendar("../etc/passwd")
    with pytest.raises(CalendarError, match="there are: 15m, 1h, 1d"):
        check_interval("30m")
