"""What expressions of a dialplan may ask of a queue: ``queue.cards.length``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.views import queue_view

if TYPE_CHECKING:
    from acd.core.acd import Acd
    from acd.views import QueueView

QUEUE_FACTS = ("length", "wait", "longest_wait", "ready", "agents")


def queue_fact(acd: Acd, name: str, now: float) -> str | None:
    """Give ``queue.NAME.FACT`` as text, None for another name.  ``now`` is in steady seconds."""
    queue, fact = name.removeprefix("queue.").rpartition(".")[::2]
    if not name.startswith("queue.") or fact not in QUEUE_FACTS:
        return None
    view = queue_view(acd, queue, now)
    if view is None:
        return None
    if fact == "wait":
        return _expected(acd, view, now)
    values = {
        "length": view.waiting + view.callbacks,
        "longest_wait": round(view.longest_wait_s),
        "ready": view.ready,
        "agents": view.agents,
    }
    return str(values[fact])


def _expected(acd: Acd, queue: QueueView, now: float) -> str:
    """Give the seconds within which four fifths of the callers who join now are answered; empty if unknown.

    With an agent ready and nobody ahead it is the time that phones ring.
    """
    waits = acd.floor.waits
    ahead = waits.ahead(queue.name, queue.priority)
    if queue.ready and not ahead:
        return str(round(waits.ringing_s(queue.name)))
    told = waits.estimate(queue.name, queue.priority, ahead, now) if queue.agents else None
    return "" if told is None else str(round(told.p80))
