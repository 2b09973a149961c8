"""The shape of a talk: who spoke when, and what follows from it.  Pure; seconds since the talk began.

The words are those of conversation analysis (Sacks, Schegloff, Jefferson 1974): people take turns; between
turns there are gaps, overlaps and interruptions.  *Dead air* is the contact centre's word for a gap that is
too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Side = Literal["caller", "agent"]

DEAD_AIR_S = 3.0
"""A silence of both sides counts as dead air from this length on."""
INTERRUPTION_S = 0.5
"""Somebody who begins to speak while the other does interrupts, if both go on for so long."""


class Stretch(NamedTuple):
    """Somebody speaks."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.begin


class Shape(NamedTuple):
    """What a talk was like; seconds, or counts."""

    caller_talk_s: float
    agent_talk_s: float
    overlap_s: float
    """Both spoke."""
    silence_s: float
    """Nobody spoke."""
    dead_air_s: float
    """Silences of at least :data:`DEAD_AIR_S`, in all."""
    longest_silence_s: float
    turns: int
    """How often the one who spoke was another than before; the first one who spoke counts."""
    caller_interruptions: int
    """How often the caller cut in on the agent."""
    agent_interruptions: int


def shape(caller: Sequence[Stretch], agent: Sequence[Stretch], seconds: float) -> Shape:
    """Give the shape of a talk of ``seconds``; the stretches of a side are in order and do not touch."""
    caller, agent = _within(caller, seconds), _within(agent, seconds)
    overlap = sum(both.seconds for both in _overlaps(caller, agent))
    caller_s, agent_s = (sum(one.seconds for one in side) for side in (caller, agent))
    gaps = list(_gaps(caller, agent, seconds))
    return Shape(
        caller_talk_s=caller_s,
        agent_talk_s=agent_s,
        overlap_s=overlap,
        silence_s=sum(gaps),
        dead_air_s=sum(gap for gap in gaps if gap >= DEAD_AIR_S),
        longest_silence_s=max(gaps, default=0.0),
        turns=_turns(caller, agent),
        caller_interruptions=_interruptions(caller, agent),
        agent_interruptions=_interruptions(agent, caller),
    )


def _within(stretches: Iterable[Stretch], seconds: float) -> list[Stretch]:
    cut = (Stretch(max(0.0, one.begin), min(one.end, seconds)) for one in stretches)
    return [one for one in cut if one.seconds > 0]


def _overlaps(one: Sequence[Stretch], other: Sequence[Stretch]) -> Iterator[Stretch]:
    i = j = 0
    while i < len(one) and j < len(other):
        both = Stretch(max(one[i].begin, other[j].begin), min(one[i].end, other[j].end))
        if both.seconds > 0:
            yield both
        if one[i].end < other[j].end:
            i += 1
        else:
            j += 1


def _gaps(one: Sequence[Stretch], other: Sequence[Stretch], seconds: float) -> Iterator[float]:
    until = 0.0
    for stretch in sorted([*one, *other]):
        if stretch.begin > until:
            yield stretch.begin - until
        until = max(until, stretch.end)
    if seconds > until:
        yield seconds - until


def _turns(caller: Sequence[Stretch], agent: Sequence[Stretch]) -> int:
    """Count the turns; who speaks only while the other does (``mhm``) takes none."""
    turns, last, until = 0, "", 0.0
    for stretch, side in sorted([*((one, "caller") for one in caller), *((one, "agent") for one in agent)]):
        if side != last and stretch.end > until:
            turns, last = turns + 1, side
        until = max(until, stretch.end)
    return turns


def _interruptions(by: Sequence[Stretch], of: Sequence[Stretch]) -> int:
    return sum(
        any(
            other.begin < mine.begin < other.end and min(mine.end, other.end) - mine.begin >= INTERRUPTION_S
            for other in of
        )
        for mine in by
    )
