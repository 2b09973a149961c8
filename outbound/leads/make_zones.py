"""Make ``zones.txt`` anew: which clocks a country has, and where a number's first digits are at home.

    pip download --no-deps phonenumbers
    python -m outbound.leads.make_zones phonenumbers-*.whl

``phonenumbers`` with its data would add 44 MB to each installation; of them this keeps what dialing needs.
Prefixes are kept of countries with several clocks alone.
"""

from __future__ import annotations

import re
import sys
import zipfile
from ast import literal_eval
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from outbound.leads.zones import TABLE, clocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATABASE = Path("/usr/share/zoneinfo")
_ENTRY = re.compile(r"^ '(\d+)':(\(.*\)),$", re.MULTILINE)
_WORD = re.compile(r"u\('([^']*)'\)")
_NOT_OFFICIAL = ("Asia/Urumqi", "Europe/Simferopol")
"""In use, but not by the offices of the country whose numbers these are."""
_HEAD = """\
# Made by outbound/leads/make_zones.py: don't edit.
# Countries: zone.tab of the time zone database {tz} (public domain).
# Prefixes: libphonenumber {version} (Copyright The Libphonenumber Authors, Apache License 2.0).
"""


def make(wheel: Path) -> str:
    """Give the table's text from a wheel of ``phonenumbers``."""
    with zipfile.ZipFile(wheel) as opened:
        data = opened.read("phonenumbers/tzdata/data0.py").decode()
    names = _present_names()
    places = {
        prefix: tuple(sorted({names.get(zone, zone) for zone in literal_eval(_WORD.sub(r"'\1'", zones))}))
        for prefix, zones in _ENTRY.findall(data)
    }
    countries = _countries()
    several: set[str] = set()
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            # Kosovo and some islands are no countries of ISO 3166
            countries.setdefault(region, list(places.get(str(code), ())))
            if len(clocks(tuple(countries[region]))) > 1:
                several.add(str(code))
    by_zones = defaultdict(list)
    for prefix, zones in sorted(places.items()):
        if any(prefix != code and prefix.startswith(code) for code in several):
            by_zones[zones].append(prefix)
    lines = [f"{region} {' '.join(zones)}" for region, zones in sorted(countries.items()) if zones]
    lines += [f"{' '.join(zones)} {' '.join(prefixes)}" for zones, prefixes in sorted(by_zones.items())]
    tz = (_DATABASE / "tzdata.zi").read_text(encoding="utf-8").split(maxsplit=3)[2]
    return _HEAD.format(tz=tz, version=wheel.name.split("-")[1]) + "\n".join(lines) + "\n"


def _countries() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for country, _, zone in _rows(_DATABASE / "zone.tab"):
        if zone not in _NOT_OFFICIAL:
            found.setdefault(country, []).append(zone)
    return found


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")[:3]


def _present_names() -> dict[str, str]:
    """Give names of old and what they are called now: systems may lack the old ones."""
    lines = (_DATABASE / "tzdata.zi").read_text(encoding="utf-8").splitlines()
    links = {old: new for _, new, old in (line.split() for line in lines if line.startswith("L "))}
    listed = {zone for _, _, zone in _rows(_DATABASE / "zone.tab")}
    return {old: new for old, new in links.items() if old not in listed}


if __name__ == "__main__":
    TABLE.write_text(make(Path(sys.argv[1])), encoding="utf-8")
