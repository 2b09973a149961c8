"""How much each skill is wanted: what an agent is worth to the other calls that they could take.

load ← 0.98·load + 0.02·(2·waiting + 2·[no ready agent has the skill]) at each event, from 1 on (the index of
docs/routing.md).  Kept per skill and brought up to date only when it is looked at or its target changes:
after k events with the same target x it is x + (load − x)·0.98^k.

It shades choices only and is no part of the floor's state: after a restart every load is 1 again.
"""

from __future__ import annotations

from collections import defaultdict

KEPT = 0.98


class _Load:
    __slots__ = ("at", "load", "ready", "waiting")

    def __init__(self, at: int) -> None:
        self.load, self.at = 1.0, at
        self.waiting = self.ready = 0

    def bring_up(self, at: int) -> float:
        if at > self.at:
            target = 2.0 * self.waiting + (0.0 if self.ready else 2.0)
            self.load = target + (self.load - target) * KEPT ** (at - self.at)
            self.at = at
        return self.load


class Pressure:
    """Loads by skill."""

    def __init__(self) -> None:
        self._events = 0
        self._loads: defaultdict[str, _Load] = defaultdict(self._new)

    def _new(self) -> _Load:
        return _Load(self._events)

    def clear(self) -> None:
        """Begin anew."""
        self._loads.clear()

    def happened(self) -> None:
        """Count an event: a call came or went, or an agent became ready."""
        self._events += 1

    def waits(self, skills: dict[str, int], change: int) -> None:
        """Take note of a call that begins (1) or ceases (-1) to wait for those skills."""
        for skill in skills:
            load = self._loads[skill]
            load.bring_up(self._events)
            load.waiting += change

    def ready(self, skills: dict[str, int], change: int) -> None:
        """Take note of an agent who is ready (1), or no longer (-1)."""
        for skill in skills:
            load = self._loads[skill]
            load.bring_up(self._events)
            load.ready += change

    def on(self, skill: str) -> float:
        """Give the load of a skill: 0 where nobody waits and agents are ready, rising with both."""
        return self._loads[skill].bring_up(self._events)
