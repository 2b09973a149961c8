"""What will be free and what will be answered within some seconds, as tables by elapsed time.

Made anew from the learnt durations now and then; looked up at each decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outbound.pacing.durations import Array, Learnt
    from outbound.pacing.floor import Floor

    Index = NDArray[np.int64]

QUANTILES = (1 / 6, 1 / 2, 5 / 6)
"""Of the time to answer: the horizons."""
MOMENTS = 3
GRACE_S = 2.0
"""So long an answered call may wait for an agent."""


class Outlook:
    """Probabilities by horizon (rows) and elapsed time (columns)."""

    def __init__(self, learnt: Learnt, grace_s: float = GRACE_S) -> None:
        answer, no_answer = learnt.answer.survival(), learnt.no_answer.survival()
        self._ring_bin = learnt.answer.bin_s
        edges = np.arange(len(answer)) * self._ring_bin
        self.horizons = [float(edges[np.searchsorted(1 - answer, share)]) for share in QUANTILES]
        """Seconds."""
        answers = [answer[:-1] - _later(answer, h / self._ring_bin) for h in self.horizons]
        self._silent_or_answers = np.stack((answer[:-1], np.maximum(no_answer[:-1], 1e-9), *answers), axis=1)
        """Rows: bins; columns: silent so far, of those who answer and of the others; answers by horizon."""
        self.at_once: list[float] = [float(share[0]) for share in answers]
        """By horizon, the share of those who answer a line dialled now that will have done so."""
        self._talk_bin, self._wrap_bin = learnt.talk.bin_s, learnt.wrap_up.bin_s
        talk, wrap_up = learnt.talk.survival(), learnt.wrap_up.survival()
        within = [h + grace_s for h in self.horizons]
        after_talk = _through(talk, wrap_up, self._talk_bin, self._wrap_bin, within)
        after_wrap = np.array(
            [1 - _later(wrap_up, t / self._wrap_bin) / np.maximum(wrap_up[:-1], 1e-12) for t in within]
        )
        self._talk_bins, self._wrap_bins = after_talk.shape[1], after_wrap.shape[1]
        free = np.concatenate((after_talk, after_wrap), axis=1).T
        self._free = np.concatenate(_moments(free), axis=1)
        """Rows: bins of talk, then of wrap-up; columns: the moments by horizon, one after another."""

    def supply(self, floor: Floor) -> Array:
        """Give mean, variance and third central moment (rows), by horizon, of the agents who can take a call.

        One that is answered by then.
        """
        talking = _places(floor.talking, self._talk_bin, self._talk_bins)
        wrapping = self._talk_bins + _places(floor.wrapping, self._wrap_bin, self._wrap_bins)
        found = _summed(self._free[np.concatenate((talking, wrapping))])
        found[0] += floor.idle
        return found

    def demand(self, floor: Floor) -> Array:
        """Give the same of the calls that will have been answered."""
        answered = self._answered(floor.ringing, floor.chances)
        found = _summed(np.concatenate(_moments(answered), axis=1))
        found[0] += floor.waiting
        return found

    def _answered(self, elapsed: Array, chances: Array) -> Array:
        """By Bayes: one that has rung for long will hardly be answered.  Rows: lines; columns: horizons."""
        table = self._silent_or_answers
        found = table.take(_places(elapsed, self._ring_bin, len(table)), axis=0)
        silent = chances * found[:, 0] + (1 - chances) * found[:, 1]
        answered: Array = chances[:, None] * found[:, 2:] / np.maximum(silent, 1e-12)[:, None]
        return answered


def _summed(moments: Array) -> Array:
    """Add up all rows; gives moments by horizon."""
    summed: Array = np.add.reduce(moments, axis=0)
    return summed.reshape(MOMENTS, len(QUANTILES))


def _moments(share: Array) -> tuple[Array, Array, Array]:
    """Give mean, variance and third central moment of what happens with probability ``share``."""
    variance = share * (1 - share)
    return share, variance, variance * (1 - 2 * share)


def _places(elapsed: Array, bin_s: float, bins: int) -> Index:
    places: Index = np.minimum((elapsed / bin_s).astype(np.int64), bins - 1)
    return places


def _later(survival: Array, bins: float) -> Array:
    """Give survival so many bins (a fraction too) later than each bin's beginning."""
    edges = np.arange(len(survival))
    later: Array = np.interp(edges[:-1] + bins, edges, survival)
    return later


def _through(talk: Array, wrap_up: Array, talk_bin: float, wrap_bin: float, within: list[float]) -> Array:
    """Give, by horizon and the talk's elapsed time, the probability that talk and wrap-up are over in time.

    Σ over the bins in which the talk may end, each taken at its middle, of P(it ends there) · P(wrap-up is
    over in what is left).
    """
    steps = int(max(within) / talk_bin) + 1
    ends = np.concatenate((talk[:-1] - talk[1:], np.zeros(steps - 1)))
    left = np.array(within)[:, None] - (np.arange(steps) + 0.5) * talk_bin
    over = 1 - np.interp(left, np.arange(len(wrap_up)) * wrap_bin, wrap_up)
    total = over @ np.lib.stride_tricks.sliding_window_view(ends, steps).T
    shares: Array = np.clip(total / np.maximum(talk[:-1], 1e-12), 0, 1)
    return shares
