"""Promises to call back, and the places in a queue that they keep."""

from __future__ import annotations

from records.events.base import Event


class CallbackPromised(Event, frozen=True, tag=True, kw_only=True):
    """A caller is to be called back; the number is in the vault under ``callback:ID``."""

    call: str
    callback: str
    queue: str
    subject: str
    when: str
    """now, next_opening."""
    hours: str = ""
    """The opening hours that are meant; empty when the step names none."""
    due: float | None = None
    """Steady seconds before which nobody is to call; None when the hours don't open within 400 days."""
    language: str
    since: float = 0.0
    """Steady seconds of the place in the queue that is kept; 0 for the envelope's time."""
    waited: bool = False
    """True when the call has waited in that queue: the place is that of its last wait."""
    priority: int | None = None
    """Of that wait; None for the queue's."""
    customer_class: str = ""


class CallbackTried(Event, frozen=True, tag=True, kw_only=True):
    """A call that was to keep a promise is over, and did not settle it."""

    callback: str
    call: str
    outcome: str
    """As the call's."""
    tries: int
    """Calls that were dialed for this promise, this one included if it was."""
    next_at: float
    """Steady seconds: not tried again before."""
    since: float
    """Steady seconds of the place in the queue from now on."""


class CallbackHurried(Event, frozen=True, tag=True, kw_only=True):
    """Somebody asked for a promise to be kept now, whoever else waits."""

    callback: str
    by: str


class CallbackSettled(Event, frozen=True, tag=True, kw_only=True):
    """A promised callback needs nothing more."""

    callback: str
    outcome: str
    """done, withdrawn, declined (by the person called), called_in (they reached the queue by themselves),
    given_up (tried as often as may be), not_allowed (the trunk may not dial the number), erased."""
    call: str = ""
    """The call that brought it about, if one did."""


class PlaceHeld(Event, frozen=True, tag=True, kw_only=True):
    """Somebody who is not on the line stands in a queue: counted, but offered to nobody."""

    holder: str
    """A callback's id."""
    queue: str
    priority: int
    since: float
    position: int
    ageing_s: float = 0.0
    """As in QueueEntered."""


class PlaceGivenUp(Event, frozen=True, tag=True, kw_only=True):
    """A held place is no more: its holder is on the line, or needs it no longer."""

    holder: str
    queue: str
