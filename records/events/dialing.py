"""Trunks and dialing out: callers who are turned away, trunks that come and go, calls that agents make."""

from __future__ import annotations

from records.events.base import Event


class CallBlocked(Event, frozen=True, tag=True, kw_only=True):
    """A caller was turned away by the site's ``blocked:``; there is no call, and no record of one."""

    leg: str
    trunk: str
    dialed: str
    caller: str
    """The number without all but its last two digits; empty when none was shown."""
    rule: str
    """The entry of ``blocked:``."""
    cause: str


class DialAnswered(Event, frozen=True, tag=True, kw_only=True):
    """Whoever was dialed for a call has answered; DialEnded follows when they are gone."""

    call: str
    leg: str


class DialRefused(Event, frozen=True, tag=True, kw_only=True):
    """An outside number was not dialed, because the site does not allow it or its limits are reached."""

    purpose: str
    """dial, callback, agent_call, transfer, …"""
    by: str
    """An agent's number or a call's id."""
    to: str
    """The number without all but its last two digits."""
    reason: str
    """As in callflow.protocol.Refusal."""


class TrunkStateChanged(Event, frozen=True, tag=True, kw_only=True):
    """A trunk's registration, or whether it answers our probes, changed."""

    trunk: str
    registration: str
    """registered, unregistered, rejected; empty for a trunk that we don't register with."""
    reachable: str
    """yes, no; empty when it is not probed."""


class AgentDialed(Event, frozen=True, tag=True, kw_only=True):
    """An agent began a call of their own; whoever they call stands where a caller does, on the call's leg."""

    call: str
    agent: str
    """Empty on a phone where nobody is logged in."""
    phone: str
    leg: str
    """The agent's leg: one that came in from the phone, or one that rings it first."""
    queue: str = ""
    """For which queue it is; empty for none."""
    colleague: str = ""
    """Number of the agent who is called; empty for an outside number."""
    wrap_up_s: float = 0.0
    wrap_up_most_s: float = 0.0
    subject: str = ""
    """Whose number it is."""


class AgentReached(Event, frozen=True, tag=True, kw_only=True):
    """An agent and whom they called hear each other."""

    call: str
    agent: str
    queue: str = ""
    rang_s: float = 0.0
    """From the begin of the call to the answer."""


class AgentDialOver(Event, frozen=True, tag=True, kw_only=True):
    """An agent's own call is over; whether there was a talk is AgentReached's to say."""

    call: str
    agent: str
    queue: str = ""
    outcome: str = ""
    """completed, busy, no_answer, rejected, failed, agent_left, agent_no_answer, not_allowed, …"""
    talk_s: float = 0.0
    """With a colleague; the talk with anybody else is TalkEnded's."""
