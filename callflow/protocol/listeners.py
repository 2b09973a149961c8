"""Listeners: they hear what is said in a talk or a call, and report on it.  None steers a call by itself.

A listener is declared as an entry point in ``ringhall.listeners``, and attached by a rule in the site's
``listeners:``.  One is made for each talk, or for each call.  It does no I/O and knows no clock: time is the
count of samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from telephony.media import Frame, Rate

Side = Literal["caller", "agent"]
Hears = Literal["talk", "call"]
MOST_CURVES, MOST_POINTS = 16, 2000
MOST_DETAILS = 20
LONGEST_WORDS = 100


class Signal(Protocol):
    """Something that was noticed; any object with these attributes will do.

    It may have two more: ``confidence`` (float, 0 to 1), and ``detail``, a mapping of names to numbers or
    short texts: at most 20, of up to 100 characters each.  A detail never holds what somebody said.
    """

    @property
    def signal(self) -> str:
        """A name of the listener's choice."""

    @property
    def side(self) -> str:
        """``caller`` or ``agent``; empty when it is of both."""

    @property
    def at_s(self) -> float:
        """Seconds since the talk began, or since the call's answer."""

    @property
    def value(self) -> float:
        """The listener says what it is."""


class Listener(Protocol):
    """What hears one talk, or one call.

    Listeners may have more than these: :class:`ToWholeCalls`, :class:`Knowing`, :class:`Moving`,
    :class:`Curving`.
    """

    sides: ClassVar[tuple[Side, ...]]
    """Whom it wants to hear, each apart."""
    rate: ClassVar[Rate]
    """Samples a second: 8000 or 16000."""

    @classmethod
    def create(cls) -> Listener:
        """Make one; what takes long to import or load is kept by the class."""

    def feed(self, side: Side, frame: Frame) -> Iterable[Signal]:
        """Take 20 ms of a side; ``frame.at`` counts samples since the talk began, or since the call's answer.

        The frames of a side come in order, those of the two sides in bunches of some 0.1 s.  Where ``at``
        jumps, nothing came over the wire, nobody was there to be heard, or audio was lost since this method
        was too slow.  It runs between calls: whatever takes longer than a millisecond delays them all.
        """

    def result(self, seconds: float) -> Mapping[str, float]:
        """Give facts by name for the call's record; the talk or call lasted for ``seconds``."""


@runtime_checkable
class ToWholeCalls(Protocol):
    """A listener that says what it hears; one that does not hears a talk."""

    hears: ClassVar[Hears]
    """``call``: one is made for each call, at its answer.  It hears the caller all along, in menus and while
    they wait, and the agent of whichever talk is on."""


class About(msgspec.Struct, frozen=True):
    """What there is to know of a call when somebody begins to listen."""

    call: str
    language: str
    """BCP 47 tag; the house's before the caller chose one."""
    queue: str
    """Empty before the first."""
    country: str
    """Of the caller's number, ISO 3166; empty when nobody knows."""


@runtime_checkable
class Knowing(Protocol):
    """A listener that wants to know its call: made by this, instead of ``create``."""

    @classmethod
    def create_for(cls, about: About) -> Listener:
        """Make one for a call."""


@runtime_checkable
class Moving(Protocol):
    """A listener to whole calls that wants to know where they go."""

    def moved(self, queue: str) -> None:
        """Take note that the caller waits or talks in another queue from now on."""


@runtime_checkable
class Curving(Protocol):
    """A listener that has curves to give."""

    def curves(self) -> Mapping[str, Sequence[float]]:
        """Give curves by name, after :meth:`Listener.result`: at most 16, of up to 2,000 points each."""
