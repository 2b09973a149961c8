"""The figures that a replay compares; one fold reads the log and the simulation.  Pure."""

from __future__ import annotations

from collections import defaultdict
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from records import events as e

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET_S = 20.0
SHORT_S = 5.0
"""Who hangs up within this time is a short abandon, and counts apart."""
P90 = 0.9
_CONTACT = frozenset({"talking", "hold", "consult"})
_COUNTED = _CONTACT | {"wrap_up", "ready"}


class Counts:
    """Callers of one queue, or of all."""

    def __init__(self) -> None:
        self.offered = self.answered = self.within = self.abandoned = self.short = self.other = 0
        self.waits: list[float] = []
        """Of answered calls, seconds."""

    def told(self) -> dict[str, float | None]:
        """Give the figures; shares from 0 to 1, times in seconds, None where nothing is to be divided."""
        answered, judged = self.answered, self.answered + self.abandoned
        return {
            "offered": self.offered,
            "answered": answered,
            "abandoned": self.abandoned,
            "short_abandoned": self.short,
            "left_otherwise": self.other,
            "service_level": self.within / judged if judged else None,
            "asa": sum(self.waits) / answered if answered else None,
            "abandon_rate": self.abandoned / self.offered if self.offered else None,
            "p90_wait": percentile(self.waits, P90),
        }


class Figures:
    """Callers who came from ``begin`` to before ``end`` (steady seconds), and agents' time between these."""

    def __init__(
        self, begin: float, end: float, *, target_s: float = TARGET_S, short_s: float = SHORT_S
    ) -> None:
        self._begin, self._end = begin, end
        self._target_s, self._short_s = target_s, short_s
        self.all = Counts()
        self.queues: defaultdict[str, Counts] = defaultdict(Counts)
        self._waiting: dict[str, str] = {}
        """Call → queue."""
        self._moving: set[str] = set()
        """Calls that have left a queue for another one."""
        self._doing: dict[str, tuple[str, float]] = {}
        self._time: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        """Agent → state → seconds."""

    def take(self, event: e.Event, at: float) -> None:
        """Take an event in, in order."""
        if e.of_part(event) or getattr(event, "direct", False):
            return  # what agents do among themselves
        match event:
            case e.QueueEntered() if self._begin <= at < self._end or event.call in self._moving:
                self._entered(event)
            case e.CallConnected() if event.call in self._waiting:
                self._answered(event)
            case e.QueueLeft() if event.call in self._waiting:
                self._left(event)
            case e.AgentStateChanged():
                self.agent(event.agent, event.after, at)
            case _:
                pass

    def agent(self, agent: str, state: str, at: float) -> None:
        """Take note of what an agent does from now on."""
        before, since = self._doing.get(agent, ("", at))
        if before in _COUNTED:
            self._time[agent][before] += max(0.0, min(at, self._end) - max(since, self._begin))
        self._doing[agent] = state, at

    def close(self) -> None:
        """Count what goes on at the end."""
        for agent, (state, _) in list(self._doing.items()):
            self.agent(agent, state, self._end)

    def _entered(self, event: e.QueueEntered) -> None:
        if event.call in self._moving:
            self._moving.discard(event.call)
        else:
            self.all.offered += 1
        self.queues[event.queue].offered += 1
        self._waiting[event.call] = event.queue

    def _answered(self, event: e.CallConnected) -> None:
        queue = self._waiting.pop(event.call)
        for counts in (self.all, self.queues[queue]):
            counts.answered += 1
            counts.within += round(event.wait_s, 6) <= self._target_s
            counts.waits.append(event.wait_s)

    def _left(self, event: e.QueueLeft) -> None:
        queue = self.queues[self._waiting.pop(event.call)]
        if event.reason == "overflow":
            self._moving.add(event.call)
            queue.other += 1
            return
        for counts in (self.all, queue):
            if event.reason != "abandoned":
                counts.other += 1
            elif event.wait_s > self._short_s:
                counts.abandoned += 1
            else:
                counts.short += 1

    def told(self) -> dict[str, Any]:
        """Give all figures; occupancy with its standard deviation over agents."""
        each = [self._occupancy(times) for times in self._time.values()]
        shares = [share for share in each if share is not None]
        together: defaultdict[str, float] = defaultdict(float)
        for times in self._time.values():
            for state, seconds in times.items():
                together[state] += seconds
        return {
            **self.all.told(),
            "occupancy": self._occupancy(together),
            "occupancy_sd": _deviation(shares),
            "agents": len(shares),
            "by_queue": {name: counts.told() for name, counts in sorted(self.queues.items())},
        }

    @staticmethod
    def _occupancy(times: dict[str, float]) -> float | None:
        busy = sum(times[state] for state in (*_CONTACT, "wrap_up") if state in times)
        whole = busy + times.get("ready", 0.0)
        return busy / whole if whole else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Give the smallest value that ``share`` of all do not exceed (nearest rank)."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else None


def _deviation(values: Sequence[float]) -> float | None:
    if not values:
        return None
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))
