"""Both speak: how often and how long a caller and whoever talks with them do, and who breaks in.  Pure.

Of the other side nothing is taken but when there is a voice: no measure of that voice, no judgement of it,
and no figure of one agent, since a call's talks are told together.  It enters no model either, as no corpus
to learn from has two sides: it stands beside what the caller's voice says, for people to read.

What counts as speech and as an interruption is what the listener ``voice_activity`` says
(:mod:`speech.talk_shape`), reckoned here while the call is on, in memory that does not grow with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from speech.stretches import RATE, Speech
from speech.talk_shape import overlaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speech.talk_shape import Overlap, Side

NOTICED_S = 0.12
"""Shorter ones are counted as time, not as overlaps: nobody notices them (Heldner, *Detection thresholds for
gaps, overlaps, and no-gap-no-overlaps*, JASA 130, 2011)."""
LATELY_S = 30.0
SETTLED_S = 12.0
"""By then both sides of a moment have come: the sound of one may wait for 10 s on a machine that is too busy
(:data:`callflow.listening.lines.HOLD_S`)."""
MOST_POINTS = 2000
"""As many as a listener may give (:data:`callflow.protocol.listeners.MOST_POINTS`)."""
NAMES = ("overlap_at_s", "overlap_s", "overlap_by")
"""Begin and length, s; 1: the caller broke in, −1: was broken in on, 0: neither, it was too short."""


class Lately(NamedTuple):
    """What was of late."""

    overlap_s: float
    """Seconds in which both spoke."""
    broke_in: int
    """How often the caller broke in."""


class Overlaps:
    """One call's."""

    def __init__(self) -> None:
        self._speech: dict[Side, Speech] = {"caller": Speech(), "agent": Speech()}
        self._settled_s = 0.0
        """What ended by then is counted."""
        self._in_talk = False
        self._total_s = 0.0
        self._count = self._broke_in = self._broken_in_on = 0
        self._kept: list[Overlap] = []

    def take(self, side: Side, at: int, *, voiced: bool) -> None:
        """Take the verdict on 20 ms of a side, in order; ``at``: samples since the call's answer."""
        speech = self._speech[side]
        speech.take(at, voiced=voiced)
        self._in_talk = self._in_talk or side == "agent"
        if speech.heard_to / RATE >= self._settled_s + SETTLED_S + 1:
            self._settle(speech.heard_to / RATE - SETTLED_S)

    def lately(self, at_s: float) -> Lately:
        """Sum up the :data:`LATELY_S` before a moment, with what is known of it by now."""
        since = at_s - LATELY_S
        found = [*(one for one in self._kept if one.end > since), *self._open()]
        return Lately(
            sum(max(0.0, min(one.end, at_s) - max(one.begin, since)) for one in found),
            sum(one.interrupts and one.by == "caller" and one.begin > since for one in found),
        )

    def told(self) -> dict[str, float]:
        """Give the facts of all that came, by name; none of a call in which nobody talked with the caller."""
        if not self._in_talk:
            return {}
        self._settle(max(speech.heard_to for speech in self._speech.values()) / RATE)
        return {
            "overlap_s": round(self._total_s, 2),
            "overlaps": float(self._count),
            "broke_in": float(self._broke_in),
            "broken_in_on": float(self._broken_in_on),
        }

    def columns(self) -> dict[str, list[float]]:
        """Give the overlaps by :data:`NAMES`, after :meth:`told`; of more than 2,000 the longest."""
        if not self._kept:
            return {}
        points = [(round(one.begin, 2), round(one.seconds, 2), _whose(one)) for one in self._kept]
        return {name: [point[column] for point in points] for column, name in enumerate(NAMES)}

    def _open(self) -> Iterator[Overlap]:
        """Give those that are not counted yet."""
        found = overlaps(self._speech["caller"].so_far(), self._speech["agent"].so_far())
        return (one for one in found if one.end > self._settled_s)

    def _settle(self, before_s: float) -> None:
        """Count what ended by then, and keep no more of the speech than what comes needs."""
        for one in self._open():
            if one.end <= before_s:
                self._add(one)
        self._settled_s = before_s
        for speech in self._speech.values():
            speech.forget(before_s)

    def _add(self, one: Overlap) -> None:
        self._total_s += one.seconds
        if one.seconds < NOTICED_S:
            return
        self._count += 1
        self._broke_in += one.interrupts and one.by == "caller"
        self._broken_in_on += one.interrupts and one.by == "agent"
        self._kept.append(one)
        if len(self._kept) > MOST_POINTS:
            self._kept.remove(min(self._kept, key=lambda kept: kept.seconds))


def _whose(one: Overlap) -> float:
    if not one.interrupts:
        return 0.0
    return 1.0 if one.by == "caller" else -1.0
