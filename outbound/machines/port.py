"""What every way of telling people from machines can do, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

RATE = 8000
"""Samples a second."""
FRAME = 160
"""Samples of a frame."""
FRAME_S = FRAME / RATE
LATEST_S = 1.5
"""When the verdict is there, seconds since the answer, whatever was heard.  Of the two seconds that a person
may be kept waiting the rest is needed to bring the agent in."""

Kind = Literal["human", "machine", "unsure"]
"""``unsure`` is treated as a person: it goes to an agent."""
What = Literal["speech", "silence", "sit", "fax", "ringing"]
"""What the verdict is about; ``sit``: the three tones before a network's announcement; ``ringing``: a
switchboard answered and rings on."""


class Verdict(msgspec.Struct, frozen=True):
    """What answered."""

    kind: Kind
    what: What
    at_s: float
    """When it was known, seconds since the answer; at most :data:`LATEST_S`."""
    greeting_over_s: float
    """From when on somebody waits, seconds since the answer: the clock of a drop starts here.

    Where nothing was said, or somebody still spoke at the verdict, it is the verdict's time, hence never
    later than the end of a greeting that went on or was yet to come.
    """
    evidence: str
    """Why, in words, with the figures that decided."""
    figures: Mapping[str, float]
    """The same by name; seconds, or as the name says."""

    @property
    def to_agent(self) -> bool:
        """Whether an agent has to be there."""
        return self.kind != "machine"


class Detector(Protocol):
    """Hears the beginning of one answered call, the callee's side alone.  It gives one verdict."""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, once it is there."""

    def feed(self, at: int, pcm: bytes) -> Verdict | None:
        """Take 20 ms; gives the verdict when this frame brings it, else None.

        ``at`` counts samples from the answer to the frame's first one, at 8 kHz, as
        :attr:`telephony.media.Frame.at` does.  ``pcm`` holds 160 mono samples, 16 bit, little-endian (320
        bytes).  Where ``at`` jumps nothing came over the wire: that counts as silence, and so does a frame of
        another length.  Frames from before what was heard already, or after the verdict, change nothing.
        """

    def expire(self, now_s: float) -> Verdict | None:
        """Say that it is ``now_s`` seconds after the answer, for a line over which nothing comes.

        From :data:`LATEST_S` on this brings the verdict.
        """
