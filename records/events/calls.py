"""A call's life: it begins, is answered, passes through stages, ends."""

from __future__ import annotations

from records.events.base import Event


class CallArrived(Event, frozen=True, tag=True, kw_only=True):
    """A caller reached us and hears ringing."""

    call: str
    leg: str
    dialed: str
    trunk: str
    subject: str


class CallPlaced(Event, frozen=True, tag=True, kw_only=True):
    """We begin a call of our own; whoever it is placed to stands where a caller does.

    Nobody has been dialed yet: DialStarted of ``leg`` says when.
    """

    call: str
    leg: str
    purpose: str
    """Which part placed it: callback, …"""
    reference: str
    """What that part knows it by: a callback's id, …"""
    to: str
    """The number without all but its last two digits; the number itself is in the vault."""
    trunk: str
    """Empty where routes choose, and for a phone of the house."""
    subject: str
    language: str = ""
    follows: str = ""
    """The call that it follows from; empty when there is none."""
    route: str = ""
    """The route that was asked for: a name, or ``any``."""
    phone: str = ""
    """The phone of the house that is called; empty for an outside number."""
    caller_number: str = ""
    """Our number that is to be shown, where it is not the route's."""


class CallAnswered(Event, frozen=True, tag=True, kw_only=True):
    """The caller's line was answered; of a call that we placed, by whoever was dialed."""

    call: str


class StageEntered(Event, frozen=True, tag=True, kw_only=True):
    """A stage took the call over."""

    call: str
    stage: str


class DialStarted(Event, frozen=True, tag=True, kw_only=True):
    """A phone or an outside number is being called for a caller: a fact and a leg for each attempt."""

    call: str
    leg: str
    to: str
    """A phone's name; an outside number without all but its last two digits."""
    trunk: str = ""
    """Empty for a phone of the house."""
    route: str = ""
    """The route that led to the trunk; empty when the trunk was named."""
    country: str = ""
    """ISO 3166 code of an outside number's country; empty when nobody knows."""


class DialEnded(Event, frozen=True, tag=True, kw_only=True):
    """What came of dialing."""

    call: str
    leg: str
    """Empty when nothing was dialed."""
    outcome: str
    """completed, busy, no_answer, not_allowed, failed, caller_gone; of a call that we placed answered, busy,
    rejected, no_answer, not_allowed, trunk_full, failed, given_up (by us).  Of an attempt after which another
    trunk is tried congestion, unreachable, failed, no_sign."""
    rang_s: float = 0.0
    talk_s: float = 0.0


class CallEnded(Event, frozen=True, tag=True, kw_only=True):
    """The terminal fact of a call; exactly one each."""

    call: str
    outcome: str
    """completed, abandoned, hung_up_in_menu, ended_by_menu, failed, …"""
    by: str
    """caller, agent, system."""
    cause: str
    found_after_restart: bool = False
    """True when the call ended while no controller watched; the time is then that of the discovery."""
