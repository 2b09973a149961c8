"""Whose lead or whose call something was, as the database has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from records import models

if TYPE_CHECKING:
    from outbound.store.opened import OutboundStore


def person_of(store: OutboundStore, lead: int, subject: str) -> bytes | None:
    """Give the keyed hash of a number by a lead or, where that is no more, by a subject.

    None for somebody who was erased.
    """
    leads, numbers = models.leads.c, models.subject_numbers.c
    with store.reading() as connection:
        person: bytes | None = connection.scalar(select(leads.person).where(leads.id == lead))
        if person is None:
            person = connection.scalar(select(numbers.number_hash).where(numbers.subject == subject).limit(1))
        return person
