"""What an admin says of a listener: whom it hears, where, and whom never.  Pure."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema

from callflow.dialing.definitions import PhoneNumber
from callflow.dialing.numbers import bare_number, known_country
from callflow.protocol import Refers
from callflow.values import Days, YesNo, told

_CODE = re.compile("[A-Z]{2}", re.ASCII)
DAY_S = 86_400.0


def _country(value: str) -> str:
    code = value.upper()
    if not _CODE.fullmatch(code) or not known_country(code):
        raise told("country", f'"{value[:20]}" is no country', "Write its two letters, such as DE.")
    return code


Country = Annotated[
    str, AfterValidator(_country), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$"})
]
"""ISO 3166 code of a country that has a numbering plan."""
Queue = Annotated[str, Refers("queue")]


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call is, as far as it matters to who may hear it."""

    queue: str = ""
    """The last queue that the caller has waited or talked in; empty before any."""
    dialed: str = ""
    country: str = ""
    """Of the caller's number, ISO 3166; empty when nobody knows."""
    agreed: bool | None = None
    """Whether the caller agreed to this listener; None when they were not asked."""


class ListenerDefinition(BaseModel):
    """Whom a listener hears; its name is an installed one's.  Without ``queues`` and ``numbers``, all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queues: tuple[Queue, ...] = ()
    """Talks of calls that waited in one of these; a listener to whole calls hears the wait, too."""
    not_queues: tuple[Queue, ...] = ()
    """Never there, whatever else is said."""
    numbers: tuple[PhoneNumber, ...] = ()
    """Callers who dialed one of these."""
    menus: YesNo | None = None
    """Whether a listener to whole calls hears callers before any queue, too.  Left out: ``yes`` without
    ``queues`` and ``numbers``, else ``no``."""
    not_countries: tuple[Country, ...] = ()
    """Nobody whose number is of one of these."""
    unknown_country: YesNo | None = None
    """Whether callers are heard whose country nobody knows.  Left out: ``no`` with ``not_countries``, else
    ``yes``."""
    consent: YesNo = False
    """``yes``: only callers who have agreed in the step ``consent``.  Who refuses is not heard either way."""
    keep: Days | None = None
    """For how many days signals and curves are given out, and curves kept; left out: for ever."""

    @property
    def keep_s(self) -> float:
        """Give the seconds for which it is kept, 0 for ever."""
        return self.keep * DAY_S if self.keep is not None else 0.0

    @property
    def asks_for_country(self) -> bool:
        """Whether the caller's country matters."""
        return bool(self.not_countries) or self.unknown_country is False

    def objection(self, at: Situation) -> str:
        """Tell why a caller is not heard, by the key that says so; empty when they are heard."""
        if at.agreed is False or (self.consent and not at.agreed):
            return "consent"
        if at.country in self.not_countries:
            return "not_countries"
        if not at.country and not self._unknown_country:
            return "unknown_country"
        if at.queue in self.not_queues:
            return "not_queues"
        return self._elsewhere(at)

    def _elsewhere(self, at: Situation) -> str:
        dialed = bare_number(at.dialed) in self.numbers
        if not at.queue:
            if not self._menus:
                return "menus"
            return "numbers" if self.numbers and not dialed else ""
        if not self.queues and not self.numbers:
            return ""
        return "" if dialed or at.queue in self.queues else "queues" if self.queues else "numbers"

    @property
    def _menus(self) -> bool:
        return not (self.queues or self.numbers) if self.menus is None else self.menus

    @property
    def _unknown_country(self) -> bool:
        return not self.not_countries if self.unknown_country is None else self.unknown_country
