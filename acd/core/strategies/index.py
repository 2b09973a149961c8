"""The index: skilled for this call, not missed by others, and fair to those who are idle longest."""

from __future__ import annotations

from bisect import bisect_left, insort
from math import inf, log1p
from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.base import SHOWN

if TYPE_CHECKING:
    from collections.abc import Container

    from acd.core.model import Agent
    from acd.core.pressure import Load
    from acd.core.strategies.base import Ground, Member, Scored

LEVEL_WEIGHT = 0.5
MOST_GROUPS = 24
"""Groups that are looked at for a call: those whose heads have been idle longest."""
_MOST_FOR_LEVEL = LEVEL_WEIGHT * 5

Entry = tuple[int, str]
"""(idle rank, agent)."""


class Group:
    """Agents who differ in idleness alone."""

    __slots__ = ("base", "entries", "loads")

    def __init__(self, proficiency: float, loads: tuple[Load, ...]) -> None:
        self.base = LEVEL_WEIGHT * proficiency
        self.loads = loads
        """Of their other skills."""
        self.entries: list[Entry] = []


class Index:
    """Ready agents in groups, where only heads compete.

    For a call, the agent with the highest 0.5·proficiency − Σ pressure on their other skills
    + log(1 + idle seconds); for an agent, the call with the highest wait + priority·ageing + 12·proficiency,
    + 40 while the call is within its target (where the queue asks for it).  The weights come from
    simulation: docs/routing.md.
    """

    name: ClassVar[str] = "index"
    rings_all: ClassVar[bool] = False
    weighs_skill: ClassVar[bool] = True
    per_level_s: ClassVar[float] = 12.0
    target_bonus_s: ClassVar[float] = 40.0

    def __init__(self, ground: Ground) -> None:
        self._pressure = ground.pressure
        self._groups: dict[tuple[float, tuple[str, ...]], Group] = {}
        self._heads: list[tuple[Entry, Group]] = []
        self._in: dict[str, tuple[Group, Entry]] = {}
        self._idle_since: dict[str, float] = {}

    def add(self, member: Member, agent: Agent) -> None:
        """Take an agent in who became ready."""
        key = member.proficiency, member.others
        group = self._groups.get(key)
        if group is None:
            loads = tuple(self._pressure.load_of(skill) for skill in member.others)
            group = self._groups[key] = Group(member.proficiency, loads)
        entry = agent.idle_rank, member.number
        self._in[member.number] = group, entry
        self._idle_since[member.number] = agent.idle_since
        before = group.entries[0] if group.entries else None
        insort(group.entries, entry)
        self._set_head(group, before)

    def discard(self, number: str) -> None:
        """Let an agent go, if they are in."""
        if number not in self._in:
            return
        group, entry = self._in.pop(number)
        del self._idle_since[number]
        before = group.entries[0]
        del group.entries[bisect_left(group.entries, entry)]
        self._set_head(group, before)

    def _set_head(self, group: Group, before: Entry | None) -> None:
        after = group.entries[0] if group.entries else None
        if before == after:
            return
        if before is not None:
            del self._heads[bisect_left(self._heads, before, key=_entry)]
        if after is not None:
            insort(self._heads, (after, group), key=_entry)

    def best(self, without: Container[str], now: float) -> list[Scored]:
        """Compare the groups' heads."""
        unit, idle_since = self._pressure.unit, self._idle_since
        found: list[tuple[float, Entry]] = []
        highest = -inf
        for head, group in self._heads[:MOST_GROUPS]:
            entry = head
            if without and head[1] in without:
                left = next((other for other in group.entries if other[1] not in without), None)
                if left is None:
                    continue
                entry = left
            score = log1p(max(0.0, now - idle_since[entry[1]]))
            if score + _MOST_FOR_LEVEL < highest:
                break  # whoever follows has been idle for less, and no load is below 0
            score += group.base
            for load in group.loads:
                score -= load.target + load.distance * unit
            highest = max(highest, score)
            found.append((-score, entry))
        found.sort()
        return [(entry[1], round(-score, 3)) for score, entry in found[:SHOWN]]


def _entry(head: tuple[Entry, Group]) -> Entry:
    return head[0]
