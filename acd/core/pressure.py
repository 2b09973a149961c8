"""How much each skill is wanted: what an agent is worth to the other calls that they could take.

load ← 0.98·load + 0.02·(2·waiting + 2·[no ready agent has the skill]) at each event, from 1 on (the index of
docs/routing.md).  After k events with the same target x that is x + (load − x)·0.98^k; so a load is kept as
its target and its distance from it, the latter in units of 0.98^(events so far), and nothing has to be
brought up to date when it is looked at.

It shades choices only and is no part of the floor's state: after a restart every load is 1 again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 0.98
_SMALLEST_UNIT = 1e-100
"""Distances are written anew before their unit gets too small for floating-point numbers."""


class Load:
    """The load of one skill: ``target + distance · unit``."""

    __slots__ = ("distance", "ready", "target", "waiting")

    def __init__(self) -> None:
        self.target = self.distance = 0.0
        self.waiting = self.ready = 0


class Pressure:
    """Loads by skill."""

    def __init__(self) -> None:
        self.unit = 1.0
        self._loads: defaultdict[str, Load] = defaultdict(self._new)

    def _new(self) -> Load:
        load = Load()
        load.distance = 1.0 / self.unit
        self._retarget(load)
        return load

    def clear(self) -> None:
        """Let every load be 1 again, with nobody waiting or ready."""
        for load in self._loads.values():
            load.waiting = load.ready = 0
            load.target, load.distance = 0.0, 1.0 / self.unit
            self._retarget(load)

    def happened(self) -> None:
        """Count an event: a call came or went, or an agent became ready."""
        self.unit *= KEPT
        if self.unit < _SMALLEST_UNIT:
            for load in self._loads.values():
                load.distance *= self.unit
            self.unit = 1.0

    def waits(self, skills: Iterable[str], change: int) -> None:
        """Take note of a call that begins (1) or ceases (-1) to wait for those skills."""
        for skill in skills:
            load = self._loads[skill]
            load.waiting += change
            self._retarget(load)

    def ready(self, skills: Iterable[str], change: int) -> None:
        """Take note of an agent who is ready (1), or no longer (-1)."""
        for skill in skills:
            load = self._loads[skill]
            load.ready += change
            self._retarget(load)

    def _retarget(self, load: Load) -> None:
        target = 2.0 * load.waiting + (0.0 if load.ready else 2.0)
        if target != load.target:
            load.distance += (load.target - target) / self.unit
            load.target = target

    def load_of(self, skill: str) -> Load:
        """Give the load of a skill, which changes with what happens."""
        return self._loads[skill]

    def on(self, skill: str) -> float:
        """Give the load of a skill now: 0 where nobody waits and agents are ready, rising with both."""
        load = self._loads[skill]
        return load.target + load.distance * self.unit
