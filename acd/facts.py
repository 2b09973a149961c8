"""What expressions of a dialplan may ask of a queue: ``queue.cards.length``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.views import queue_view

if TYPE_CHECKING:
    from acd.core.acd import Acd

QUEUE_FACTS = ("length", "wait", "ready", "agents")


def queue_fact(acd: Acd, name: str, now: float) -> str | None:
    """Give ``queue.NAME.FACT`` as text, None for another name.  ``now`` is in steady seconds."""
    queue, fact = name.removeprefix("queue.").rpartition(".")[::2]
    if not name.startswith("queue.") or fact not in QUEUE_FACTS:
        return None
    view = queue_view(acd, queue, now)
    if view is None:
        return None
    match fact:
        case "length":
            return str(view.waiting + view.callbacks)
        case "wait":
            return str(round(view.longest_wait_s))
        case "ready":
            return str(view.ready)
    return str(view.agents)
