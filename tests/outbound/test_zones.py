"""Where somebody may be, by their number."""

from __future__ import annotations

from zoneinfo import available_timezones

import phonenumbers
import pytest

from outbound.leads.numbers import Number
from outbound.leads.zones import TABLE, zones_of, zones_of_country

US = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "America/Adak", "Pacific/Honolulu",
)  # fmt: skip


@pytest.mark.parametrize(
    ("e164", "country", "zones"),
    [
        ("+442079460018", "GB", ("Europe/London",)),
        ("+447400123456", "GB", ("Europe/London",)),
        ("+4930901820", "DE", ("Europe/Berlin",)),
        ("+8613812345678", "CN", ("Asia/Shanghai",)),
        ("+12125552368", "US", ("America/New_York",)),
        ("+19075552368", "US", ("America/Adak", "America/Anchorage")),
        ("+18005552368", "US", US),  # toll-free: anywhere
        ("+14165550123", "CA", ("America/Toronto",)),
        ("+18765230123", "JM", ("America/Jamaica",)),
        ("+34922123456", "ES", ("Atlantic/Canary",)),
        ("+34612345678", "ES", ("Europe/Madrid", "Atlantic/Canary")),  # a mobile number is of no town
        ("+5511961234567", "BR", ("America/Sao_Paulo",)),  # but in Brazil it is
        ("+999123", "ZZ", ()),
    ],
)
def test_zones_of_a_number(e164: str, country: str, zones: tuple[str, ...]) -> None:
    assert zones_of(Number(e164, country, mobile=False)) == zones


def test_a_mobile_number_of_a_wide_country_may_be_anywhere_in_it() -> None:
    zones = zones_of(Number("+61412345678", "AU", mobile=True))
    assert {"Australia/Perth", "Australia/Brisbane"} <= set(zones)
    assert len(zones) == 7


def test_every_country_has_a_zone_that_there_is() -> None:
    assert all(zones_of_country(country) for country in phonenumbers.SUPPORTED_REGIONS)
    words = {word for line in TABLE.read_text().splitlines() if line[0] != "#" for word in line.split()}
    assert {word for word in words if "/" in word} <= available_timezones()
