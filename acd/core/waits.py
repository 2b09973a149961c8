"""How long callers will wait: measured, not promised.

The expected wait of a caller with ``k`` callers ahead is Σ_{j=0..k} 1/(r + jθ): every caller who is served
first takes 1/r, and some of them give up by themselves.  ``r`` is the rate at which agents are found for
waiting callers, ``θ`` the rate at which each waiting caller leaves by themselves; both are measured in each
queue, the past fading.  A quantile of the wait is that sum, times the quantile of a gamma distribution of
shape ``k`` + 1 (over its mean), times a factor per priority that is learnt from each caller who was served:
log a += 0.05·([they waited longer than foreseen] − (1 − q)), shared by those who wait at the same time; it
keeps the share of those who wait longer at 1 − q whatever the world is like.  Ringing comes on top.

:class:`Waits` is a fold of the events, in the same way as the floor, and part of its state: what was learnt
in a week must not depend on how far back the log's tail goes.
"""

from __future__ import annotations

from math import exp, log1p
from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY_S = 3600.0
"""Waiting time (with somebody waiting) after which what was measured counts 1/e."""
ENOUGH_STARTS = 15.0
"""With fewer measured, nothing is foretold."""
QUIET = 7.0
"""So many times the mean time between two agents found, with none found: the rate holds no more (by
chance, it would happen once in e⁷, about 1,100), and nothing is foretold until one is found."""
AT_ONCE_S = 0.05
"""Whose agent is found so quickly did not wait: events of one decision may be written one after another."""
STEP = 0.05
"""How far one caller moves a factor's logarithm: a Robbins-Monro step that stays, as the world changes."""
RING_STEP = 0.05
"""What one answer counts in the mean ringing time."""
_ONE_BY_ONE = 8
_TINY = 1e-6
_Z = {0.5: 0.0, 0.8: 0.8416}
"""Quantile → of the standard normal distribution."""


class Factors(msgspec.Struct):
    """Logarithms of what a quantile is multiplied by, learnt for one priority."""

    p50: float = 0.0
    p80: float = 0.0


class Waiter(msgspec.Struct):
    """A caller who waits."""

    priority: int
    since: float
    ahead: int
    mean_s: float
    """What was expected at the entry, ringing not included; 0 when that could not be told."""
    p50: float = 0.0
    p80: float = 0.0
    """The factors at that time."""
    offers: dict[str, float] = {}
    """Offers in flight, and when they were made."""
    counted: bool = False
    """An agent was found for them after a wait, and counted."""
    announced_at: float = 0.0
    """When they were told something last (steady seconds); 0 before."""
    told_until: float = 0.0
    """Until when they were told to be answered; 0 when they were not."""


class QueueWaits(msgspec.Struct):
    """What was measured in a queue."""

    starts: float = 0.0
    """Agents found for callers who had to wait, the past fading …"""
    busy_s: float = 0.0
    """… and the time in which there were such callers."""
    left: float = 0.0
    """Callers who left by themselves …"""
    waited_s: float = 0.0
    """… and the time that all callers waited, taken together."""
    ring_s: float = 0.0
    """From the offer that was answered to the answer."""
    factors: dict[str, Factors] = {}
    """Priority → factors."""
    waiting: dict[str, Waiter] = {}
    unoffered: dict[str, int] = {}
    """Priority → callers for whom no phone rings."""
    quiet_s: float = 0.0
    """How long there have been such callers since an agent was found for one."""
    at: float = 0.0


class WaitEstimate(msgspec.Struct, frozen=True):
    """A wait from now on, in seconds: half of all callers wait at most ``p50``, four fifths ``p80``."""

    p50: float
    p80: float


class Waits:
    """Expected waits in all queues."""

    def __init__(self, queues: dict[str, QueueWaits] | None = None) -> None:
        self.queues: dict[str, QueueWaits] = {} if queues is None else queues
        self._queue_of = {call: name for name, queue in self.queues.items() for call in queue.waiting}
        self._folds: dict[type[e.Event], Callable[[Any, float], None]] = {
            e.QueueEntered: self._entered,
            e.OfferMade: self._offered,
            e.OfferEnded: self._given_back,
            e.CallConnected: self._connected,
            e.QueueLeft: self._left,
            e.WaitAnnounced: self._announced,
        }

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def ahead(self, queue: str, priority: int) -> int:
        """Count the callers without an agent whom one of that priority would find ahead of them."""
        found = self.queues.get(queue)
        return sum(n for p, n in found.unoffered.items() if int(p) >= priority) if found else 0

    def estimate(self, queue: str, priority: int, ahead: int, now: float) -> WaitEstimate | None:
        """Tell how long a caller with ``ahead`` callers before them waits; None when too little is known."""
        found = self.queues.get(queue)
        mean = _mean(found, ahead) if found and not _quiet(found, now) else None
        if found is None or mean is None:
            return None
        learnt = found.factors.get(str(priority)) or Factors()
        return WaitEstimate(
            p50=found.ring_s + mean * _shape(0.5, ahead) * exp(learnt.p50),
            p80=found.ring_s + mean * _shape(0.8, ahead) * exp(learnt.p80),
        )

    def ringing_s(self, queue: str) -> float:
        """Tell how long phones ring before they are answered, in the mean; 0 before any was."""
        found = self.queues.get(queue)
        return found.ring_s if found else 0.0

    def waiter(self, call: str) -> Waiter | None:
        """Give what is known of a call that waits."""
        queue = self.queues.get(self._queue_of.get(call, ""))
        return queue.waiting[call] if queue else None

    def remaining(self, call: str, position: int, now: float) -> WaitEstimate | None:
        """Tell how long a call at that position (1 is next) still waits; None when too little is known."""
        waiter, name = self.waiter(call), self._queue_of.get(call, "")
        if waiter is None:
            return None
        queue = self.queues[name]
        ringing = len(queue.waiting) - sum(queue.unoffered.values())  # an agent was found for these
        return self.estimate(name, waiter.priority, max(0, position - 1 - ringing), now)

    # ── folds ────────────────────────────────────────────────────────────────────────────────────

    def apply(self, event: e.Event, at: float) -> None:
        """Fold one event in; ``at`` is its time in steady seconds.  Other events change nothing."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event, round(at, 6))  # as the log writes it, so that a replay learns the same

    def _entered(self, event: e.QueueEntered, at: float) -> None:
        self._forget(event.call, at)
        if event.direct:
            return  # it stands in no queue
        queue = self.queues.setdefault(event.queue, QueueWaits(at=at))
        _pass(queue, at)
        ahead = self._ahead_of(event, at)
        learnt = queue.factors.get(str(event.priority)) or Factors()
        queue.waiting[event.call] = Waiter(
            priority=event.priority,
            since=at,
            ahead=ahead,
            mean_s=_mean(queue, ahead) or 0.0,
            p50=learnt.p50,
            p80=learnt.p80,
        )
        self._queue_of[event.call] = event.queue
        _count(queue, event.priority, 1)

    def _offered(self, event: e.OfferMade, at: float) -> None:
        queue, waiter = self._find(event.call, at)
        if queue is None or waiter is None:
            return
        waiter.offers[event.offer] = at
        if len(waiter.offers) == 1:
            _count(queue, waiter.priority, -1)
            waiter.counted = at - waiter.since > AT_ONCE_S
            queue.starts += waiter.counted
            queue.quiet_s = 0.0

    def _given_back(self, event: e.OfferEnded, at: float) -> None:
        queue, waiter = self._find(event.call, at)
        if queue is None or waiter is None or waiter.offers.pop(event.offer, None) is None:
            return
        if not waiter.offers:
            _count(queue, waiter.priority, 1)
            queue.starts = max(0.0, queue.starts - waiter.counted)
            waiter.counted = False

    def _connected(self, event: e.CallConnected, at: float) -> None:
        queue, waiter = self._find(event.call, at)
        if queue is None or waiter is None:
            return
        offered_at = waiter.offers.get(event.offer, at)
        queue.ring_s += RING_STEP * (at - offered_at - queue.ring_s)
        if waiter.counted and waiter.mean_s:
            _learn(queue, waiter, (offered_at - waiter.since) / waiter.mean_s)
        self._forget(event.call, at)

    def _left(self, event: e.QueueLeft, at: float) -> None:
        queue, _ = self._find(event.call, at)
        if queue is not None:
            queue.left += 1
            self._forget(event.call, at)

    def _announced(self, event: e.WaitAnnounced, at: float) -> None:
        waiter = self.waiter(event.call)
        if waiter is not None:
            waiter.announced_at = at
            if event.within_s or event.longer:  # longer, with no limit: what was told is over
                waiter.told_until = at + event.within_s if event.within_s else 0.0

    def _ahead_of(self, event: e.QueueEntered, at: float) -> int:
        """Count the callers ahead of one who comes; those who come with an earlier time have fewer."""
        if not event.since or event.since > at - 1.0:
            return self.ahead(event.queue, event.priority)
        waiting = self.queues[event.queue].waiting.values()
        place = (-event.priority, event.since)
        return sum(not one.offers and (-one.priority, one.since) < place for one in waiting)

    def _find(self, call: str, at: float) -> tuple[QueueWaits | None, Waiter | None]:
        queue = self.queues.get(self._queue_of.get(call, ""))
        if queue is None:
            return None, None
        _pass(queue, at)
        return queue, queue.waiting[call]

    def _forget(self, call: str, at: float) -> None:
        queue, waiter = self._find(call, at)
        if queue is not None and waiter is not None:
            del queue.waiting[call], self._queue_of[call]
            if not waiter.offers:
                _count(queue, waiter.priority, -1)


def _count(queue: QueueWaits, priority: int, change: int) -> None:
    key = str(priority)
    left = queue.unoffered.get(key, 0) + change
    if left:
        queue.unoffered[key] = left
    else:
        queue.unoffered.pop(key, None)


def _pass(queue: QueueWaits, at: float) -> None:
    """Let time pass: measure waiting, and let the past fade."""
    passed = at - queue.at
    queue.at = max(at, queue.at)
    if passed <= 0 or not queue.waiting:
        return
    queue.waited_s += passed * len(queue.waiting)
    if queue.unoffered:
        queue.busy_s += passed
        queue.quiet_s += passed
    kept = exp(-passed / MEMORY_S)
    queue.busy_s *= kept
    queue.starts *= kept
    queue.left *= kept
    queue.waited_s *= kept


def _learn(queue: QueueWaits, waiter: Waiter, waited: float) -> None:
    """Move the factors: by what the caller was told, not by what they would be told now.

    As many are told the same as wait together, before the first of them is heard of; they share the step.
    """
    learnt = queue.factors.setdefault(str(waiter.priority), Factors())
    step = STEP / (1.0 + queue.waited_s / max(queue.busy_s, _TINY))
    learnt.p50 += step * ((waited > _shape(0.5, waiter.ahead) * exp(waiter.p50)) - 0.5)
    learnt.p80 += step * ((waited > _shape(0.8, waiter.ahead) * exp(waiter.p80)) - 0.2)


def _mean(queue: QueueWaits, ahead: int) -> float | None:
    """Give Σ_{j=0..ahead} 1/(r + jθ) in seconds; None when too little was measured."""
    if queue.starts < ENOUGH_STARTS:
        return None
    rate, leaving = queue.starts / max(queue.busy_s, _TINY), queue.left / max(queue.waited_s, _TINY)
    one_by_one = min(ahead + 1, _ONE_BY_ONE)
    mean = sum(1.0 / (rate + j * leaving) for j in range(one_by_one))
    if ahead < one_by_one:
        return mean
    first = rate + (one_by_one - 0.5) * leaving
    grows = (ahead + 1 - one_by_one) * leaving / first
    # the integral with each term in its middle; for thousands of callers as quick as for ten
    return mean + (ahead + 1 - one_by_one) / first * (log1p(grows) / grows if grows > _TINY else 1.0)


def _quiet(queue: QueueWaits, now: float) -> bool:
    """Tell whether no agent has been found for longer than the measured rate explains."""
    quiet_s = queue.quiet_s + (max(0.0, now - queue.at) if queue.unoffered else 0.0)
    return quiet_s * queue.starts > QUIET * queue.busy_s


def _shape(quantile: float, ahead: int) -> float:
    """Give a quantile over the mean of a gamma distribution of shape ``ahead`` + 1 (Wilson, Hilferty)."""
    ninth = 1.0 / (9.0 * (ahead + 1))
    return float((1.0 - ninth + _Z[quantile] * ninth**0.5) ** 3)
