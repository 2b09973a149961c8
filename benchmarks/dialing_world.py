"""A simulated campaign: the live pacing code against a world whose truth is known.

The world is that of the project's study of policies: talks, wrap-ups and times to answer are lognormal, the
mean probability of an answer jumps every half hour or so.  Pacing sees what it would see live, decides once
a second, and learns from what has ended; nothing of the truth is told to it.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np

from outbound.pacing.budget import Budget
from outbound.pacing.durations import Learnt, Lognormal, first_guess
from outbound.pacing.floor import Floor
from outbound.pacing.port import Pacer

DAY_S = 8 * 3600.0
RING_S = 25.0
GRACE_S = 2.0
MACHINE_S = 8.0
"""How long an agent listens to a machine."""
LEADS_SHOWN = 3
"""Times the agents."""
FIRST_LOGIT, ESTIMATE_RATE = -0.6, 0.03
"""The reckoned mean logit of an answer, and how far one outcome moves it."""

PacerOf = Callable[[Learnt, Budget], Pacer]
"""Makes the way of pacing that is tried."""


@dataclass(frozen=True)
class World:
    """What is true: times in seconds."""

    agents: int
    answer_rates: tuple[float, float] = (0.2, 0.5)
    """The mean probability of an answer jumps between these."""
    spread: float = 0.8
    """Standard deviation of a lead's own logit."""
    known: float = 0.7
    """Share of its variance that is known."""
    bias: float = 0.0
    """Of what is reckoned with, in logits."""
    talk: Lognormal = field(default_factory=lambda: Lognormal(150.0, 0.9))
    wrap_up: Lognormal = field(default_factory=lambda: Lognormal(20.0, 0.6))
    answer: Lognormal = field(default_factory=lambda: Lognormal(9.0, 0.6, delay=2.5))
    halves_at_noon: bool = False
    """The odds of an answer, in the middle of the day."""
    leave_at_noon: float = 0.0
    """Share of the agents who go away in the middle of the day, those on a call after it."""
    lines: int | None = None
    """How many the trunk has."""
    carrier_delay_s: float = 0.0
    """Between dialling and ringing."""
    machines: float = 0.0
    """Share of the answers that are machines; agents hear them out."""


@dataclass
class Day:
    """What came of it."""

    answers: int = 0
    drops: int = 0
    dialled: int = 0
    idle_s: float = 0.0
    staffed_s: float = 0.0
    decision_s: list[float] = field(default_factory=list)

    @property
    def utilisation(self) -> float:
        """Share of the staffed time in which agents were not idle."""
        return 1 - self.idle_s / self.staffed_s

    @property
    def drop_rate(self) -> float:
        """Drops ÷ answers."""
        return self.drops / self.answers if self.answers else 0.0


class Shown(Sequence[float]):
    """The answer probabilities of the next leads, reckoned when they are looked at.

    A pacer looks at a few of the hundreds that it is shown each second; to reckon all of them was most of a
    simulated day's cost.
    """

    def __init__(self, ahead: deque[tuple[float, float]], which: int, base: float, count: int) -> None:
        """``which``: of a lead's two logits is added to ``base``."""
        self._ahead, self._which, self._base, self._count = ahead, which, base, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[float]:
        base, which = self._base, self._which
        for lead in itertools.islice(self._ahead, self._count):
            yield _probability(base + lead[which])

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> list[float]: ...
    def __getitem__(self, place: int | slice) -> float | list[float]:
        if isinstance(place, slice):
            return [self[each] for each in range(self._count)[place]]
        return _probability(self._base + self._ahead[range(self._count)[place]][self._which])


class Campaign:
    """Runs one or more days, one after another; what was learnt stays."""

    def __init__(self, world: World, pacer: PacerOf, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.learnt = first_guess(RING_S)
        self.budget = Budget()
        self.pacer = pacer(self.learnt, self.budget)
        self.estimate = FIRST_LOGIT
        self.clock = 0.0
        self.ahead: deque[tuple[float, float]] = deque()
        """Leads to come: what is known of a lead's logit, and all of it."""
        self.free_at: list[float] = []
        """When agents who are busy will be free: the truth, for a pacer that knows it."""
        self.logit: float | None = None
        """The true mean logit, for the same."""

    def day(self, timer: Callable[[], float] | None = None) -> Day:
        """Run one; ``timer``: the clock by which decisions are timed, if they are."""
        told = _Today(self, timer).run()
        self.clock += DAY_S
        self.budget.new_day()
        return told

    def leads(self, count: int) -> Sequence[float]:
        """Give the answer probabilities, as reckoned now, of the next leads."""
        world, gauss = self.world, self.dice.gauss
        sd_known, sd_hidden = (world.spread * math.sqrt(share) for share in (world.known, 1 - world.known))
        while len(self.ahead) < count:
            known = gauss(0, sd_known)
            self.ahead.append((known, known + gauss(0, sd_hidden)))
        if self.logit is not None:
            return Shown(self.ahead, 1, self.logit, count)
        return Shown(self.ahead, 0, self.estimate + world.bias, count)


@dataclass(slots=True)
class _Line:
    dialled_at: float
    chance: float
    answers: bool
    machine: bool


class _Today:
    """One day's agents and lines."""

    def __init__(self, campaign: Campaign, timer: Callable[[], float] | None) -> None:
        self._campaign, self._timer = campaign, timer
        self._world, self._dice = campaign.world, campaign.dice
        self._told = Day(staffed_s=campaign.world.agents * DAY_S)
        self._due: list[tuple[float, int, Callable[[float, int, Any], None], Any]] = []
        self._number = 0
        self._idle: deque[float] = deque([0.0] * campaign.world.agents)
        self._talking: dict[int, float] = {}
        self._wrapping: dict[int, float] = {}
        self._dialled: dict[int, float] = {}
        """Lines that ring → since when; of the same, in the same order, the chance of an answer:"""
        self._chances: dict[int, float] = {}
        self._waiting: dict[int, bool] = {}
        """Answered calls without an agent → whether it is a machine; oldest first."""
        self._staff, self._going = campaign.world.agents, 0
        self._logit = self._shift = 0.0

    def run(self) -> Day:
        """Let it happen."""
        at = 0.0
        while at < DAY_S:
            mean = self._dice.uniform(*self._world.answer_rates)
            self._after(at, self._answers_change, math.log(mean / (1 - mean)))
            at += 1800 * (0.5 + self._dice.random())
        self._after(DAY_S / 2, self._noon, None)
        self._after(0.0, self._decide, None)
        while self._due and self._due[0][0] < DAY_S:
            at, number, act, what = heapq.heappop(self._due)
            act(at, number, what)
        self._told.idle_s += sum(DAY_S - since for since in self._idle)
        return self._told

    def _after(self, at: float, act: Callable[[float, int, Any], None], what: object) -> int:
        self._number += 1
        heapq.heappush(self._due, (at, self._number, act, what))
        return self._number

    # ── the world ────────────────────────────────────────────────────────────────────────────────

    def _answers_change(self, at: float, number: int, logit: float) -> None:  # noqa: ARG002 - all are alike
        self._logit = logit

    def _noon(self, at: float, number: int, what: None) -> None:  # noqa: ARG002
        if self._world.halves_at_noon:
            self._shift = math.log(0.5)
        leaving = round(self._world.leave_at_noon * self._world.agents)
        while leaving and self._idle:
            leaving -= 1
            self._told.idle_s += at - self._idle.popleft()
            self._leaves(at)
        self._going = leaving

    def _leaves(self, at: float) -> None:
        self._staff -= 1
        self._told.staffed_s -= DAY_S - at

    def _takes(self, at: float, *, machine: bool) -> None:
        self._told.idle_s += at - self._idle.popleft()
        talk = MACHINE_S if machine else _draw(self._world.talk, self._dice)
        wrap_up = _draw(self._world.wrap_up, self._dice)
        self._talking[self._after(at + talk, self._talk_over, (talk, wrap_up))] = at
        self._campaign.free_at.append(self._campaign.clock + at + talk + wrap_up)
        self._told.answers += 1
        self._campaign.budget.answered(dropped=False)
        self._campaign.pacer.connected(self._staff)

    def _talk_over(self, at: float, number: int, seconds: tuple[float, float]) -> None:
        talk, wrap_up = seconds
        del self._talking[number]
        self._campaign.learnt.talk.ended(talk)
        self._wrapping[self._after(at + wrap_up, self._free, wrap_up)] = at

    def _free(self, at: float, number: int, seconds: float) -> None:
        del self._wrapping[number]
        self._campaign.learnt.wrap_up.ended(seconds)
        if self._going:
            self._going -= 1
            self._leaves(at)
            return
        self._idle.append(at)
        if self._waiting:
            self._takes(at, machine=self._waiting.pop(next(iter(self._waiting))))

    def _line_over(self, at: float, number: int, line: _Line) -> None:
        del self._dialled[number], self._chances[number]
        campaign = self._campaign
        durations = campaign.learnt.answer if line.answers else campaign.learnt.no_answer
        durations.ended(at - line.dialled_at)
        campaign.estimate += ESTIMATE_RATE * (line.answers - line.chance)
        if not line.answers:
            return
        if self._idle:
            self._takes(at, machine=line.machine)
        else:
            self._waiting[self._after(at + GRACE_S, self._given_up, None)] = line.machine

    def _given_up(self, at: float, number: int, what: None) -> None:  # noqa: ARG002
        if self._waiting.pop(number, None) is None:
            return
        self._told.answers += 1
        self._told.drops += 1
        self._campaign.budget.answered(dropped=True)
        self._campaign.pacer.dropped(self._staff)

    # ── the dialer ───────────────────────────────────────────────────────────────────────────────

    def _decide(self, at: float, number: int, what: None) -> None:  # noqa: ARG002
        self._after(at + 1.0, self._decide, None)
        lines, world = len(self._dialled), self._world
        if self._campaign.logit is not None:
            self._campaign.logit = self._logit + self._shift
        floor = Floor(
            now=self._campaign.clock + at,
            idle=len(self._idle),
            talking=at - _array(self._talking.values(), len(self._talking)),
            wrapping=at - _array(self._wrapping.values(), len(self._wrapping)),
            ringing=at - _array(self._dialled.values(), lines),
            chances=_array(self._chances.values(), lines),
            waiting=len(self._waiting),
        )
        shown = LEADS_SHOWN * world.agents
        if world.lines is not None:
            shown = min(shown, world.lines - lines - len(self._talking) - len(self._waiting))
        leads = self._campaign.leads(max(0, shown))
        began = self._timer() if self._timer is not None else 0.0
        count = self._campaign.pacer.lines(floor, leads)
        if self._timer is not None:
            self._told.decision_s.append(self._timer() - began)
        for chance in leads[:count]:
            self._dial(at, chance)

    def _dial(self, at: float, chance: float) -> None:
        _, own = self._campaign.ahead.popleft()
        answers = self._dice.random() < _probability(self._logit + own + self._shift)
        machine = bool(self._world.machines) and self._dice.random() < self._world.machines
        seconds = self._answer_s() if answers else self._no_answer_s()
        line = _Line(at, chance, answers, machine)
        number = self._after(at + self._world.carrier_delay_s + seconds, self._line_over, line)
        self._dialled[number], self._chances[number] = at, chance
        self._told.dialled += 1

    def _answer_s(self) -> float:
        while (seconds := _draw(self._world.answer, self._dice)) >= RING_S:
            pass
        return seconds

    def _no_answer_s(self) -> float:
        kind = self._dice.random()
        if kind < 0.75:
            return RING_S
        return self._dice.uniform(15, RING_S) if kind < 0.9 else self._dice.uniform(1, 4)


def _array(values: Any, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.fromiter(values, float, count)


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _draw(of: Lognormal, dice: random.Random) -> float:
    variance = math.log(1 + of.cv**2)
    return of.delay + dice.lognormvariate(math.log(of.mean) - variance / 2, math.sqrt(variance))
