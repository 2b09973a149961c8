"""What listeners made of the sound of a talk.  None of it steers a call."""

from __future__ import annotations

from records.events.base import Event


class ListeningBegan(Event, frozen=True, tag=True, kw_only=True):
    """A listener is about to hear a talk."""

    call: str
    listener: str
    talk: str
    """The agent's leg; a call may have several talks."""
    sides: dict[str, str]
    """Side (caller, agent) → its leg."""
    resumed: bool = False
    """A controller died during the talk: what was heard before is forgotten."""


class SignalNoted(Event, frozen=True, tag=True, kw_only=True):
    """A listener noticed something while the two talked."""

    call: str
    listener: str
    talk: str
    signal: str
    side: str = ""
    """caller or agent; empty when it is of both."""
    at_s: float
    """Seconds since the talk began."""
    value: float = 0.0
    """The listener says what it is."""
    confidence: float = 0.0
    """How sure the listener is, 0 to 1; 0 when it does not say."""
    detail: dict[str, float | str] = {}
    """What there is to say besides; never words of the caller or the agent."""


class ListeningEnded(Event, frozen=True, tag=True, kw_only=True):
    """What a listener makes of a talk that is over."""

    call: str
    listener: str
    talk: str
    agent: str
    result: dict[str, float]
    """Facts by name; the listener says what each is."""
    heard_s: dict[str, float]
    """Side → seconds of audio that the listener was given."""
    lost_s: dict[str, float] = {}
    """Side → seconds that the listener took too late, and so did not hear."""
    failed: str = ""
    """Why there is no result."""
