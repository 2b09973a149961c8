"""Reading lists as they come: any usual encoding, separator and heading, errors by line, in bounded memory.

Kept while a file is read: a hash of each number, by which the second of two is known.
"""

from __future__ import annotations

import csv
import hashlib
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol, TextIO
from zoneinfo import available_timezones

from outbound.leads.lead import Lead, Refused
from outbound.leads.numbers import NumberError, read_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

HEADINGS = {
    "number": (
        "number", "phone", "phone_number", "telephone", "tel", "mobile", "msisdn",
        "telefon", "rufnummer", "电话", "手机",
    ),
    "name": ("name", "full_name", "contact", "姓名"),
    "language": ("language", "lang", "locale"),
    "zone": ("zone", "time_zone", "timezone", "tz"),
    "consent": ("consent", "consent_source", "opt_in", "optin"),
}  # fmt: skip
"""What a column may be called, in small letters with ``_`` for spaces and hyphens."""
MOST_COLUMNS, LONGEST_VALUE = 100, 1000
SEPARATORS = ",;\t|"
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class _Rows(Protocol):
    """What ``csv.reader`` gives."""

    line_num: int

    def __next__(self) -> list[str]: ...


class ListError(Exception):
    """A whole file can't be read as a list; the message says why and what would do."""


class CsvList:
    """One file.  Its lines are read anew by each :meth:`lines`."""

    def __init__(self, path: Path, *, home: str, countries: Collection[str] = (), encoding: str = "") -> None:
        """``home``: country of numbers without a prefix; ``countries``: whose are wanted, else home's."""
        self._path, self._home = path, home
        self._countries = frozenset(countries) or {home}
        self._encoding = encoding

    def lines(self) -> Iterator[Lead | Refused]:
        """Give each line below the heading; raises ListError."""
        seen: dict[bytes, int] = {}
        with self._opened() as file:
            reader, columns = self._heading(file)
            while True:
                line = reader.line_num + 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Refused(line, f"not readable as CSV: {error}")
                    continue
                if any(value.strip() for value in row):
                    yield self._taken(line, row, columns, seen)

    def _taken(
        self, line: int, row: list[str], columns: dict[str, int], seen: dict[bytes, int]
    ) -> Lead | Refused:
        if wrong := self._wrong(row, columns):
            return Refused(line, wrong)
        values = {name: row[place].strip() for name, place in columns.items()}
        try:
            number = read_number(values.pop("number"), self._home, self._countries)
        except NumberError as refused:
            return Refused(line, str(refused))
        key = hashlib.blake2b(number.e164.encode(), digest_size=16).digest()
        if (first := seen.setdefault(key, line)) != line:
            return Refused(line, f"the same number as in line {first}")
        zone = values.pop("zone", "")
        if zone and zone not in _zones():
            return Refused(
                line, f"{zone[:40]!r} is no time zone; right ones are Europe/London, Asia/Shanghai"
            )
        return Lead(
            line=line,
            number=number,
            name=values.pop("name", ""),
            language=values.pop("language", ""),
            zone=zone,
            consent=values.pop("consent", ""),
            more=values,
        )

    def _wrong(self, row: list[str], columns: dict[str, int]) -> str:
        """Say why a row can't be read at all, '' if it can."""
        if len(row) != len(columns):
            return f"{len(row)} columns, where the heading has {len(columns)}"
        for name, place in columns.items():
            if len(row[place]) > LONGEST_VALUE:
                return f"{name} has {len(row[place])} signs, {LONGEST_VALUE} are allowed"
            if not _clean(row[place]):
                return f"{name} {self._not_clean}"
        return ""

    @property
    def _not_clean(self) -> str:
        return f"has signs that are none in {self._encoding or 'UTF-8'}; name the file's encoding"

    @contextmanager
    def _opened(self) -> Iterator[TextIO]:
        try:
            with self._path.open("rb") as raw:
                start = raw.read(4)
            encoding = next((name for bom, name in _BOMS if start.startswith(bom)), self._encoding or "utf-8")
            with self._path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
                yield file
        except OSError as error:
            raise ListError(f"{self._path} can't be read: {error.strerror}") from None
        except LookupError:
            raise ListError(
                f"{self._encoding!r} is no encoding; right ones are utf-8, cp1252, gb18030"
            ) from None
        except UnicodeError as error:
            raise ListError(f"{self._path} is not in the encoding that it seems to have: {error}") from None

    def _heading(self, file: TextIO) -> tuple[_Rows, dict[str, int]]:
        first = file.readline(100_000)
        if not first.strip():
            raise ListError(f"{self._path} is empty, or its first line is; there the columns are named")
        if "\0" in first:
            raise ListError(f"{self._path} is no text: export the sheet as CSV (UTF-8)")
        if not _clean(first):
            raise ListError(f"{self._path}:1 {self._not_clean}")
        separator = max(SEPARATORS, key=first.count)
        named = next(csv.reader([first], delimiter=separator))
        if len(named) > MOST_COLUMNS:
            raise ListError(f"{self._path}:1: {len(named)} columns, {MOST_COLUMNS} are allowed")
        columns: dict[str, int] = {}
        for place, name in enumerate(named):
            plain = name.strip().lower().replace(" ", "_").replace("-", "_") or f"column_{place + 1}"
            known = next((known for known, names in HEADINGS.items() if plain in names), plain)
            if known in columns:
                raise ListError(f"{self._path}:1: two columns are named {known!r}; rename one of them")
            columns[known] = place
        if "number" not in columns:
            raise ListError(
                f"{self._path}:1: no column is the telephone number; name one of them number "
                f"(there are: {', '.join(columns)[:200]})"
            )
        reader = csv.reader(_after_heading(file), delimiter=separator)
        return reader, columns


@cache
def _zones() -> set[str]:
    return available_timezones()


def _after_heading(file: TextIO) -> Iterator[str]:
    yield "\n"  # the heading's line, so that lines are numbered as in the file
    yield from file


def _clean(value: str) -> bool:
    """Tell whether a value has neither undecoded bytes nor control characters."""
    return not any("\ud800" <= sign <= "\udfff" or (sign < " " and sign not in "\t\r\n") for sign in value)
