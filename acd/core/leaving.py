"""How a call leaves its queue with no agent found: because the caller, the clock or the staff say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acd.core import inputs as i
    from acd.core.turn import Turn

KEY, CLOSED, EMPTY = "key", "closed", "empty"


def leave(turn: Turn, asked: i.Leave) -> None:
    """Let a call go; the agents whose phones ring for it are free again, and have missed nothing."""
    ticket = turn.state.tickets.get(asked.call)
    if ticket is None:
        return
    offers = [offer for offer in turn.state.offers.values() if offer.call == asked.call]
    if any(offer.answered_at is not None for offer in offers):
        return  # they are being connected
    if offers and asked.reason != KEY:
        return  # they may be served yet; whoever asks, asks again
    for offer in offers:
        turn.end_offer(offer, "withdrawn", withdraw=True)
        turn.settle(turn.state.agents[offer.agent])
    turn.leave_queue(ticket, asked.reason, key=asked.key)
