"""The index: skilled for this call, not missed by others, and fair to those who are idle longest."""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import islice
from math import log1p
from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.base import SHOWN

if TYPE_CHECKING:
    from collections.abc import Container

    from acd.core.model import Agent
    from acd.core.strategies.base import Ground, Member, Scored

LEVEL_WEIGHT = 0.5
MOST_GROUPS = 32
"""Groups that are looked at for a call: those whose heads have been idle longest."""

Group = tuple[float, tuple[str, ...]]
"""(proficiency, other skills): agents who differ in idleness alone."""
Entry = tuple[int, str]
"""(idle rank, agent)."""


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
        self._ground = ground
        self._groups: dict[Group, list[Entry]] = {}
        self._heads: list[tuple[Entry, Group]] = []
        self._in: dict[str, tuple[Group, Entry]] = {}
        self._idle_since: dict[str, float] = {}

    def add(self, member: Member, agent: Agent) -> None:
        """Take an agent in who became ready."""
        group, entry = (member.proficiency, member.others), (agent.idle_rank, member.number)
        self._in[member.number] = group, entry
        self._idle_since[member.number] = agent.idle_since
        entries = self._groups.setdefault(group, [])
        before = entries[0] if entries else None
        insort(entries, entry)
        self._set_head(group, before, entries[0])

    def discard(self, number: str) -> None:
        """Let an agent go, if they are in."""
        if number not in self._in:
            return
        group, entry = self._in.pop(number)
        del self._idle_since[number]
        entries = self._groups[group]
        before = entries[0]
        del entries[bisect_left(entries, entry)]
        self._set_head(group, before, entries[0] if entries else None)
        if not entries:
            del self._groups[group]

    def _set_head(self, group: Group, before: Entry | None, after: Entry | None) -> None:
        if before == after:
            return
        if before is not None:
            del self._heads[bisect_left(self._heads, (before, group))]
        if after is not None:
            insort(self._heads, (after, group))

    def best(self, without: Container[str], now: float) -> list[Scored]:
        """Compare the groups' heads."""
        pressure = self._ground.pressure.on
        found: list[tuple[float, Entry]] = []
        for head, group in islice(self._heads, MOST_GROUPS):
            entry = head
            if without and head[1] in without:
                left = next((other for other in self._groups[group] if other[1] not in without), None)
                if left is None:
                    continue
                entry = left
            proficiency, others = group
            score = LEVEL_WEIGHT * proficiency + log1p(max(0.0, now - self._idle_since[entry[1]]))
            for skill in others:
                score -= pressure(skill)
            found.append((-score, entry))
        found.sort()
        return [(entry[1], round(-score, 3)) for score, entry in found[:SHOWN]]
