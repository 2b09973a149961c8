"""The listener ``emotion``: what is heard of a caller's voice, as signals, facts and curves."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from weakref import WeakValueDictionary

import msgspec

from emotion.detector import Detector
from emotion.fusion import fused, later, opinion
from emotion.live.curve import Curve
from emotion.live.facts import Facts
from emotion.overlap import Overlaps
from emotion.signals import AlarmTerms, Sensitivity, Signals, is_known
from emotion.words.lists import lexicon
from emotion.words.sentiment import sentiment
from speech.voice_activity import detector, is_voiced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

    from callflow.protocol.listeners import About, Side
    from emotion.detector import Heard
    from emotion.fusion import Opinion
    from emotion.signals import Noted
    from telephony.media import Frame, Rate

RATE = 8000
_GOLDEN = 0.6180339887
"""Multiples of it, without their whole part, lie evenly between 0 and 1 however many there are."""


class Terms(msgspec.Struct, frozen=True):
    """What the site's ``emotion:`` says, as far as it matters to what is heard."""

    sensitivity: Sensitivity = "normal"
    alarm: AlarmTerms = AlarmTerms()
    words: bool = True
    overlap: bool = False
    agents: bool = False


class Told(NamedTuple):
    """A signal."""

    signal: str
    side: str
    at_s: float
    value: float
    confidence: float
    detail: dict[str, float | str]


class _Stream:
    """One side: its detector, and what has become of the seconds.

    The detector works once a second.  Streams that begin together, after a restart, say, let go of the first
    part of a second, each of another one, so that their detectors take turns.
    """

    def __init__(self, terms: Terms, side: Side, skip: int) -> None:
        self.side = side
        self.words: Opinion | None = None
        self.at_s = 0.0
        """How far it was heard, seconds since the call's answer."""
        self._detector = Detector()
        self._signals = Signals(terms.sensitivity, terms.alarm)
        self._skip = skip
        self._next: int | None = None
        """Where the next frame must begin, samples since the call's answer; None before the first."""
        self._begin_s = 0.0

    def feed(self, frame: Frame) -> Iterable[tuple[float, Heard, Signals, list[Noted]]]:
        """Give each second that is full: when, what was heard, the signals, and what is new of them."""
        samples = frame.samples
        if self._next is None:
            if self._skip > 0:
                self._skip -= len(samples)
                return
            self._next, self._begin_s = frame.at, frame.at / RATE
        if frame.at > self._next:
            self._detector.missed((frame.at - self._next) / RATE)
        self._next = frame.at + len(samples)
        self.at_s = self._next / RATE
        for heard in self._detector.feed(samples):
            at_s = round(heard.at_s + self._begin_s, 2)
            shifted = fused(msgspec.structs.replace(heard, at_s=at_s), self.words)
            yield at_s, shifted, self._signals, self._signals.take(shifted)


class EmotionListener:
    """One call's.

    The agent's side is heard only where a site turned that on.  For ``overlap`` nothing is taken of it but
    when there is a voice; for ``agents`` it makes signals: no facts, no curves.
    """

    hears: ClassVar[str] = "call"
    rate: ClassVar[Rate] = 8000
    sides: ClassVar[tuple[Side, ...]] = ("caller",)
    terms: ClassVar[Terms] = Terms()
    """Of listeners that are made from now on."""
    live: ClassVar[WeakValueDictionary[str, EmotionListener]] = WeakValueDictionary()
    """Call → who listens to it."""
    _made: ClassVar[count[int]] = count(1)

    def __init__(self, about: About) -> None:
        self._terms = terms = self.terms
        skip = round(next(self._made) * _GOLDEN % 1 * RATE)
        judged: tuple[Side, ...] = ("caller", "agent") if terms.agents else ("caller",)
        self._streams = {side: _Stream(terms, side, skip) for side in judged}
        self._overlaps = Overlaps() if terms.overlap else None
        self._detect = {side: detector() for side in self.sides_of(terms)} if terms.overlap else {}
        self._language = about.language
        self._facts = Facts()
        self._curve = Curve()
        self.live[about.call] = self

    @classmethod
    def follow(cls, terms: Terms) -> None:
        """Take a site's terms: they count for calls that are heard from now on."""
        cls.terms, cls.sides = terms, cls.sides_of(terms)

    @staticmethod
    def sides_of(terms: Terms) -> tuple[Side, ...]:
        """Tell whom it hears."""
        return ("caller", "agent") if terms.agents or terms.overlap else ("caller",)

    @classmethod
    def create_for(cls, about: About) -> Self:
        """Make one for a call."""
        return cls(about)

    @classmethod
    def create(cls) -> Self:
        """Refuse: it hears calls, and must know which."""
        raise TypeError("this listener hears whole calls and is made by create_for")

    def feed(self, side: Side, frame: Frame) -> Iterable[Told]:
        """Take 20 ms of a side."""
        if self._overlaps is not None:
            self._overlaps.take(side, frame.at, voiced=is_voiced(frame, self._detect[side]))
        stream = self._streams.get(side)
        if stream is None:  # what is heard of the agent is when they speak, or a site turned it on meanwhile
            return
        for at_s, heard, signals, noted in stream.feed(frame):
            if side == "caller":
                known = heard if is_known(heard) else None
                self._curve.add(at_s, known)
                self._facts.add(at_s, known, signals.state)
                self._facts.alarms += sum(one.alarm_s > 0 for one in noted)
            for one in noted:
                yield _told(one, side, self._beside(side, at_s))

    def _beside(self, side: Side, at_s: float) -> dict[str, float]:
        """Give what stands beside a signal of the caller: how they and the agent spoke at once of late."""
        if self._overlaps is None or side != "caller":
            return {}
        lately = self._overlaps.lately(at_s)
        return {"overlap_s": round(lately.overlap_s, 1), "broke_in": float(lately.broke_in)}

    def heard_words(self, language: str, text: str) -> bool:
        """Let what the caller just said count, for some seconds; False where it tells nothing.

        The text is looked at and forgotten: no signal, fact or curve holds any of it.
        """
        caller = self._streams["caller"]
        known = lexicon(language or self._language) if self._terms.words else None
        if known is None:
            return False
        found = opinion(known.find(text), sentiment(text, known.language), caller.at_s)
        caller.words = later(caller.words, found, caller.at_s)
        return found is not None

    def result(self, seconds: float) -> Mapping[str, float]:
        """Give the facts of the caller's side, and of who spoke at once."""
        together = self._overlaps.told() if self._overlaps is not None else {}
        return self._facts.told(seconds) | together

    def curves(self) -> Mapping[str, list[float]]:
        """Give the caller's curve, column by column, and when both spoke at once."""
        together = self._overlaps.columns() if self._overlaps is not None else {}
        return self._curve.columns() | together


def _told(noted: Noted, side: Side, beside: Mapping[str, float]) -> Told:
    detail: dict[str, float | str] = {"trend": noted.trend}
    detail |= {f"by_{group}": round(share, 3) for group, share in noted.evidence[:8]}
    if noted.alarm_s:
        detail["alarm_s"] = round(noted.alarm_s, 1)
    return Told(noted.signal, side, noted.at_s, noted.value, noted.confidence, detail | dict(beside))
