"""From what is heard each second to signals: calm, raised, angry, distressed, each with a confidence.

Pure.  A signal changes rarely: levels are weighted means of some seconds, it takes more to enter a state than
to stay in it, and a state lasts for a while.  Where nothing can be told the last state holds, and the
confidence in it halves every ten seconds.  Of a state that goes on it is told anew from time to time, so that
whoever asks for the last signal is not told of a confidence that has gone.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

if TYPE_CHECKING:
    from emotion.detector import Heard

State = Literal["calm", "raised", "angry", "distressed"]
STATES: tuple[State, ...] = get_args(State)
Trend = Literal["rising", "steady", "falling"]
Sensitivity = Literal["low", "normal", "high"]

TAU_S = 2.0
"""A second weighs 1/e of what it did when so many seconds have been heard since."""
FIRST_S = 3.0
"""Before so many seconds in which something could be told, nothing is."""
DISTRESS_FROM_S = 12.0
"""Without that much of a baseline neutral voices are taken for sad ones too readily."""
DWELL_S = 4.0
"""A state lasts so long at least; in a call that goes to and fro, ever longer."""
RENEW_S = 20.0
SURER_S, _SURER = 2.0, 0.15
"""So soon a state is told anew of which it is surer by so much."""
HALF_LIFE_S = 10.0
TREND_S, TREND_BY = 5.0, 0.1
"""Rising or falling: by so much within so many seconds."""
_LEAST = 0.1
"""Less confidence in a second than this is "don't know"."""
_GONE = 0.5
"""A state is told anew once its confidence is this share of what was told."""
_FORGOTTEN = 0.05


class Levels(msgspec.Struct, frozen=True):
    """(enter, stay): what it takes to come to a state, and to remain there.  Each enter above its stay."""

    angry: tuple[float, float]
    """Probability of anger."""
    distressed: tuple[float, float]
    """Probability of sadness or fear."""
    raised: tuple[float, float]
    """Arousal against the caller's own baseline, standard deviations."""
    raised_anger: tuple[float, float]
    """Or a probability of anger."""


SENSITIVITIES: dict[Sensitivity, Levels] = {
    "low": Levels((0.85, 0.65), (0.8, 0.6), (1.6, 0.9), (0.6, 0.4)),
    "normal": Levels((0.75, 0.55), (0.7, 0.5), (1.2, 0.6), (0.45, 0.3)),
    "high": Levels((0.6, 0.4), (0.55, 0.4), (0.9, 0.4), (0.35, 0.25)),
}


class AlarmTerms(msgspec.Struct, frozen=True):
    """Sustained anger: so much angry speech within so long."""

    angry_s: float = 20.0
    within_s: float = 60.0


class Noted(msgspec.Struct, frozen=True):
    """What is told of a state."""

    signal: State
    at_s: float
    value: float
    """What speaks for it: a probability; of ``raised`` the arousal; of ``calm`` that of anger."""
    confidence: float
    trend: Trend
    evidence: tuple[tuple[str, float], ...]
    """Of the last second in which something could be told."""
    alarm_s: float = 0.0
    """Not 0: an alarm, and how much angry speech there was within the time for it."""


class _Pace:
    """Lets something happen not too often: the gap doubles each time that it happened ``per`` times more.

    So that a call of three hours that goes to and fro all the time stays within the 200 signals that are
    kept of one (:data:`callflow.listening.ears.MOST_SIGNALS`).
    """

    def __init__(self, every_s: float, per: int) -> None:
        self._every_s, self._per = every_s, per
        self._count = 0
        self._last_s = -math.inf

    def ready(self, at_s: float) -> bool:
        return at_s - self._last_s >= self._every_s * 2.0 ** (self._count // self._per)

    def took(self, at_s: float) -> None:
        self._count += 1
        self._last_s = at_s

    def begins(self, at_s: float) -> None:
        """Count the gap from here, though it did not happen."""
        self._last_s = at_s


class Signals:
    """One side's signals, from its seconds in order."""

    def __init__(self, sensitivity: Sensitivity = "normal", alarm: AlarmTerms | None = None) -> None:
        self.state: State | None = None
        """None before enough was heard."""
        self._next: State | None = None
        """What the last second would have it be; twice, or who turns angry would be raised first."""
        self._levels = SENSITIVITIES[sensitivity]
        self._alarm = alarm or AlarmTerms()
        self._at_s = 0.0
        self._known_s = 0.0
        self._unknown_s = 0.0
        """Since something could be told last."""
        self._weight = self._time = 0.0
        self._sums = {"anger": 0.0, "distress": 0.0, "arousal": 0.0}
        self._evidence: tuple[tuple[str, float], ...] = ()
        self._past: deque[tuple[float, float, float]] = deque()
        """(known seconds, anger, distress) of the last few."""
        self._angry: deque[tuple[float, float]] = deque()
        """(at, seconds) of angry speech within the alarm's time."""
        self._armed = True
        self._told = Noted("calm", 0.0, 0.0, 0.0, "steady", ())
        self._changes = _Pace(DWELL_S, 16)
        self._renewals = _Pace(RENEW_S, 4)
        self._surer = _Pace(SURER_S, 3)
        self._alarms = _Pace(self._alarm.within_s, 3)

    @property
    def confidence(self) -> float:
        """Give how sure it is of its state, 0 to 1."""
        if not self._time:
            return 0.0
        return self._weight / self._time * math.pow(0.5, self._unknown_s / HALF_LIFE_S)

    def take(self, heard: Heard) -> list[Noted]:
        """Take the next second; most say nothing new.  One that is not later than the last is ignored."""
        passed = heard.at_s - self._at_s
        if not passed > 0:
            return []
        self._at_s = heard.at_s
        knows = is_known(heard)
        if knows:
            self._weigh(heard, min(passed, 1.0))
        else:
            self._unknown_s += passed
        found: list[Noted] = []
        if self._known_s >= FIRST_S:
            self._judge(found, knows=knows)
            self._consider_alarm(found, min(passed, 1.0) if knows and heard.speech else 0.0)
        return found

    def _weigh(self, heard: Heard, seconds: float) -> None:
        """Let a second count by its confidence."""
        kept = math.exp(-seconds / TAU_S)
        weight = heard.confidence * seconds
        self._weight = self._weight * kept + weight
        self._time = self._time * kept + seconds
        for name, sum_ in self._sums.items():
            self._sums[name] = sum_ * kept + weight * getattr(heard, name)
        self._known_s += seconds
        self._unknown_s = 0.0
        self._evidence = heard.evidence
        self._past.append((self._known_s, self._level("anger"), self._level("distress")))
        while self._past[0][0] < self._known_s - TREND_S:
            self._past.popleft()

    def _level(self, name: str) -> float:
        return self._sums[name] / self._weight

    def _judge(self, found: list[Noted], *, knows: bool) -> None:
        if knows and self._settled() and self._changes.ready(self._at_s):
            self.state = self._next
            self._changes.took(self._at_s)
            self._tell(found)
        elif self.state is not None and self._surer.ready(self._at_s) and self._is_surer(knows=knows):
            self._surer.took(self._at_s)
            self._tell(found)
        elif self.state is not None and self._renewals.ready(self._at_s) and self._is_stale(knows=knows):
            self._renewals.took(self._at_s)
            self._tell(found)

    def _settled(self) -> bool:
        """Tell whether it is another state by now, the same one as a second ago."""
        before, self._next = self._next, self._fitting()
        return self._next != self.state and (self._next == before or self.state is None)

    def _fitting(self) -> State:
        """Give the state that fits the levels, the present one the rather."""
        anger, distress, levels = self._level("anger"), self._level("distress"), self._levels
        is_ = self.state
        if anger >= levels.angry[is_ == "angry"]:
            return "angry"
        if self._known_s >= DISTRESS_FROM_S and distress >= levels.distressed[is_ == "distressed"]:
            return "distressed"
        stays = is_ in {"raised", "angry"}
        if self._level("arousal") >= levels.raised[stays] or anger >= levels.raised_anger[stays]:
            return "raised"
        return "calm"

    def _is_surer(self, *, knows: bool) -> bool:
        """Tell whether a rule that asks for some confidence should hear of more, and soon."""
        return knows and self._next == self.state and self.confidence - self._told.confidence >= _SURER

    def _is_stale(self, *, knows: bool) -> bool:
        if knows and self._next != self.state:  # about to change
            return False
        if self._told.confidence < _FORGOTTEN:
            return self.confidence >= 2 * _FORGOTTEN
        gone = self.confidence <= self._told.confidence * _GONE
        back = self.confidence * _GONE >= self._told.confidence
        return gone or back or (self._unknown_s == 0.0 and self._trend() != self._told.trend)

    def _trend(self) -> Trend:
        column = 2 if self.state == "distressed" else 1
        moved = self._past[-1][column] - self._past[0][column]
        return "rising" if moved > TREND_BY else "falling" if moved < -TREND_BY else "steady"

    def _consider_alarm(self, found: list[Noted], seconds: float) -> None:
        if self.state == "angry" and seconds:
            self._angry.append((self._at_s, seconds))
        while self._angry and self._angry[0][0] <= self._at_s - self._alarm.within_s:
            self._angry.popleft()
        angry_s = sum(seconds for _, seconds in self._angry)
        if angry_s < self._alarm.angry_s / 2:
            self._armed = True
        elif (
            angry_s >= self._alarm.angry_s
            and self._armed
            and self.state == "angry"
            and self._alarms.ready(self._at_s)
        ):
            self._armed = False
            self._alarms.took(self._at_s)
            self._tell(found, alarm_s=angry_s)

    def _tell(self, found: list[Noted], alarm_s: float = 0.0) -> None:
        assert self.state is not None  # noqa: S101 - only of a state
        name = {"distressed": "distress", "raised": "arousal"}.get(self.state, "anger")
        self._told = Noted(
            self.state,
            self._at_s,
            round(self._level(name), 3),
            round(min(1.0, self.confidence), 3),
            self._trend(),
            self._evidence,
            alarm_s,
        )
        self._renewals.begins(self._at_s)
        self._surer.begins(self._at_s)
        found.append(self._told)


def is_known(heard: Heard) -> bool:
    """Tell whether a second says anything: enough voice, and numbers that are some."""
    numbers = (heard.anger, heard.distress, heard.arousal, heard.confidence)
    return heard.speech and heard.confidence >= _LEAST and all(map(math.isfinite, numbers))
