"""The leads of one campaign that may be dialled next: taken from the list, and judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outbound.leads.lead import PROMISED
from outbound.rules.hours import NEVER
from outbound.rules.judge import Judgement, Person, judge
from outbound.rules.terms import DAY_S, Terms
from outbound.store import leads as stored
from outbound.store.standing import expire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from outbound.rules.judge import Earlier
    from outbound.store.leads import StoredLead
    from outbound.store.opened import OutboundStore

    Holidays = Callable[[str, date], bool]

HISTORY_S = 400 * DAY_S
MOST_S = 0.5
"""So long leads are judged in one go: where many zones' hours hardly meet, each takes a tenth of a second."""
LATER_S = DAY_S
"""A lead that no hours allow for the time being is looked at again after this time."""
_FOR_GOOD = frozenset({"dnc", "consent", "over", "attempts"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the books say of a lead's person."""

    earlier: tuple[Earlier, ...]
    listed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Leads that were looked at."""

    leads: list[StoredLead]
    """Those that may be dialled now."""
    deferred: dict[int, float | None]
    """Those that may not → when, None for never."""
    closed: int = 0
    """How many no hours allow within a year."""
    known: dict[bytes, Known] = field(default_factory=dict)
    """What the books say of their persons."""
    next_due: float | None = None
    """When the next lead of the list is due; None without any."""


def terms_for(lead: StoredLead, terms: Terms) -> Terms:
    """Give the terms for a lead: who was promised a call is called, within the law's and our hours."""
    if lead.priority < PROMISED:
        return terms
    return Terms(
        windows=terms.windows,
        attempts=terms.attempts + lead.attempts,
        spacing={},
        frequency=None,
        consent=False,
        once_a_day=False,
        over=frozenset({"DNC", "WRONG"}),
    )


@dataclass(frozen=True, slots=True)
class Aim:
    """Whom a campaign may call."""

    campaign: str
    list: str
    terms: Terms
    holidays: Holidays


def known_of(
    store: OutboundStore, leads: Sequence[StoredLead], campaign: str, now: float
) -> dict[bytes, Known]:
    """Ask the books about the leads' persons."""
    persons = {lead.person for lead in leads}
    history = stored.history(store, persons, now - HISTORY_S)
    listed = stored.listed(store, persons, campaign)
    return {person: Known(tuple(history[person]), listed[person]) for person in persons}


def judged(lead: StoredLead, known: Known, aim: Aim, now: float, *, waits: bool) -> Judgement:
    """Ask every rule about a lead; ``waits``: the person is on the line with us."""
    person = Person(
        country=lead.country,
        zones=lead.zones,
        consent=lead.consent,
        listed=known.listed,
        earlier=known.earlier,
        waits=waits,
    )
    return judge(person, aim.campaign, terms_for(lead, aim.terms), now, aim.holidays)


def later(judgement: Judgement, now: float) -> float | None:
    """Say when a lead that may not be called now is looked at again; None for never."""
    if judgement.not_before < NEVER:
        return judgement.not_before
    forbidden = {verdict.rule for verdict in judgement.verdicts if not verdict.allowed}
    return None if forbidden & _FOR_GOOD else now + LATER_S


def look(store: OutboundStore, aim: Aim, now: float, *, limit: int, exclude: frozenset[int]) -> Batch:
    """Take due leads from a list, and judge them; blocking."""
    expire(store, aim.list, now)
    found = stored.candidates(store, aim.list, now, limit, exclude)
    known = known_of(store, found, aim.campaign, now) if found else {}
    leads: list[StoredLead] = []
    deferred: dict[int, float | None] = {}
    closed = 0
    began = time.monotonic()
    for lead in found:
        if time.monotonic() - began > MOST_S:
            break  # the others are looked at next time
        judgement = judged(lead, known[lead.person], aim, now, waits=False)
        if judgement.allowed:
            leads.append(lead)
            continue
        deferred[lead.id] = later(judgement, now)
        closed += judgement.not_before == NEVER and deferred[lead.id] is not None
    stored.defer(store, deferred)
    return Batch(leads, deferred, closed, known, None if found else stored.next_due(store, aim.list))


class Hopper:
    """Leads at hand, the next first."""

    def __init__(self) -> None:
        self._leads: list[StoredLead] = []

    def __len__(self) -> int:
        return len(self._leads)

    def held(self) -> set[int]:
        """Give the ids of those at hand."""
        return {lead.id for lead in self._leads}

    def put(self, leads: Sequence[StoredLead]) -> None:
        """Take further ones in."""
        at_hand = self.held()
        self._leads += [lead for lead in leads if lead.id not in at_hand]

    def clear(self) -> None:
        """Let go of all."""
        self._leads = []

    def all(self) -> list[StoredLead]:
        """Give those at hand, the next first."""
        return list(self._leads)

    def order(self, place: Callable[[StoredLead], int]) -> None:
        """Put them by their places; priority goes before that."""
        self._leads.sort(key=lambda lead: (-lead.priority, place(lead), lead.id))

    def first(self, count: int, fit: Callable[[StoredLead], bool]) -> list[StoredLead]:
        """Look at the next ones that fit."""
        found: list[StoredLead] = []
        for lead in self._leads:
            if len(found) >= count:
                break
            if fit(lead):
                found.append(lead)
        return found

    def take(self, leads: Sequence[StoredLead]) -> None:
        """Take these out."""
        gone = {lead.id for lead in leads}
        self._leads = [lead for lead in self._leads if lead.id not in gone]
