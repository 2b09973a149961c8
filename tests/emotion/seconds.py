"""Seconds of a voice, as the detector would give them."""

from __future__ import annotations

from emotion.detector import Heard

EVIDENCE = (("pitch", 0.6), ("spectrum", 0.3))


def second(at_s: float, **more: float | bool) -> Heard:
    """A calm second, but for what is said."""
    told = {"anger": 0.05, "distress": 0.05, "arousal": 0.0, "confidence": 0.8} | more
    speech = bool(told.pop("speech", True))
    return Heard(at_s=at_s, speech=speech, evidence=EVIDENCE, **told)


def silent(at_s: float) -> Heard:
    return Heard(at_s=at_s, speech=False, anger=0, distress=0, arousal=0, confidence=0, evidence=())
