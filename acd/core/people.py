"""What becomes of inputs about agents and phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.errors import PhoneInUse, PhoneNeeded, UnknownAgent, WrapUpAtLimit
from acd.core.model import Profile
from acd.core.states import ON_A_CALL, IllegalTransition, State, Trigger
from records import events as e

if TYPE_CHECKING:
    from acd.core import inputs as i
    from acd.core.model import Agent
    from acd.core.turn import Turn

_BUSY = ON_A_CALL | {State.WRAP_UP}


def _agent(turn: Turn, number: str) -> Agent:
    if number not in turn.floor.profiles and number not in turn.state.agents:
        raise UnknownAgent(number, turn.floor.profiles)
    return turn.floor.agent(number)


def log_in(turn: Turn, asked: i.LogIn) -> None:
    """Let an agent take a phone, from whoever had it and from the phone that they had."""
    if asked.agent not in turn.floor.profiles:
        raise UnknownAgent(asked.agent, turn.floor.profiles)
    if not asked.phone:
        raise PhoneNeeded(asked.agent)
    agent = turn.floor.agent(asked.agent)
    if agent.phone == asked.phone:
        turn.renew_lease(agent)
        return
    if agent.state in _BUSY:
        raise IllegalTransition(agent.number, Trigger.LOG_IN, agent.state)
    holder = turn.floor.on_phone.get(asked.phone)
    if holder is not None:
        other = turn.state.agents[holder]
        if other.state in _BUSY:
            raise PhoneInUse(asked.phone, other.number, other.state.value)
        turn.log_out(other)
    if agent.state is not State.LOGGED_OUT:
        turn.log_out(agent)
    turn.move(agent, Trigger.LOG_IN, reason="login", phone=asked.phone)
    agent = turn.state.agents[asked.agent]
    turn.renew_lease(agent)
    if not turn.floor.reachable(asked.phone):
        turn.lose(agent, "gone")


def note_profiles(turn: Turn) -> None:
    """Record what the directory says of its agents, as far as the log does not say so already."""
    known, said = turn.floor.profiles, turn.state.profiled
    for number, profile in known.items():
        if said.get(number) != Profile(profile.skills, profile.ranks):
            turn.emit(e.AgentProfiled(agent=number, skills=dict(profile.skills), ranks=dict(profile.ranks)))
    for number in [number for number in said if number not in known]:
        turn.emit(e.AgentProfiled(agent=number, removed=True))


def refuse_login(turn: Turn, refused: i.RefuseLogin) -> None:
    """Take note of a wrong login."""
    turn.emit(e.LoginRefused(phone=refused.phone, agent=refused.agent, reason=refused.reason))


def log_out(turn: Turn, asked: i.LogOut) -> None:
    """Let an agent go, after the talk if there is one."""
    agent = _agent(turn, asked.agent)
    if agent.state in ON_A_CALL:
        turn.set_pending(agent, State.LOGGED_OUT.value)
    elif agent.state is not State.LOGGED_OUT:
        turn.log_out(agent)


def pause(turn: Turn, asked: i.Pause) -> None:
    """Begin a pause, or another one; an offer is taken back."""
    agent = _agent(turn, asked.agent)
    if agent.state in _BUSY or agent.state is State.UNREACHABLE:
        turn.set_pending(agent, State.PAUSED.value, asked.reason)
    elif agent.state is not State.PAUSED or agent.reason != asked.reason:
        if agent.state is State.LOGGED_OUT:
            raise IllegalTransition(agent.number, Trigger.PAUSE, agent.state)
        turn.withdraw_from(agent)
        turn.move(agent, Trigger.PAUSE, reason=asked.reason)


def ready(turn: Turn, asked: i.Ready) -> None:
    """Make an agent ready, now or when call and phone allow."""
    agent = _agent(turn, asked.agent)
    match agent.state:
        case State.LOGGED_OUT:
            raise IllegalTransition(agent.number, Trigger.READY, agent.state)
        case State.UNREACHABLE:
            turn.set_pending(agent, State.READY.value)
        case State.PAUSED | State.MISSED:
            turn.settle(agent)
        case State.WRAP_UP:
            turn.set_pending(agent, "")
            turn.settle(agent)
        case _:
            turn.set_pending(agent, "")


def finish_wrap_up(turn: Turn, asked: i.FinishWrapUp) -> None:
    """End the wrap-up before its limit."""
    agent = _agent(turn, asked.agent)
    if agent.state is not State.WRAP_UP:
        raise IllegalTransition(agent.number, Trigger.FINISH_WRAP_UP, agent.state)
    turn.settle(agent)


def extend_wrap_up(turn: Turn, asked: i.ExtendWrapUp) -> None:
    """Give an agent more time, up to what the queue allows."""
    agent = _agent(turn, asked.agent)
    if agent.state is not State.WRAP_UP or agent.until is None:
        raise IllegalTransition(agent.number, Trigger.EXTEND_WRAP_UP, agent.state)
    most = agent.most if agent.most is not None else agent.until
    until = min(agent.until + asked.seconds, most)
    if until <= agent.until:
        raise WrapUpAtLimit(agent.number)
    turn.move(agent, Trigger.EXTEND_WRAP_UP, reason=agent.reason, until=until, most=agent.most)


def phone_seen(turn: Turn, seen: i.PhoneSeen) -> None:
    """Renew the lease that hangs on a phone; bring its agent back from unreachable."""
    phone = turn.state.phones.get(seen.phone)
    if phone is not None and phone.doubted_until > turn.now:
        return
    number = turn.floor.on_phone.get(seen.phone)
    if number is not None:
        turn.floor.seen[seen.phone] = turn.now
    if phone is not None and phone.reachable:
        return
    turn.emit(e.PhoneStateChanged(phone=seen.phone, reachable=True))
    if number is not None:
        agent = turn.state.agents[number]
        turn.renew_lease(agent)
        if agent.state is State.UNREACHABLE:
            turn.settle(agent)


def phone_gone(turn: Turn, gone: i.PhoneGone) -> None:
    """End what hangs on a phone, but not a conversation."""
    phone = turn.state.phones.get(gone.phone)
    # one that is only doubted is now known to be gone: the next sighting is fresh
    if phone is not None and (phone.reachable or phone.doubted_until > turn.now):
        turn.emit(e.PhoneStateChanged(phone=gone.phone, reachable=False, reason="gone"))
    _lose_agent_on(turn, gone.phone, "gone")


def lease_lapsed(turn: Turn, number: str) -> None:
    """Stop acting on behalf of an agent whose phone was not seen for too long."""
    agent = turn.state.agents[number]
    turn.emit(e.PhoneStateChanged(phone=agent.phone, reachable=False, reason="lapsed"))
    turn.emit(e.AgentLeaseChanged(agent=number, phone="", until=turn.floor.lease_end(agent)))
    turn.lose(agent, "lapsed")


def _lose_agent_on(turn: Turn, phone: str, reason: str) -> None:
    number = turn.floor.on_phone.get(phone)
    if number is not None:
        turn.lose(turn.state.agents[number], reason)
