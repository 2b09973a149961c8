"""Reading lists as they come: any usual encoding, separator and heading, errors by line, in bounded memory.

Kept while a file is read: a hash of each number, by which the second of two is known.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TextIO

from outbound.leads.lead import Lead, Refused
from outbound.leads.numbers import NumberError, read_number
from outbound.leads.seen import Seen
from outbound.leads.taking import Taking, clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
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
    "segment": ("segment",),
    "priority": ("priority",),
}  # fmt: skip
"""What a column may be called, in small letters with ``_`` for spaces and hyphens."""
MOST_COLUMNS = 100
SEPARATORS = ",;\t|"
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class _Rows(Protocol):
    """What ``csv.reader`` gives."""

    line_num: int

    def __next__(self) -> list[str]: ...


class ListError(Exception):
    """A whole file can't be read as a list; the message says why and what would do."""


class Opened:
    """A file whose heading is read."""

    def __init__(self, taking: Taking, rows: _Rows) -> None:
        self.taking = taking
        """What makes leads of its rows; in another process, too."""
        self._rows = rows

    def rows(self) -> Iterator[tuple[int, list[str]] | Refused]:
        """Give the rows below the heading with their lines, empty ones left out."""
        while True:
            line = self._rows.line_num + 1
            try:
                row = next(self._rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield Refused(line, f"not readable as CSV: {error}")
                continue
            if any(value.strip() for value in row):
                yield line, row


class CsvList:
    """One file.  Its lines are read anew by each :meth:`lines`."""

    def __init__(
        self,
        path: Path,
        *,
        home: str,
        countries: Collection[str] = (),
        encoding: str = "",
        bare: bool = False,
        consent: str = "",
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """``home``: country of numbers without a prefix; ``countries``: whose are wanted, else home's.

        ``bare``: a file without a heading will do, if its first column is the number.  ``consent``: of lines
        that do not say where theirs comes from.  ``columns``: a name of :data:`HEADINGS` → the column that it
        has in this file.
        """
        self.path, self.home, self._bare = path, home, bare
        self._countries = frozenset(countries) or frozenset({home})
        self._encoding = encoding
        self._consent = consent
        self._named = {_plain(column): name for name, column in (columns or {}).items()}

    def lines(self) -> Iterator[Lead | Refused]:
        """Give each line below the heading; raises ListError."""
        seen = Seen()
        with self.opened() as opened:
            for each in opened.rows():
                taken = each if isinstance(each, Refused) else opened.taking.take(*each)
                if isinstance(taken, Lead):
                    key = hashlib.blake2b(taken.number.e164.encode(), digest_size=8).digest()
                    taken = refused_again(taken.line, first) if (first := seen.of(key, taken.line)) else taken
                yield taken

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """Open the file and read its heading; raises ListError, later as well."""
        self._check_encoding()
        try:
            with self.path.open("rb") as raw:
                start = raw.read(4)
            encoding = next((name for bom, name in _BOMS if start.startswith(bom)), self._encoding or "utf-8")
            with self.path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
                columns, separator, first = self._heading(file)
                taking = Taking(columns, self.home, self._countries, self._not_clean, self._consent)
                yield Opened(taking, csv.reader(chain([first], file), delimiter=separator))
        except OSError as error:
            raise ListError(f"{self.path} can't be read: {error.strerror}") from None
        except UnicodeError as error:
            raise ListError(f"{self.path} is not in the encoding that it seems to have: {error}") from None

    def _check_encoding(self) -> None:
        try:
            codecs.lookup(self._encoding or "utf-8")
        except LookupError:
            raise ListError(
                f"{self._encoding!r} is no encoding; right ones are utf-8, cp1252, gb18030"
            ) from None

    @property
    def _not_clean(self) -> str:
        return f"has signs that are none in {self._encoding or 'UTF-8'}; name the file's encoding"

    def _heading(self, file: TextIO) -> tuple[dict[str, int], str, str]:
        """Give the columns, what separates them, and what stands for the first line among the rows."""
        first = file.readline(100_000)
        if not first.strip():
            raise ListError(f"{self.path} is empty, or its first line is; there the columns are named")
        if "\0" in first:
            raise ListError(f"{self.path} is no text: export the sheet as CSV (UTF-8)")
        if not clean(first):
            raise ListError(f"{self.path}:1 {self._not_clean}")
        separator = max(SEPARATORS, key=first.count)
        named = next(csv.reader([first], delimiter=separator))
        if len(named) > MOST_COLUMNS:
            raise ListError(f"{self.path}:1: {len(named)} columns, {MOST_COLUMNS} are allowed")
        if self._bare and self._is_number(named[0]):
            return (
                {"number": 0} | {f"column_{place}": place for place in range(1, len(named))},
                separator,
                first,
            )
        self._check_named(named)
        columns: dict[str, int] = {}
        for place, name in enumerate(named):
            known = self._known(_plain(name) or f"column_{place + 1}")
            if known in columns:
                raise ListError(f"{self.path}:1: two columns are named {known!r}; rename one of them")
            columns[known] = place
        if "number" not in columns:
            raise ListError(
                f"{self.path}:1: no column is the telephone number; name one of them number "
                f"(there are: {', '.join(columns)[:200]})"
            )
        return columns, separator, "\n"  # a line, so that lines are numbered as in the file

    def _check_named(self, named: list[str]) -> None:
        """Raise ListError for a column that somebody has named, and that there is not."""
        there = {_plain(name) for name in named}
        for column, name in self._named.items():
            if column not in there:
                raise ListError(
                    f"{self.path}:1: no column is named {column!r}, which was to be the {name} "
                    f"(there are: {', '.join(named)[:200]})"
                )

    def _known(self, plain: str) -> str:
        """Give what a column is: as somebody has said, else by its name."""
        if plain in self._named:
            return self._named[plain]
        known = next((known for known, names in HEADINGS.items() if plain in names), plain)
        return plain if known in self._named.values() and known != plain else known

    def _is_number(self, text: str) -> bool:
        try:
            read_number(text, self.home, self._countries)
        except NumberError:
            return not any(sign.isalpha() for sign in text)
        return True


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def columns_of(text: str) -> dict[str, str]:
    """Read ``number=Handy,name=Kunde``: what a column is → its name in the file; raises ListError."""
    found: dict[str, str] = {}
    for part in text.split(",") if text.strip() else ():
        name, equals, column = (one.strip() for one in part.partition("="))
        if name not in HEADINGS or not equals or not column:
            raise ListError(
                f"{part.strip()[:60]!r} names no column; write number=Handy, "
                f"with one of: {', '.join(HEADINGS)}"
            )
        found[name] = column
    return found


def refused_again(line: int, first: int) -> Refused:
    """Refuse the second line of a number."""
    return Refused(line, f"the same number as in line {first}")
