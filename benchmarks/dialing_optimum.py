"""What is possible at most where that can be computed: a small world without memory, solved exactly.

State: agents busy, lines ringing.  Handling and ringing are exponential, an answer without an idle agent is
lost. Lines may be dialled at any event; the share of busy time is maximised while losses are at most α of
the answers: a Lagrangian, whose multiplier is found by bisection, solved by relative value iteration on the
uniformised chain (Puterman, Markov Decision Processes, 8.5 and 11.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Policy = Callable[[int, int], int]

_SWEEPS, _SETTLED = 60_000, 1e-10


@dataclass(frozen=True)
class SmallWorld:
    """Rates per second."""

    agents: int
    chance: float
    """Of an answer."""
    handling_s: float = 170.0
    ringing_s: float = 11.0

    @property
    def most_lines(self) -> int:
        """Four times what keeps all agents busy, and some: more are never worth while."""
        return math.ceil(4 * self.agents * self.ringing_s / self.handling_s / self.chance) + 8


@dataclass(frozen=True)
class Worth:
    """What a policy brings."""

    utilisation: float
    drop_rate: float


def optimum(world: SmallWorld, alpha: float) -> Worth:
    """Give the best that keeps losses at ``alpha`` of the answers, by two policies mixed if need be."""
    low, high = 0.0, 1.0
    while _best(world, high).drop_rate > alpha:
        high *= 2
    below, above = _best(world, high), _best(world, low)
    for _ in range(30):
        middle = (low + high) / 2
        worth = _best(world, middle)
        if worth.drop_rate > alpha:
            low, above = middle, worth
        else:
            high, below = middle, worth
        if high - low < 1e-6 * high:
            break
    span = above.drop_rate - below.drop_rate
    share = (alpha - below.drop_rate) / span if span > 1e-12 else 0.0
    return Worth(below.utilisation + share * (above.utilisation - below.utilisation), alpha)


def worth_of(world: SmallWorld, policy: Policy) -> Worth:
    """Give what a rule (busy agents, ringing lines → lines that should ring) brings, by its steady state."""
    agents, lines = world.agents, world.most_lines
    wanted = np.array(
        [[max(r, min(policy(b, r), lines)) for r in range(lines + 1)] for b in range(agents + 1)]
    )
    return _steady(world, wanted)


def _best(world: SmallWorld, price: float) -> Worth:
    """Solve for a price of each loss (in agent-seconds of one agent's handling)."""
    agents, lines, chance = world.agents, world.most_lines, world.chance
    busy_rate, ring_rate = 1 / world.handling_s, 1 / world.ringing_s
    total = agents * busy_rate + lines * ring_rate
    busy = np.arange(agents + 1)[:, None]
    ringing = np.arange(lines + 1)[None, :]
    gain = np.broadcast_to(busy / agents, (agents + 1, lines + 1)) - (busy == agents) * (
        price * ringing * ring_rate * chance
    )
    value = np.zeros((agents + 1, lines + 1))
    for _ in range(_SWEEPS):
        # dialling costs nothing: the best number of lines is the best of those not fewer than ring
        after = np.maximum.accumulate(value[:, ::-1], axis=1)[:, ::-1]
        new = gain / total + _expected(world, after, after) / total
        shift = new - value
        value = new - new[0, 0]
        if shift.max() - shift.min() < _SETTLED:
            break
    best = np.array([[r + int(np.argmax(value[b, r:])) for r in range(lines + 1)] for b in range(agents + 1)])
    return _steady(world, best)


def _expected(world: SmallWorld, after: Array, stay: Array) -> Array:
    """Give rate × value after each event, and of staying for the rest of the uniform rate."""
    agents, lines = world.agents, world.most_lines
    busy_rate, ring_rate = 1 / world.handling_s, 1 / world.ringing_s
    total = agents * busy_rate + lines * ring_rate
    busy = np.arange(agents + 1)[:, None]
    ringing = np.arange(lines + 1)[None, :]
    freed = np.vstack((after[:1], after[:-1]))
    ended = np.hstack((after[:, :1], after[:, :-1]))
    answered = np.vstack((ended[1:], ended[-1:]))
    return (
        busy * busy_rate * freed
        + ringing * ring_rate * ((1 - world.chance) * ended + world.chance * answered)
        + (total - busy * busy_rate - ringing * ring_rate) * stay
    )


def _steady(world: SmallWorld, wanted: NDArray[np.int64]) -> Worth:
    """Give utilisation and loss of a policy, by the chain's stationary distribution."""
    agents, lines, chance = world.agents, world.most_lines, world.chance
    busy_rate, ring_rate = 1 / world.handling_s, 1 / world.ringing_s
    states = (agents + 1) * (lines + 1)
    number = np.arange(states).reshape(agents + 1, lines + 1)
    total = agents * busy_rate + lines * ring_rate
    matrix = np.zeros((states, states))
    for b in range(agents + 1):
        for r in range(lines + 1):
            here = number[b, r]

            def go(rate: float, to_busy: int, to_ringing: int, here: int = here) -> None:
                matrix[here, number[to_busy, wanted[to_busy, to_ringing]]] += rate / total

            if b:
                go(b * busy_rate, b - 1, r)
            if r:
                go(r * ring_rate * (1 - chance), b, r - 1)
                go(r * ring_rate * chance, min(b + 1, agents), r - 1)
            go(total - b * busy_rate - r * ring_rate, b, r)
    # one equation follows from the others: the shares' sum takes its place
    system = matrix.T - np.eye(states)
    system[0] = 1.0
    share = np.linalg.solve(system, np.concatenate(([1.0], np.zeros(states - 1))))
    grid = share.reshape(agents + 1, lines + 1)
    answers = (grid * np.arange(lines + 1)[None, :]).sum() * ring_rate * chance
    lost = (grid[agents] * np.arange(lines + 1)).sum() * ring_rate * chance
    mean_busy = (grid * np.arange(agents + 1)[:, None]).sum()
    return Worth(float(mean_busy / agents), float(lost / answers) if answers else 0.0)
