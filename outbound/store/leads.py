"""Who is to be dialled, and what came of it."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from outbound.leads.numbers import Number
from outbound.leads.zones import zones_of
from outbound.ledger.entry import Disposition
from outbound.rules.hours import NEVER
from outbound.rules.judge import Earlier
from outbound.store.opened import IMPORTING, LIVE, OPEN, OVER, StoreError, imports_of
from outbound.store.sealing import Personal
from records import models
from records.errors import VaultKeyError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from outbound.store.opened import OutboundStore

SITE = "site"
"""What the do-not-call list of all campaigns is called in verdicts."""
_AT_ONCE = 500
"""So many persons are asked for in one statement."""
_LEADS, _LISTS, _DIALLED = models.leads.c, models.lead_lists.c, models.dial_attempts.c
_WITH_LIST = select(models.leads, _LISTS.name, _LISTS.version).join_from(
    models.leads, models.lead_lists, _LEADS.lead_list == _LISTS.id
)


class StoredLead(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on a list, as far as dialing needs it.  ``number``, ``name`` and ``more`` are personal."""

    id: int
    list: str
    """Name of the list."""
    version: str
    """Of the list."""
    person: bytes
    """Keyed hash of the number (32 bytes)."""
    country: str
    zones: tuple[str, ...]
    """Where they may be (IANA); as the list says, else by the number."""
    mobile: bool
    language: str
    consent: str
    """Where the consent comes from."""
    segment: str
    attempts: int
    last_at: float
    """Unix seconds; 0: never yet."""
    last_outcome: Disposition | str
    """Empty: never yet."""
    next_at: float
    """Unix seconds; 0: at once."""
    owner: str
    """The agent who alone may call them; ''": any."""
    priority: int
    number: str
    """E.164."""
    name: str
    more: dict[str, str]

    def __repr__(self) -> str:
        return f"StoredLead(id={self.id}, list={self.list!r})"


class SettledAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one attempt, and what is to be of its lead now."""

    attempt: str
    """The call's id."""
    campaign: str
    list: str
    """Name of the lead's list."""
    lead: int
    person: bytes
    dialled_at: float
    ended_at: float
    outcome: Disposition
    answered: bool = False
    dropped: bool = False
    agent: str = ""
    next_at: float | None = None
    """When the lead may be dialled again (Unix seconds); None or NEVER: it is over."""
    owner: str = ""
    """The agent who alone may call them then, for a promised call."""
    priority: int | None = None
    """A new one for the lead; None: as it was."""


def candidates(
    store: OutboundStore, list_name: str, now: float, limit: int, exclude: Collection[int] = ()
) -> list[StoredLead]:
    """Give open leads whose time has come, by priority, then who is due longest, then as in the file.

    ``exclude``: ids that are not wanted.  Leads whose key is gone are left out.
    """
    found: list[StoredLead] = []
    with store.reading() as connection:
        of = connection.scalar(imports_of(list_name, LIVE))
        if of is None or limit <= 0:
            return []
        for row in _due(connection, of, now, limit + len(exclude)):
            if len(found) >= limit:
                break
            if row.id not in exclude and (lead := _stored(store, row)):
                found.append(lead)
    return found


def by_ids(store: OutboundStore, ids: Collection[int]) -> list[StoredLead]:
    """Give leads by their ids, open or over; those that there are not (any more) are left out."""
    with store.reading() as connection:
        rows = connection.execute(_WITH_LIST.where(_LEADS.id.in_(ids)).order_by(_LEADS.id)).all()
    return [lead for row in rows if (lead := _stored(store, row))]


def next_due(store: OutboundStore, list_name: str) -> float | None:
    """Give when the next open lead may be dialled (0: at once); None without any."""
    with store.reading() as connection:
        of = connection.scalar(imports_of(list_name, LIVE))
        if of is None:
            return None
        times = (
            connection.scalar(
                select(func.min(_LEADS.next_at)).where(
                    (_LEADS.lead_list == of) & (_LEADS.state == OPEN) & (_LEADS.priority == priority)
                )
            )
            for priority in _priorities(connection, of)
        )
        return min((at for at in times if at is not None), default=None)


def history(store: OutboundStore, persons: Collection[bytes], since: float) -> dict[bytes, list[Earlier]]:
    """Give each person's attempts of all campaigns from ``since`` on, the oldest first."""
    found: dict[bytes, list[Earlier]] = {person: [] for person in persons}
    with store.reading() as connection:
        for some in _parts(persons):
            query = (
                select(_DIALLED.person, _DIALLED.dialled_at, _DIALLED.campaign, _DIALLED.outcome)
                .where(_DIALLED.person.in_(some) & (_DIALLED.dialled_at >= since))
                .order_by(_DIALLED.dialled_at)
            )
            for person, at, campaign, outcome in connection.execute(query):
                found[person].append(Earlier(at, campaign, outcome))
    return found


def listed(store: OutboundStore, persons: Collection[bytes], campaign: str) -> dict[bytes, tuple[str, ...]]:
    """Give the do-not-call lists that have each person: :data:`SITE`, the campaign's own by its name."""
    table = models.do_not_call.c
    found: dict[bytes, list[str]] = defaultdict(list)
    with store.reading() as connection:
        for some in _parts(persons):
            query = select(table.person, table.scope).where(
                table.person.in_(some) & table.scope.in_(("", campaign))
            )
            for person, scope in connection.execute(query.order_by(table.scope)):
                found[person].append(scope or SITE)
    return {person: tuple(found.get(person, ())) for person in persons}


_RETRIED = (
    update(models.leads)
    .where(_LEADS.person == bindparam("of"))
    .where(_LEADS.lead_list.in_(imports_of("", LIVE, IMPORTING).with_only_columns(_LISTS.id)))
)


def settle(store: OutboundStore, attempts: Sequence[SettledAttempt]) -> None:
    """Keep what came of attempts and when their leads are next; one that is kept already changes nothing."""
    new = {one.attempt: one for one in reversed(attempts)}
    with store.writing() as connection:
        known = select(_DIALLED.attempt).where(_DIALLED.attempt.in_(list(new)))
        for attempt in connection.scalars(known).all():
            del new[attempt]
        for one in attempts:
            if new.pop(one.attempt, None) is not None:
                _settle(connection, one)


def _settle(connection: Connection, one: SettledAttempt) -> None:
    connection.execute(
        insert(models.dial_attempts).values(
            attempt=one.attempt,
            campaign=one.campaign,
            lead_list=one.list,
            lead=one.lead,
            person=one.person,
            dialled_at=one.dialled_at,
            ended_at=one.ended_at,
            outcome=one.outcome,
            answered=one.answered,
            dropped=one.dropped,
            agent=one.agent,
        )
    )
    values: dict[str, Any] = _when(one.next_at) | {
        "attempts": _LEADS.attempts + 1,
        "last_at": one.dialled_at,
        "last_outcome": one.outcome,
        "last_attempt": one.attempt,
        "owner": one.owner,
    }
    if one.priority is not None:
        values["priority"] = one.priority
    connection.execute(update(models.leads).where(_of_person(one.list, one.person)).values(values))


def defer(store: OutboundStore, ids_to_next_at: Mapping[int, float | None]) -> None:
    """Set when leads may be dialled that a rule forbids until then; None or NEVER: they are over."""
    if not ids_to_next_at:
        return
    statement = (
        update(models.leads)
        .where(_LEADS.id == bindparam("of"))
        .values(next_at=bindparam("next"), state=bindparam("as"))
    )
    rows = []
    for lead, at in ids_to_next_at.items():
        when = _when(at)
        rows.append({"of": lead, "next": when["next_at"], "as": when["state"]})
    with store.writing() as connection:
        connection.execute(statement, rows)


def add_lead(
    store: OutboundStore,
    list_name: str,
    number: Number,
    *,
    name: str = "",
    more: Mapping[str, str] | None = None,
    language: str = "",
    consent: str = "",
    segment: str = "",
    zone: str = "",
    owner: str = "",
    next_at: float = 0.0,
    priority: int = 0,
    until: float = 0.0,
) -> int:
    """Add somebody to a list, or have who is on it called (again) at ``next_at``; gives the lead's id.

    ``until``: not called after that (Unix seconds); 0: no end.
    It stays on the list when that is imported anew.  Raises StoreError: there is no such list.
    """
    person = store.sealer.person_of(number.e164)
    wrapped_key, sealed = store.sealer.seal(person, Personal(number.e164, name, dict(more or {})))
    promised = {
        "owner": owner, "next_at": next_at, "priority": priority, "until": until, "state": OPEN,
    }  # fmt: skip
    with store.writing() as connection:
        of = connection.scalar(imports_of(list_name, LIVE))
        if of is None:
            raise StoreError(no_list(connection, list_name))
        changed = connection.execute(
            update(models.leads).where(_of_person(list_name, person)).values(line=0, **promised)
        )
        if changed.rowcount:
            # not asked for the list as well: SQLite would go through all of that
            query = select(_LEADS.id, _LEADS.lead_list).where(_LEADS.person == person)
            for lead, lead_list in connection.execute(query):
                if lead_list == of:
                    return int(lead)
        added = connection.execute(
            insert(models.leads).values(
                lead_list=of,
                line=0,
                person=person,
                country=number.country,
                zone=zone,
                mobile=number.mobile,
                language=language,
                consent=consent,
                segment=segment,
                wrapped_key=wrapped_key,
                sealed=sealed,
                attempts=0,
                last_at=0.0,
                last_outcome="",
                last_attempt="",
                **promised,
            )
        )
        key = added.inserted_primary_key
        assert key is not None  # noqa: S101 - a single row was inserted
        return int(key[0])


def counts(store: OutboundStore, list_name: str, now: float | None = None) -> dict[str, Any]:
    """Count a list's leads: ``open``, ``due`` of them at ``now``, ``over`` by outcome ('': by a rule)."""
    at = time.time() if now is None else now
    with store.reading() as connection:
        of = connection.scalar(imports_of(list_name, LIVE))
        if of is None:
            raise StoreError(no_list(connection, list_name))
        mine = _LEADS.lead_list == of
        waiting = connection.execute(
            select(func.count(), func.count().filter(_LEADS.next_at <= at)).where(
                mine & (_LEADS.state == OPEN)
            )
        ).one()
        over = connection.execute(
            select(_LEADS.last_outcome, func.count())
            .where(mine & (_LEADS.state == OVER))
            .group_by(_LEADS.last_outcome)
        )
        return {"open": waiting[0], "due": waiting[1], "over": dict(over.all())}


def no_list(connection: Connection, name: str) -> str:
    """Say that there is no list of this name, and which there are."""
    known = connection.scalars(
        select(_LISTS.name).where(_LISTS.state == LIVE).order_by(_LISTS.name).limit(20)
    )
    return f"there is no list {name!r}; there are: {', '.join(known) or 'none'}"


def _of_person(list_name: str, person: bytes) -> Any:
    """Say which rows are this lead: one that is being imported is to lose nothing of what happens."""
    return (_LEADS.person == person) & _LEADS.lead_list.in_(imports_of(list_name, LIVE, IMPORTING))


def _when(next_at: float | None) -> dict[str, Any]:
    if next_at is None or next_at >= NEVER:
        return {"next_at": 0.0, "state": OVER}
    return {"next_at": next_at, "state": OPEN}


def _due(connection: Connection, of: int, now: float, page: int) -> Iterator[Row[Any]]:
    for priority in _priorities(connection, of):
        query = (
            _WITH_LIST.where((_LEADS.lead_list == of) & (_LEADS.state == OPEN))
            .where((_LEADS.priority == priority) & (_LEADS.next_at <= now))
            .order_by(_LEADS.next_at, _LEADS.id)
        )
        for start in itertools.count(0, page):
            rows = connection.execute(query.limit(page).offset(start)).all()
            yield from rows
            if len(rows) < page:
                break


def _priorities(connection: Connection, of: int) -> Iterator[int]:
    """Give the priorities that open leads have, the highest first: each is one look into the index."""
    highest = select(func.max(_LEADS.priority)).where((_LEADS.lead_list == of) & (_LEADS.state == OPEN))
    priority = connection.scalar(highest)
    while priority is not None:
        yield priority
        priority = connection.scalar(highest.where(_LEADS.priority < priority))


def _stored(store: OutboundStore, row: Row[Any]) -> StoredLead | None:
    try:
        values = store.sealer.unseal(row.person, row.wrapped_key, row.sealed)
    except VaultKeyError:
        return None
    return StoredLead(
        id=row.id,
        list=row.name,
        version=row.version,
        person=row.person,
        country=row.country,
        zones=(row.zone,) if row.zone else zones_of(Number(values.number, row.country, row.mobile)),
        mobile=row.mobile,
        language=row.language,
        consent=row.consent,
        segment=row.segment,
        attempts=row.attempts,
        last_at=row.last_at,
        last_outcome=row.last_outcome,
        next_at=row.next_at,
        owner=row.owner,
        priority=row.priority,
        number=values.number,
        name=values.name,
        more=values.more,
    )


def _parts(persons: Collection[bytes]) -> Iterator[list[bytes]]:
    every = list(persons)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
