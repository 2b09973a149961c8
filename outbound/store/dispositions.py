"""What an agent says of an attempt that was kept already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from outbound.store.opened import OPEN, OVER
from records import models

if TYPE_CHECKING:
    from outbound.ledger.entry import Disposition
    from outbound.store.opened import OutboundStore

_LEADS, _DIALLED = models.leads.c, models.dial_attempts.c


def dispose(
    store: OutboundStore,
    attempt: str,
    outcome: Disposition,
    *,
    again_at: float | None = None,
    owner: str = "",
    priority: int = 0,
) -> None:
    """Keep it, and what follows for the lead unless it was dialled again since; again changes nothing.

    ``again_at``: when the lead is to be called, for a promise (Unix seconds); None: it is over.
    """
    values: dict[str, Any] = {"last_outcome": outcome, "state": OVER}
    if again_at is not None:
        values |= {"state": OPEN, "next_at": again_at, "owner": owner, "priority": priority}
    with store.writing() as connection:
        connection.execute(
            update(models.dial_attempts).where(_DIALLED.attempt == attempt).values(outcome=outcome)
        )
        # by the person, who has an index; an attempt has none among the leads
        person = select(_DIALLED.person).where(_DIALLED.attempt == attempt).scalar_subquery()
        connection.execute(
            update(models.leads)
            .where((_LEADS.person == person) & (_LEADS.last_attempt == attempt))
            .values(values)
        )
