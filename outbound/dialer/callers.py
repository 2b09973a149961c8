"""Who calls us, as lists know people: ``0708…`` as a trunk shows it is ``+46708…`` of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.dialing.numbers import bare_number, e164
from callflow.stages.trunks import TrunksService
from records.log import EventLog
from records.vault import NUMBER

if TYPE_CHECKING:
    from callflow.protocol import Runtime


MOST_KNOWN = 5000


class Callers:
    """Numbers of callers with their country code, and the keyed hashes by which rows know people."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[tuple[str, str], bytes] = {}
        """Hashes lately given: each lead that is dialled is held against everybody on the line."""

    def number(self, subject: str, trunk: str) -> str:
        """Give a caller's number with its country code, '' for none or one that can't be anybody's.

        A number in national form is one of the trunk's country, else the house's.
        """
        bare = bare_number(self._runtime.require(EventLog).vault.get(subject, NUMBER) or "")
        return e164(bare, self.country(trunk)) if bare else ""

    def person(self, subject: str, trunk: str) -> bytes | None:
        """Give the keyed hash of a caller's number; None without one."""
        country = self.country(trunk)
        if (known := self._known.get((subject, country))) is not None:
            return known
        number = self.number(subject, trunk)
        if not number:
            return None
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        person = self._known[subject, country] = self._runtime.require(EventLog).vault.number_hash(number)
        return person

    def country(self, trunk: str) -> str:
        """Give the country of numbers that a trunk shows without a country code; '' when nobody has said."""
        for trunks in self._runtime.all_of(TrunksService):
            return trunks.country(trunk)
        return ""
