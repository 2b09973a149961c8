"""What a call's record says of the caller's voice: sums over the seconds of a call.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from emotion.detector import Heard
    from emotion.signals import State


class Facts(msgspec.Struct):
    """Sums of one side."""

    heard_s: float = 0.0
    known_s: float = 0.0
    """Seconds of speech of which something could be told."""
    states: dict[str, float] = msgspec.field(default_factory=dict)
    """State → seconds of such speech in it."""
    anger_sum: float = 0.0
    anger_peak: float = 0.0
    anger_peak_at_s: float = 0.0
    alarms: int = 0

    def add(self, at_s: float, heard: Heard | None, state: State | None) -> None:
        """Add a second; None where nothing could be told."""
        self.heard_s += 1
        if heard is None:
            return
        self.known_s += 1
        self.anger_sum += heard.anger
        if heard.anger > self.anger_peak:
            self.anger_peak, self.anger_peak_at_s = heard.anger, at_s
        if state is not None:
            self.states[state] = self.states.get(state, 0.0) + 1

    def told(self, seconds: float) -> dict[str, float]:
        """Give the facts; those of anger only where there was speech to tell it of."""
        facts = {"seconds": round(seconds, 2), "heard_s": self.heard_s, "speech_s": self.known_s}
        if self.known_s:
            for state in ("raised", "angry", "distressed"):
                facts[f"{state}_share"] = round(self.states.get(state, 0.0) / self.known_s, 3)
            facts |= {
                "anger_mean": round(self.anger_sum / self.known_s, 3),
                "anger_peak": round(self.anger_peak, 3),
                "anger_peak_at_s": self.anger_peak_at_s,
                "alarms": float(self.alarms),
            }
        return facts
