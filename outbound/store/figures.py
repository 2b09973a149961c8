"""What was answered and dropped, day by day: what the drop budget has to know after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, case, cast, func, select

from outbound.rules.terms import DAY_S
from records import models

if TYPE_CHECKING:
    from outbound.store.opened import OutboundStore

_DIALLED = models.dial_attempts.c


def answers_by_day(store: OutboundStore, campaign: str, today: float, days: int) -> list[tuple[int, int]]:
    """Give (live answers, drops) of each of the last ``days`` days, the oldest first, today's last.

    ``today``: when it began (Unix seconds); days before are taken as 24 hours long.
    """
    first = today - (days - 1) * DAY_S
    day = cast(func.floor((_DIALLED.ended_at - first) / DAY_S), BigInteger).label("day")
    query = (
        select(day, func.count(), func.sum(case((_DIALLED.dropped, 1), else_=0)))
        .where((_DIALLED.campaign == campaign) & _DIALLED.answered & (_DIALLED.ended_at >= first))
        .group_by(day)
    )
    found = [(0, 0)] * days
    with store.reading() as connection:
        for place, answers, drops in connection.execute(query):
            if place < days:
                found[place] = (answers, drops)
    return found
