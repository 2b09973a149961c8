"""Forgetting a person: leads and keys go, attempts stay as facts about nobody, do-not-call lists stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from records import models

if TYPE_CHECKING:
    from outbound.store.opened import OutboundStore


def erase(store: OutboundStore, person: bytes) -> int:
    """Erase the person with this keyed hash of a number; gives how many leads that were.

    Doing it again changes nothing.  What deleted rows leave behind on the disk, :func:`scrub` removes.
    """
    leads, attempts = models.leads, models.dial_attempts
    with store.writing() as connection:
        gone = connection.execute(delete(leads).where(leads.c.person == person))
        connection.execute(update(attempts).where(attempts.c.person == person).values(person=None))
    return gone.rowcount


def scrub(store: OutboundStore) -> bool:
    """Remove the remains of deleted leads; False: not possible just now, try later.

    PostgreSQL writes the table anew for that; nobody reads it meanwhile, seconds for a million leads.
    """
    try:
        return store.backend.scrub(store.engine, ("leads",))
    except DBAPIError:
        return False
