"""What becomes of inputs in a talk: hold, consultation, conference, transfer.

Whoever is consulted among the agents gets a call of their own, ``CALL+N``, which is offered, answered and
ended like any other; when the call is handed over, its talk becomes the call's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.endings import consult_over, end_talk
from acd.core.errors import CantTransfer, NoTalk, UnknownAgent, UnknownQueue
from acd.core.states import State, Trigger, in_words
from acd.core.waiting import enter_again, enter_directly, enter_for_consult, enter_in_front
from records import events as e

if TYPE_CHECKING:
    from acd.core import inputs as i
    from acd.core.model import Talk
    from acd.core.turn import Turn

RECALL_S = 60.0
"""How long a call that nobody took waits for the agent who gave it away, before others are offered it."""
AGENT, QUEUE, OUTSIDE = "agent", "queue", "outside"


def _talk(turn: Turn, call: str) -> Talk:
    talk = turn.state.talks.get(call)
    if talk is None:
        raise NoTalk(call)
    return talk


def hold(turn: Turn, asked: i.HoldTalk) -> None:
    """Put the caller on hold."""
    talk = _talk(turn, asked.call)
    if talk.held:
        return
    if talk.joined:
        raise CantTransfer("in a conference nobody is put on hold; end it, or leave it by a transfer")
    turn.move(turn.state.agents[talk.agent], Trigger.HOLD)
    turn.emit(e.TalkHeld(call=talk.call, agent=talk.agent, by=asked.by))


def resume(turn: Turn, asked: i.ResumeTalk) -> None:
    """Take the caller off hold."""
    talk = _talk(turn, asked.call)
    if talk.held:
        turn.move(turn.state.agents[talk.agent], Trigger.UNHOLD)
        turn.emit(e.TalkResumed(call=talk.call, agent=talk.agent, by=asked.by))


def agent_lost(turn: Turn, lost: i.AgentLost) -> None:
    """Let the caller wait in front of everybody else; the agent's phone is gone until it is seen again."""
    talk = _talk(turn, lost.call)
    if talk.queue not in turn.floor.queues:
        raise UnknownQueue(talk.queue, turn.floor.queues)
    agent = turn.state.agents[talk.agent]
    if turn.floor.reachable(agent.phone):
        turn.emit(e.PhoneStateChanged(phone=agent.phone, reachable=False, reason="silent"))
    end_talk(turn, talk.call, "lost")
    if agent.state is State.WRAP_UP:  # of a call that is not over for them
        turn.settle(agent)
    enter_in_front(turn, talk.call, talk.queue, talk.waited_s)


# ── consultation ─────────────────────────────────────────────────────────────────────────────────


def begin_consult(turn: Turn, asked: i.BeginConsult) -> None:
    """Let an agent ask somebody, while the caller waits."""
    talk = _talk(turn, asked.call)
    if talk.consult:
        raise CantTransfer("a consultation is on already; complete it or take it back first")
    _check(turn, talk, asked.to)
    consult = f"{talk.call}{e.PART}{talk.consults + 1}"
    turn.move(turn.state.agents[talk.agent], Trigger.CONSULT)
    turn.emit(
        e.ConsultBegan(
            call=talk.call, consult=consult, agent=talk.agent, kind=asked.to.kind, to=asked.to.name
        )
    )
    match asked.to.kind:
        case "agent":
            enter_directly(turn, consult, asked.to.name, talk, wrap_up_s=0.0)
        case "queue":
            enter_for_consult(turn, consult, asked.to.name, talk)
        case _:
            pass  # an outside line is dialed by whoever asked


def _check(turn: Turn, talk: Talk, to: i.Target) -> None:
    """Raise for somebody who can't be had; nothing is changed then."""
    match to.kind:
        case "agent":
            _check_agent(turn, talk, to.name)
        case "queue" if to.name not in turn.floor.queues:
            raise UnknownQueue(to.name, turn.floor.queues)
        case _:
            pass


def _check_agent(turn: Turn, talk: Talk, number: str) -> None:
    if number not in turn.floor.profiles:
        raise UnknownAgent(number, turn.floor.profiles)
    if number == talk.agent:
        raise CantTransfer(f"agent {number} has the call already; name somebody else")
    other = turn.floor.agent(number)
    if other.state is not State.READY:
        raise CantTransfer(f"agent {number} {in_words(other.state)}; name somebody else, or a queue")


def join_consult(turn: Turn, asked: i.JoinConsult) -> None:
    """Let all three talk."""
    talk = _talk(turn, asked.call)
    if not talk.consult or talk.joined:
        raise CantTransfer("there is nobody to be joined; consult somebody first")
    _check_there(turn, talk)
    turn.emit(e.ConsultJoined(call=talk.call, consult=talk.consult, agent=talk.agent))
    turn.move(turn.state.agents[talk.agent], Trigger.END_CONSULT)


def _check_there(turn: Turn, talk: Talk) -> None:
    if talk.consult_kind != OUTSIDE and talk.consult not in turn.state.talks:
        raise CantTransfer("whoever is consulted has not answered yet; wait, or take the consultation back")


def end_consult(turn: Turn, asked: i.EndConsult) -> None:
    """Bring the agent back to the caller; a consultation that is over is fine."""
    if asked.call in turn.state.talks:
        consult_over(turn, asked.call, asked.outcome)


# ── transfer ─────────────────────────────────────────────────────────────────────────────────────


def transfer(turn: Turn, asked: i.TransferTalk) -> None:
    """Hand a call over: the agent is done with it, and begins the wrap-up."""
    talk = _talk(turn, asked.call)
    if asked.to is None:
        _transfer_attended(turn, talk)
        return
    if talk.consult:
        raise CantTransfer("a consultation is on; complete it or take it back first")
    _check(turn, talk, asked.to)
    end_talk(turn, talk.call, "transfer")
    turn.emit(_handed_over(talk, "blind", asked.to.kind, asked.to.name))
    match asked.to.kind:
        case "agent":
            enter_directly(turn, talk.call, asked.to.name, talk, wrap_up_s=talk.wrap_up_s)
        case "queue":
            enter_again(turn, talk.call, asked.to.name, talk.waited_s)
        case _:
            pass  # a menu or an outside number: the call's own task goes on with it


def _transfer_attended(turn: Turn, talk: Talk) -> None:
    if not talk.consult:
        raise CantTransfer("it is not said to whom; name a target, or consult somebody first")
    _check_there(turn, talk)
    consult, state = talk.consult, turn.state
    other = state.talks.get(consult)
    to = (AGENT, other.agent) if other is not None else (OUTSIDE, "")
    end_talk(turn, talk.call, "transfer", consult_stays=True)
    turn.emit(_handed_over(talk, "attended", *to, consult=consult))
    if other is not None:
        agent = state.agents[other.agent]
        turn.emit(
            e.AgentStateChanged(
                agent=agent.number,
                before=agent.state.value,
                after=agent.state.value,
                phone=agent.phone,
                call=talk.call,
            )
        )


def _handed_over(talk: Talk, kind: str, to_kind: str, to: str, consult: str = "") -> e.CallTransferred:
    return e.CallTransferred(
        call=talk.call,
        agent=talk.agent,
        queue=talk.queue,
        kind=kind,
        to_kind=to_kind,
        to=to,
        consult=consult,
        waited_s=talk.waited_s,
        wrap_up_s=talk.wrap_up_s if consult else 0.0,
        wrap_up_most_s=talk.wrap_up_most_s if consult else 0.0,
    )


def take_over(turn: Turn, asked: i.TakeOver) -> None:
    """Give the call to a supervisor; the agent is done with it."""
    talk = _talk(turn, asked.call)
    supervisor = turn.floor.agent(asked.supervisor)
    if supervisor.state is not State.PAUSED:
        raise CantTransfer(f"agent {supervisor.number} {in_words(supervisor.state)} and can't take over now")
    end_talk(turn, talk.call, "transfer")
    turn.emit(
        e.CallTransferred(
            call=talk.call,
            agent=talk.agent,
            queue=talk.queue,
            kind="takeover",
            to_kind=AGENT,
            to=supervisor.number,
            waited_s=talk.waited_s,
            leg=asked.leg,
        )
    )
    turn.set_pending(supervisor, State.PAUSED.value, supervisor.reason)
    for step in (Trigger.DIAL, Trigger.TALK):
        turn.move(supervisor, step, call=talk.call)


def give_back(turn: Turn, asked: i.ReturnTransfer) -> None:
    """Let a call that nobody took wait for the agent who gave it away; after a while, for others."""
    handed = turn.state.transferred.get(asked.call)
    if handed is None:
        raise NoTalk(asked.call)
    turn.emit(e.TransferFailed(call=asked.call, agent=handed.agent, outcome=asked.outcome))
    enter_again(turn, asked.call, handed.queue, handed.waited_s, agent=handed.agent, agent_s=RECALL_S)
