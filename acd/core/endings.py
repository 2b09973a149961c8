"""How offers, consultations and talks end, whoever ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.states import Trigger
from acd.core.turn import CONSULT_OVER
from records import events as e

if TYPE_CHECKING:
    from acd.core.model import Ticket
    from acd.core.turn import Turn


def give_up_offers(turn: Turn, ticket: Ticket, outcome: str, but: str = "") -> None:
    """Take back the offers of a call, but one; their agents are free again."""
    for name in ticket.offers:
        if name != but:
            offer = turn.state.offers[name]
            turn.end_offer(offer, outcome, withdraw=True)
            turn.settle(turn.state.agents[offer.agent])


def consult_over(turn: Turn, call: str, outcome: str) -> None:
    """End a consultation, if one is on: the place, offer or talk of whoever was asked."""
    talk = turn.state.talks[call]
    if not talk.consult:
        return
    consult, joined = talk.consult, talk.joined
    ticket = turn.state.tickets.get(consult)
    if ticket is not None:
        give_up_offers(turn, ticket, "caller_gone")
        turn.leave_queue(ticket, CONSULT_OVER)
    elif consult in turn.state.talks:
        end_talk(turn, consult, "system")
    turn.emit(e.ConsultEnded(call=call, consult=consult, agent=talk.agent, outcome=outcome))
    if not joined:
        turn.move(turn.state.agents[talk.agent], Trigger.END_CONSULT)


def end_talk(turn: Turn, call: str, by: str, *, consult_stays: bool = False) -> None:
    """End a talk that is on, with the consultation in it unless that is what goes on."""
    if not consult_stays:
        consult_over(turn, call, "over")
    talk = turn.state.talks[call]
    turn.emit(
        e.TalkEnded(
            call=call,
            queue=talk.queue,
            agent=talk.agent,
            by=by,
            talk_s=round(turn.now - talk.since, 6),
        )
    )
    agent = turn.state.agents[talk.agent]
    most = max(talk.wrap_up_s, talk.wrap_up_most_s)
    turn.move(agent, Trigger.END_TALK, until=turn.now + talk.wrap_up_s, most=turn.now + most)
    if talk.wrap_up_s <= 0:
        turn.settle(agent)
