"""What becomes of inputs about offers and talks.  Late ones find nothing and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.commands import Connect
from acd.core.endings import end_talk, give_up_offers
from acd.core.model import CONNECT_S
from acd.core.states import State, Trigger
from records import events as e

if TYPE_CHECKING:
    from acd.core import inputs as i
    from acd.core.model import Offer
    from acd.core.turn import Turn

MISSES = {"busy": "busy", "no_answer": "no_answer", "rejected": "rejected", "normal": "rejected"}
"""How a leg ended → why its agent missed the call.  Other causes say that the phone could not be reached."""


def call_gone(turn: Turn, gone: i.CallGone) -> None:
    """Give back whatever the call held."""
    ticket = turn.state.tickets.get(gone.call)
    if ticket is not None:
        give_up_offers(turn, ticket, "caller_gone")
        turn.leave_queue(ticket, gone.reason)
    elif gone.call in turn.state.talks:
        end_talk(turn, gone.call, "caller")


def offer_progress(turn: Turn, sign: i.OfferProgress) -> None:
    """Begin the ring time."""
    offer = turn.state.offers.get(sign.offer)
    if offer is None or offer.rang_at is not None or offer.answered_at is not None:
        return
    ring_s = turn.state.tickets[offer.call].ring_s
    turn.emit(e.OfferRang(offer=offer.offer, call=offer.call, agent=offer.agent, deadline=turn.now + ring_s))
    turn.move(turn.state.agents[offer.agent], Trigger.RING)


def offer_answered(turn: Turn, sign: i.OfferAnswered) -> None:
    """Have the two connected."""
    offer = turn.state.offers.get(sign.offer)
    if offer is None or offer.answered_at is not None:
        return
    dials_s = turn.state.tickets[offer.call].dials_s
    deadline = turn.now + (dials_s or CONNECT_S)
    turn.emit(e.OfferAnswered(offer=offer.offer, call=offer.call, agent=offer.agent, deadline=deadline))
    if dials_s:
        turn.move(turn.state.agents[offer.agent], Trigger.DIAL)
    turn.command(Connect(call=offer.call, offer=offer.offer))
    give_up_offers(turn, turn.state.tickets[offer.call], "taken", but=offer.offer)


def offer_connected(turn: Turn, sign: i.OfferConnected) -> None:
    """Begin the talk."""
    offer = turn.state.offers.get(sign.offer)
    if offer is not None:
        begin_talk(turn, offer)


def begin_talk(turn: Turn, offer: Offer) -> None:
    """Turn an offer into a talk."""
    ticket = turn.state.tickets[offer.call]
    give_up_offers(turn, ticket, "taken", but=offer.offer)  # there are some if the answer went unheard
    # an agent who answered before anybody was dialed has ended nobody's wait
    answered_at = turn.now if offer.answered_at is None or ticket.dials_s else offer.answered_at
    turn.emit(
        e.CallConnected(
            offer=offer.offer,
            call=offer.call,
            queue=offer.queue,
            agent=offer.agent,
            wait_s=round(answered_at - ticket.since, 6),
            direct=ticket.direct,
        )
    )
    turn.move(turn.state.agents[offer.agent], Trigger.TALK)


def offer_failed(turn: Turn, failed: i.OfferFailed) -> None:
    """Give both back: a miss for an agent who would or did not, unreachable for a phone that could not."""
    offer = turn.state.offers.get(failed.offer)
    if offer is None:
        return
    missed = MISSES.get(failed.cause)
    if missed is not None:
        miss(turn, offer, missed, withdraw=False)
    else:
        silent(turn, offer, "failed" if failed.cause == "failure" else "unreachable", withdraw=False)


def miss(turn: Turn, offer: Offer, reason: str, *, withdraw: bool) -> None:
    """Take a call back from an agent who is then, as a rule, not offered more until they say so."""
    stays_ready = turn.state.tickets[offer.call].after_no_answer == State.READY
    agent = turn.state.agents[offer.agent]
    turn.end_offer(offer, reason, withdraw=withdraw)
    if stays_ready:
        turn.settle(agent)
    else:
        turn.move(agent, Trigger.MISS, reason=reason)


def silent(turn: Turn, offer: Offer, outcome: str, *, withdraw: bool) -> None:
    """Take a call back from a phone that gave no sign of life."""
    agent = turn.state.agents[offer.agent]
    turn.end_offer(offer, outcome, withdraw=withdraw)
    turn.emit(e.PhoneStateChanged(phone=offer.phone, reachable=False, reason="silent"))
    turn.set_pending(agent, State.READY.value)
    turn.move(agent, Trigger.LOSE, reason="silent")


def connect_failed(turn: Turn, failed: i.ConnectFailed) -> None:
    """Give both back; neither is to blame."""
    offer = turn.state.offers.get(failed.offer)
    if offer is not None:
        turn.end_offer(offer, "failed", withdraw=False)
        turn.settle(turn.state.agents[offer.agent])


def talk_over(turn: Turn, over: i.TalkOver) -> None:
    """Begin the wrap-up."""
    if over.call in turn.state.talks:
        end_talk(turn, over.call, over.by)


def offer_deadline(turn: Turn, name: str) -> None:
    """End an offer whose time is up."""
    offer = turn.state.offers[name]
    if offer.answered_at is not None:
        turn.end_offer(offer, "failed", withdraw=True)
        turn.settle(turn.state.agents[offer.agent])
    elif offer.rang_at is not None:
        miss(turn, offer, "no_answer", withdraw=True)
    else:
        silent(turn, offer, "unreachable", withdraw=True)
