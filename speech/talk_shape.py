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


class Overlap(NamedTuple):
    """Both speak."""

    begin: float
    end: float
    by: Side | None
    """Who began while the other did; None where both began in the same instant."""

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.begin

    @property
    def interrupts(self) -> bool:
        """Whether whoever began went on for so long that it was no "mhm"."""
        return self.by is not None and self.seconds >= INTERRUPTION_S


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
    both = list(overlaps(caller, agent))
    caller_s, agent_s = (sum(one.seconds for one in side) for side in (caller, agent))
    gaps = list(_gaps(caller, agent, seconds))
    return Shape(
        caller_talk_s=caller_s,
        agent_talk_s=agent_s,
        overlap_s=sum(one.seconds for one in both),
        silence_s=sum(gaps),
        dead_air_s=sum(gap for gap in gaps if gap >= DEAD_AIR_S),
        longest_silence_s=max(gaps, default=0.0),
        turns=_turns(caller, agent),
        caller_interruptions=sum(one.interrupts and one.by == "caller" for one in both),
        agent_interruptions=sum(one.interrupts and one.by == "agent" for one in both),
    )


def overlaps(caller: Sequence[Stretch], agent: Sequence[Stretch]) -> Iterator[Overlap]:
    """Find when both spoke, in order; the stretches of a side are in order and do not touch."""
    i = j = 0
    while i < len(caller) and j < len(agent):
        theirs, ours = caller[i], agent[j]
        begin, end = max(theirs.begin, ours.begin), min(theirs.end, ours.end)
        if end > begin:
            yield Overlap(begin, end, _later(theirs, ours))
        if theirs.end < ours.end:
            i += 1
        else:
            j += 1


def _within(stretches: Iterable[Stretch], seconds: float) -> list[Stretch]:
    cut = (Stretch(max(0.0, one.begin), min(one.end, seconds)) for one in stretches)
    return [one for one in cut if one.seconds > 0]


def _later(caller: Stretch, agent: Stretch) -> Side | None:
    if caller.begin == agent.begin:
        return None
    return "caller" if caller.begin > agent.begin else "agent"


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
