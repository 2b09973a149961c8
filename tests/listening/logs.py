"""Events as the log holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from records.events import Recorded

if TYPE_CHECKING:
    from records.events import Event

SINCE = 1_700_000_000.0
"""Steady seconds of the first event; each that follows is a second later."""


def recorded(*events: Event, since: float = SINCE) -> list[Recorded]:
    told: Any = events
    return [
        Recorded(
            site="S", node="n", stream="main", seq=place + 1, epoch=1,
            at=datetime.fromtimestamp(since + place, UTC), event=event,
        )
        for place, event in enumerate(told)
    ]  # fmt: skip
