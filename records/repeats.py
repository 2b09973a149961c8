"""Repeat contact and first contact resolution: who called again on the same issue, from the call records.

The issue is the queue, for want of wrap-up codes.  A contact is a call that an agent answered.  It was
resolved at once unless the same customer asked for the same queue again within the window.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from records import models

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

WINDOW = timedelta(days=7)
METHOD = "by queue, for want of wrap-up codes"
_KEYS = {"queue": "queue", "agent": "agent", "number": "dialed"}


class Repeats(msgspec.Struct):
    """The figures, with window and method."""

    contacts: int = 0
    resolved: int = 0
    customers: int = 0
    repeating: int = 0
    """Customers who contacted again."""
    window_days: int = WINDOW.days
    method: str = METHOD
    complete: bool = True
    """False while the window of the last contacts is still open."""

    @property
    def fcr(self) -> float | None:
        """Contacts with no further one ÷ contacts."""
        return self.resolved / self.contacts if self.contacts else None

    @property
    def repeat_contact(self) -> float | None:
        """Customers who contacted again ÷ customers."""
        return self.repeating / self.customers if self.customers else None


def repeats(
    connection: Connection, since: datetime, until: datetime, now: datetime, by: str = "site"
) -> dict[str, Repeats]:
    """Give the figures of the calls that arrived from ``since`` to before ``until``, by name.

    ``by`` is site (one entry, named ''), queue, agent (who had the first contact) or number.
    """
    table = models.call_records
    key = table.c[_KEYS[by]] if by in _KEYS else table.c.queue
    query = (
        select(table.c.subject, table.c.queue, table.c.arrived_at, table.c.connected_at, key.label("name"))
        .where(table.c.queue.is_not(None))
        .where((table.c.arrived_at >= since) & (table.c.arrived_at < until + WINDOW))
        .order_by(table.c.arrived_at)
    )
    times: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    rows = connection.execute(query).all()
    for row in rows:
        times[row.subject, row.queue].append(row.arrived_at)
    found: defaultdict[str, Repeats] = defaultdict(lambda: Repeats(complete=until + WINDOW <= now))
    again: defaultdict[str, dict[tuple[str, str], bool]] = defaultdict(dict)
    for row in rows:
        if row.connected_at is None or row.arrived_at >= until:
            continue
        name = (row.name or "") if by in _KEYS else ""
        who = (row.subject, row.queue)
        came_back = any(row.arrived_at < at <= row.arrived_at + WINDOW for at in times[who])
        figures = found[name]
        figures.contacts += 1
        figures.resolved += not came_back
        again[name][who] = again[name].get(who, False) or came_back
    for name, customers in again.items():
        found[name].customers = len(customers)
        found[name].repeating = sum(customers.values())
    return dict(found)
