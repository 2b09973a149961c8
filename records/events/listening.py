"""What listeners made of the sound of a call.  None of it steers a call by itself."""

from __future__ import annotations

from records.events.base import Event


class ListeningBegan(Event, frozen=True, tag=True, kw_only=True):
    """A listener is about to hear a talk, or a call from its answer on."""

    call: str
    listener: str
    talk: str
    """The agent's leg; a call may have several talks.  Empty for a listener to the whole call."""
    sides: dict[str, str]
    """Side (caller, agent) → its leg, as far as it is there at the begin."""
    resumed: bool = False
    """A controller died meanwhile: what was heard before is forgotten."""


class SignalNoted(Event, frozen=True, tag=True, kw_only=True):
    """A listener noticed something."""

    call: str
    listener: str
    talk: str
    """As in ListeningBegan."""
    signal: str
    side: str = ""
    """caller or agent; empty when it is of both."""
    at_s: float
    """Seconds since the talk began; of a listener to the whole call, since its answer."""
    value: float = 0.0
    """The listener says what it is."""
    confidence: float = 0.0
    """How sure the listener is, 0 to 1; 0 when it does not say."""
    detail: dict[str, float | str] = {}
    """What there is to say besides; never words of the caller or the agent."""
    until: float = 0.0
    """Steady seconds until which it is given out; 0 for ever."""


class HintGiven(Event, frozen=True, tag=True, kw_only=True):
    """An agent was told how the caller whom they talk with sounds, and what may help.

    It is about the caller: ``agent`` is to whom it was shown, and says nothing of them.
    """

    call: str
    agent: str
    queue: str
    listener: str
    signal: str
    at_s: float
    """As in SignalNoted."""
    confidence: float
    trend: str
    """rising, steady or falling."""
    wording: dict[str, str]
    """Language → what the site suggests to say or do; none for a signal of which it suggests nothing."""
    until: float = 0.0
    """As in SignalNoted."""


class EmotionAlarm(Event, frozen=True, tag=True, kw_only=True):
    """A caller has been angry for so long that a supervisor should know.  It names no agent."""

    call: str
    queue: str
    """The last that they waited or talked in; empty before any."""
    listener: str
    at_s: float
    """As in SignalNoted."""
    angry_s: float
    """Seconds of angry speech within the time that the site counts."""
    confidence: float
    until: float = 0.0
    """As in SignalNoted."""


class ListeningEnded(Event, frozen=True, tag=True, kw_only=True):
    """What a listener makes of what it heard, which is over."""

    call: str
    listener: str
    talk: str
    """As in ListeningBegan."""
    agent: str
    """Empty for a listener to the whole call."""
    result: dict[str, float]
    """Facts by name; the listener says what each is."""
    heard_s: dict[str, float]
    """Side → seconds of audio that the listener was given."""
    lost_s: dict[str, float] = {}
    """Side → seconds that the listener took too late, and so did not hear."""
    failed: str = ""
    """Why there is no result."""
    early: str = ""
    """Why it ended before the call did: the key of its rule that speaks against it."""
    curves: dict[str, int] = {}
    """Curve → how many points it has.  The points are in the vault, with the caller's other values."""
    until: float = 0.0
    """Steady seconds until which the curves are kept; 0 for as long as their caller is known."""


class ConsentGiven(Event, frozen=True, tag=True, kw_only=True):
    """A caller agreed to be heard by a listener, or to be recorded."""

    call: str
    to: str
    """The listener, or ``recording``."""
    how: str
    """``key 1``, …"""


class ConsentRefused(Event, frozen=True, tag=True, kw_only=True):
    """A caller did not agree, or does not agree any more."""

    call: str
    to: str
    how: str
    """``key 2``, no_input, invalid."""


class SignalUsed(Event, frozen=True, tag=True, kw_only=True):
    """Something was decided by what a listener had noticed, as the admin wrote it: one for each name read."""

    call: str
    file: str
    line: int
    expression: str
    """As written."""
    signal: str
    """The name that it read: ``heard.emotion.signal``."""
    value: str
    """What that was."""
    outcome: str
    """The way that was taken: then, else, a case, default; ``set NAME`` where a variable got the value."""


def is_withheld(event: Event, now: float) -> bool:
    """Tell whether an event is given out no more: a signal of a listener with ``keep``, or what followed."""
    return isinstance(event, SignalNoted | HintGiven | EmotionAlarm) and 0.0 < event.until <= now
