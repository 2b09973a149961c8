"""Who of the leads at hand answers, as far as was learnt: for pacing, and for whom to dial first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from outbound.answers.best_hour import best_hour
from outbound.answers.calibration import RunningCalibration
from outbound.answers.features import History, Moment, features_of, segment_of
from outbound.answers.model import AnswerModel
from outbound.answers.order import Candidate, order
from outbound.rules.hours import next_open_in_all
from outbound.rules.terms import LAWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outbound.dialer.hopper import Known
    from outbound.rules.hours import Window
    from outbound.store.leads import StoredLead

NOBODY = frozenset({"NA", "B", "ERR", "WRONG"})
"""Outcomes of attempts that nobody answered."""
_HOUR_S = 3600.0
_DAY_H = 24


class Chances:
    """One campaign's model.  Times in Unix seconds."""

    def __init__(self) -> None:
        self._model = AnswerModel()
        self.calibration = RunningCalibration()
        self._histories: dict[int, History] = {}
        """Lead at hand → what came of its attempts."""
        self._places: dict[int, int] = {}

    def meet(self, leads: Sequence[StoredLead], known: Mapping[bytes, Known]) -> None:
        """Take in what the books say of leads that come to hand."""
        for lead in leads:
            zone = _zone(lead)
            self._histories[lead.id] = History.of(
                (datetime.fromtimestamp(each.at, zone).hour, each.outcome not in NOBODY)
                for each in known[lead.person].earlier
            )

    def forget(self, lead: int) -> None:
        """Let go of a lead that is not at hand any more."""
        self._histories.pop(lead, None)
        self._places.pop(lead, None)

    def chance(self, lead: StoredLead, now: float) -> float:
        """Give the probability that a lead answers when dialled now."""
        moment = _moment(lead.zones, int(now // 60))
        history = self._histories.get(lead.id, _NEW)
        return self._model.chance(features_of(_segment(lead), history, moment))

    def learn(self, lead: StoredLead, dialled_at: float, chance: float, *, answered: bool) -> None:
        """Learn from an attempt; ``chance``: what was reckoned with."""
        moment = _moment(lead.zones, int(dialled_at // 60))
        history = self._histories.get(lead.id, _NEW)
        self._model.learn(features_of(_segment(lead), history, moment), answered)
        self.calibration.note(chance, answered)

    def rank(self, leads: Sequence[StoredLead], windows: Sequence[Window], now: float, lines: float) -> None:
        """Put leads in order; ``lines``: how many are dialled an hour."""
        seen: dict[tuple[tuple[str, ...], str], tuple[Moment | None, ...]] = {}
        candidates = []
        for lead in leads:
            key = (lead.zones, lead.country)
            if key not in seen:
                seen[key] = _moments(lead, windows, now)
            history = self._histories.get(lead.id, _NEW)
            candidates.append(Candidate(_segment(lead), history, seen[key]))
        hours = max((len(each.moments) for each in candidates), default=0)
        if hours:
            found = order(self._model, candidates, [max(lines, 1.0)] * hours)
            self._places = {leads[place].id: n for n, place in enumerate(found.places.tolist())}

    def place(self, lead: StoredLead) -> int:
        """Give a lead's place in that order; one that was not there comes last."""
        return self._places.get(lead.id, len(self._places))

    def best_hour(self, lead: StoredLead, windows: Sequence[Window], now: float) -> int | None:
        """Give the hour of the lead's day, from now on, in which it answers likeliest; None for none left."""
        moments = [moment for moment in _moments(lead, windows, now) if moment is not None]
        found = best_hour(self._model, _segment(lead), self._histories.get(lead.id, _NEW), moments)
        return None if found is None else found.moment.hour

    @property
    def learnt(self) -> int:
        """Outcomes that were learnt from."""
        return self._model.learnt

    def snapshot(self) -> dict[str, Any]:
        """Give what was learnt, for JSON."""
        return {"model": self._model.snapshot(), "calibration": self.calibration.snapshot()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take what a controller before this one has learnt; raises ValueError."""
        self._model = AnswerModel.restore(kept["model"])
        self.calibration = RunningCalibration.restore(kept["calibration"])


_NEW = History()


def _segment(lead: StoredLead) -> str:
    return segment_of(lead.segment, lead.country, mobile=lead.mobile)


def _zone(lead: StoredLead) -> ZoneInfo:
    return ZoneInfo(lead.zones[0])


@lru_cache(4096)
def _moment(zones: tuple[str, ...], minute: int) -> Moment:
    there = datetime.fromtimestamp(60 * minute, UTC).astimezone(ZoneInfo(zones[0]))
    return Moment(there.weekday(), there.hour)


def _moments(lead: StoredLead, windows: Sequence[Window], now: float) -> tuple[Moment | None, ...]:
    """Give the hours from now to the end of the lead's day; None for those in which it may not be called."""
    zone = _zone(lead)
    first = datetime.fromtimestamp(now, zone)
    last = first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    law = LAWS.get(lead.country)
    found: list[Moment | None] = []
    for hour in range(_DAY_H + 1):
        at = now + hour * _HOUR_S
        there = datetime.fromtimestamp(at, zone)
        if there >= last:
            break
        may = next_open_in_all(windows, lead.zones, at) <= at
        may = may and (law is None or next_open_in_all(law.windows, lead.zones, at) <= at)
        found.append(Moment(there.weekday(), there.hour) if may else None)
    return tuple(found)
