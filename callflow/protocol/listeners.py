"""Listeners: they hear what is said in a talk, and report on it.  None of them steers a call.

A listener is declared as an entry point in ``ringhall.listeners``, and attached by a rule in the site's
``listeners:``.  One is made for each talk.  It does no I/O and knows no clock: time is the count of samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from telephony.media import Frame, Rate

Side = Literal["caller", "agent"]


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
        """Seconds since the talk began."""

    @property
    def value(self) -> float:
        """The listener says what it is."""


class Listener(Protocol):
    """What hears one talk."""

    sides: ClassVar[tuple[Side, ...]]
    """Whom it wants to hear, each apart."""
    rate: ClassVar[Rate]
    """Samples a second: 8000 or 16000."""

    @classmethod
    def create(cls) -> Listener:
        """Make one for a talk that begins; what takes long to import or load is kept by the class."""

    def feed(self, side: Side, frame: Frame) -> Iterable[Signal]:
        """Take 20 ms of a side; ``frame.at`` counts samples since the talk began.

        The frames of a side come in order, those of the two sides in bunches of some 0.1 s.  Where ``at``
        jumps, nothing came over the wire, or audio was lost since this method was too slow.  It runs between
        calls: whatever takes longer than a millisecond delays them all.
        """

    def result(self, seconds: float) -> Mapping[str, float]:
        """Give facts by name for the call's record; the talk lasted for ``seconds``."""
