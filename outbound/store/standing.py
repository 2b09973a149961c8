"""Which leads that were taken from a list some time ago may still be dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from outbound.store.opened import LIVE, OPEN
from records import models

if TYPE_CHECKING:
    from collections.abc import Collection

    from outbound.store.opened import OutboundStore

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
