"""Which leads may still be dialled: time passes, lists are imported anew, and people call by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select, update

from outbound.store.opened import LIVE, OPEN, OVER, imports_of
from records import models

if TYPE_CHECKING:
    from collections.abc import Collection

    from outbound.store.opened import OutboundStore

EXPIRED, CALLED_IN = "EXPIRED", "CALLED_IN"
"""Last outcomes of leads that are over without another attempt."""
_LEADS, _LISTS = models.leads.c, models.lead_lists.c


def still_open(store: OutboundStore, ids: Collection[int]) -> set[int]:
    """Give those that are open, on a list that is live: it may have been imported anew, or deleted."""
    query = (
        select(_LEADS.id)
        .join_from(models.leads, models.lead_lists, _LEADS.lead_list == _LISTS.id)
        .where(_LEADS.id.in_(ids) & (_LEADS.state == OPEN) & (_LISTS.state == LIVE))
    )
    with store.reading() as connection:
        return set(connection.scalars(query))


def expire(store: OutboundStore, list_name: str, now: float) -> int:
    """End the leads of a list that were to be called until now; gives how many there were."""
    late = (
        _LEADS.lead_list.in_(imports_of(list_name, LIVE))
        & (_LEADS.state == OPEN)
        & (_LEADS.priority > 0)  # those with an end were promised a call: a look into the index
        & (_LEADS.until > 0)
        & (_LEADS.until <= now)
    )
    with store.reading() as connection:
        if not connection.scalar(select(exists().where(late))):
            return 0
    with store.writing() as connection:
        changed = connection.execute(
            update(models.leads).where(late).values(state=OVER, last_outcome=EXPIRED)
        )
        return changed.rowcount


def called_in(store: OutboundStore, person: bytes) -> int:
    """End the leads of somebody who was to be called back and has reached an agent by calling."""
    promised = (_LEADS.person == person) & (_LEADS.state == OPEN) & (_LEADS.until > 0)
    with store.writing() as connection:
        changed = connection.execute(
            update(models.leads).where(promised).values(state=OVER, last_outcome=CALLED_IN)
        )
        return changed.rowcount
