"""``python -m benchmarks.answers [--short] [--json]``: how well answers are foreseen, and what that is worth.

The live model runs online in the world of :mod:`benchmarks.answering_world`: it foretells each attempt, then
learns from it; the last 30 % are judged, beside the truth, and beside the best that anybody could foretell
who knows the world's every parameter but sees, of each lead, only what came of its attempts.  Then leads of
the same world are dialled for some days, in an order of their own each time.  Exit status 1 when a target is
missed.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.answering_world import FIRST_HOUR, HOURS, WEEKDAYS, Attempts, Knowing
from outbound.answers.calibration import auc, ece, ece_of_luck, log_loss
from outbound.answers.features import Features, History, Moment, features_of
from outbound.answers.model import AnswerModel
from outbound.answers.order import Candidate, order
from outbound.answers.prices import bids_for, prices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.answering_world import Array, Flags, Index

TARGETS = {"ece": 0.01, "auc_gap": 0.09, "us_per_update": 10.0, "order_ms": 50.0}
JUDGED = 0.3
"""The last share of the attempts."""
JUST_AFTER = 10_000
"""Attempts after the answer rate has halved."""
ORDERED = 5000
MOMENTS = [[Moment(day, FIRST_HOUR + hour) for hour in range(HOURS)] for day in range(WEEKDAYS)]


@dataclass(frozen=True)
class Effort:
    """How much is simulated."""

    leads: int
    attempts: int
    seeds: int
    dialled_leads: int
    days: int = 2
    shares: tuple[float, ...] = (1.0, 0.5, 0.2)
    """Lines a day, by the leads that are still open in its morning."""


FULL = Effort(40_000, 200_000, 5, 10_000)
SHORT = Effort(10_000, 50_000, 1, 4000)


# ── learning ─────────────────────────────────────────────────────────────────────────────────────


class Learner:
    """The live model, and what came of the attempts on each lead."""

    def __init__(self, attempts: Attempts) -> None:
        self.model = AnswerModel()
        self.segments = [f"list {segment}" for segment in attempts.leads.segment.tolist()]
        self.histories = [History()] * len(self.segments)
        self.features_s = self.update_s = 0.0

    def copy(self) -> Learner:
        """Give one that knows the same and learns on its own."""
        made = copy.copy(self)
        made.model = AnswerModel.restore(self.model.snapshot())
        made.histories = self.histories.copy()
        return made

    def run(self, attempts: Attempts) -> Array:
        """Foretell each attempt, then learn from it; give what was foretold."""
        answered = attempts.answered.tolist()
        began = time.thread_time()
        rows = self._rows(attempts)
        features_at = time.thread_time()
        chances, model = [], self.model
        for features, answer in zip(rows, answered, strict=True):
            chances.append(model.chance(features))
            model.learn(features, answer)
        self.features_s, self.update_s = features_at - began, time.thread_time() - features_at
        return np.array(chances)

    def learn(self, lead: int, moment: Moment, *, answered: bool) -> None:
        """Learn from one more attempt."""
        self.model.learn(features_of(self.segments[lead], self.histories[lead], moment), answered)
        self.histories[lead] = self.histories[lead].after(moment.hour, answered=answered)

    def _rows(self, attempts: Attempts) -> list[Features]:
        rows, histories, segments = [], self.histories, self.segments
        columns = (attempts.lead, attempts.hour, attempts.weekday, attempts.answered)
        for lead, hour, day, answered in zip(*(column.tolist() for column in columns), strict=True):
            moment, history = MOMENTS[day][hour], histories[lead]
            rows.append(features_of(segments[lead], history, moment))
            histories[lead] = history.after(moment.hour, answered=answered)
        return rows


def judged(chances: Array, attempts: Attempts) -> dict[str, float]:
    """Judge the last attempts."""
    first = round(len(attempts) * (1 - JUDGED))
    return judgement(chances[first:], attempts.answered[first:], attempts.truth[first:])


def judgement(said: Array, answered: Flags, truth: Array) -> dict[str, float]:
    """Give the figures of some attempts, beside the truth's."""
    told = {
        "ece": ece(said, answered),
        "ece_of_luck": ece_of_luck(said),
        "auc": auc(said, answered),
        "log_loss": log_loss(said, answered),
        "truth_auc": auc(truth, answered),
        "truth_log_loss": log_loss(truth, answered),
    }
    return told | {"auc_gap": told["truth_auc"] - told["auc"]}


def halved(attempts: Attempts) -> dict[str, float]:
    """Let the answer rate halve in the middle: judge the end, and the time just after."""
    changed = attempts.halved()
    chances = Learner(changed).run(changed)
    middle = len(changed) // 2
    after = slice(middle, middle + min(JUST_AFTER, middle))
    just = judgement(chances[after], changed.answered[after], changed.truth[after])
    early, late = (
        float((chances[part] - changed.truth[part]).mean())
        for part in (slice(middle, middle + 500), slice(middle + 500, middle + 2000))
    )
    return judged(chances, changed) | {
        "ece_just_after": just["ece"],
        "ece_of_luck_just_after": just["ece_of_luck"],
        "first_500_too_high_by": early,
        "next_1500_too_high_by": late,
    }


def learnt(effort: Effort, seed: int) -> dict[str, dict[str, float]]:
    """Run one world in all its variants."""
    attempts = Attempts.drawn(effort.leads, effort.attempts, seed)
    learner = Learner(attempts)
    told = judged(learner.run(attempts), attempts)
    count = len(attempts)
    cost = {
        "us_per_update": 1e6 * learner.update_s / count,
        "us_per_features": 1e6 * learner.features_s / count,
    }
    knowing = judged(Knowing(attempts.leads).chances(attempts), attempts)
    jumping = attempts.jumping(seed + 100)
    return {
        "still": told | cost,
        "attainable": {name: knowing[name] for name in ("auc", "log_loss", "ece")},
        "halved": halved(attempts),
        "jumping": judged(Learner(jumping).run(jumping), jumping),
    }


# ── dialling ─────────────────────────────────────────────────────────────────────────────────────

WAYS = ("random", "likeliest", "ours", "truth")


class Campaign:
    """Days of dialling: each lead once a day at most, until it has answered; so many lines an hour."""

    def __init__(self, attempts: Attempts, learner: Learner, leads: int, seed: int) -> None:
        self._leads, self._learner = attempts.leads, learner
        self._dice = np.random.default_rng(seed)
        self._earlier = np.bincount(attempts.lead, minlength=leads)[:leads]
        self._over = np.zeros(leads, bool)
        self.made, self.expected = 0, 0.0
        """Attempts, and the sum of their true chances: what they bring, without the dice."""

    def day(self, weekday: int, way: str, share: float) -> None:
        """Dial for a day; ``share``: of the open leads that the day's lines will do for."""
        open_ = ~self._over
        lines = int(share * open_.sum() / HOURS)
        for hour in range(HOURS):
            waiting = np.flatnonzero(open_)
            first = waiting[self._order(waiting, weekday, hour, way, lines)[:lines]]
            self._dial(first, weekday, hour)
            open_[first] = False

    def _dial(self, leads: Index, weekday: int, hour: int) -> None:
        chances = self._truth(leads, weekday, hour)
        answered = self._dice.random(len(leads)) < chances
        for lead, answer in zip(leads.tolist(), answered.tolist(), strict=True):
            self._learner.learn(lead, MOMENTS[weekday][hour], answered=answer)
        self._earlier[leads] += 1
        self._over[leads[answered]] = True
        self.made += len(leads)
        self.expected += float(chances.sum())

    def _order(self, leads: Index, weekday: int, hour: int, way: str, lines: int) -> Index:
        hours = range(hour, HOURS)
        if way == "random":
            return self._dice.permutation(len(leads))
        if way == "truth":
            chances = np.array([self._truth(leads, weekday, each) for each in hours])
            cost = prices(chances, [lines] * len(hours))
            return np.argsort(-bids_for(0, chances, chances - cost[:, None]), kind="stable")
        moments = tuple(MOMENTS[weekday][hour:])
        told = order(self._learner.model, self._candidates(leads, moments), [lines] * len(hours))
        return told.places if way == "ours" else np.argsort(-told.chances, kind="stable")

    def _candidates(self, leads: Index, moments: tuple[Moment, ...]) -> list[Candidate]:
        segments, histories = self._learner.segments, self._learner.histories
        return [Candidate(segments[lead], histories[lead], moments) for lead in leads.tolist()]

    def _truth(self, leads: Index, weekday: int, hour: int) -> Array:
        count = len(leads)
        return self._leads.chance(leads, np.full(count, hour), np.full(count, weekday), self._earlier[leads])


def dialled(effort: Effort, seed: int) -> dict[str, dict[str, float]]:
    """Dial leads in each way; give answers per attempt, by lines a day per lead."""
    attempts = Attempts.drawn(effort.leads, effort.attempts, seed)
    before = Learner(attempts)
    before.run(attempts)

    def per_attempt(way: str, share: float) -> float:
        campaign = Campaign(attempts, before.copy(), effort.dialled_leads, seed)
        for day in range(effort.days):
            campaign.day(day, way, share)
        return campaign.expected / campaign.made

    told: dict[str, dict[str, float]] = {}
    for share in effort.shares:
        row = {way: per_attempt(way, share) for way in WAYS}
        row |= {f"{way}_gain": row[way] / row["random"] - 1 for way in WAYS[1:]}
        told[str(share)] = row
    return told


def order_ms(seed: int = 1) -> float:
    """Give how long it takes to put so many leads of two zones in order, at the start of a day."""
    attempts = Attempts.drawn(ORDERED, 5 * ORDERED, seed)
    learner = Learner(attempts)
    learner.run(attempts)
    candidates = [
        Candidate(segment, history, tuple(MOMENTS[0][place % 2 :]))
        for place, (segment, history) in enumerate(zip(learner.segments, learner.histories, strict=True))
    ]
    took = []
    for _ in range(5):
        began = time.perf_counter()
        order(learner.model, candidates, [200.0] * HOURS)
        took.append(time.perf_counter() - began)
    return 1000 * statistics.median(took)


# ── what is told ─────────────────────────────────────────────────────────────────────────────────


def measure(effort: Effort, say: Callable[[str], None]) -> dict[str, Any]:
    """Run everything and give the figures: means over the seeds."""
    began = time.perf_counter()
    runs = []
    for seed in range(1, effort.seeds + 1):
        runs.append(learnt(effort, seed))
        say(f"world {seed}: {_rounded(runs[-1]['still'])}")
    variants = {name: _mean([run[name] for run in runs]) for name in runs[0]}
    sales = [dialled(effort, seed) for seed in range(1, effort.seeds + 1)]
    ordering = {share: _mean([told[share] for told in sales]) for share in sales[0]}
    return {
        **_rounded(variants["still"]),
        "ece_worst": round(max(run["still"]["ece"] for run in runs), 5),
        "attainable": _rounded(variants["attainable"]),
        "ece_after_halving": round(variants["halved"]["ece"], 5),
        "halved": _rounded(variants["halved"]),
        "jumping": _rounded(variants["jumping"]),
        "order_ms": round(order_ms(), 1),
        "order_gain": {share: round(row["ours_gain"], 4) for share, row in ordering.items()},
        "ordering": {share: _rounded(row) for share, row in ordering.items()},
        "leads": effort.leads,
        "attempts": effort.attempts,
        "seeds": effort.seeds,
        "short": effort is not FULL,
        "seconds": round(time.perf_counter() - began),
    }


def missed(told: dict[str, Any]) -> list[str]:
    """Say which targets were missed."""
    return [f"{name} {told[name]}, more than {most}" for name, most in TARGETS.items() if told[name] > most]


def table(told: dict[str, Any]) -> str:
    """Write the figures for a person."""
    best = told["attainable"]
    lines = [
        f"{'':>22} {'log-loss':>9} {'AUC':>7} {'ECE':>7}",
        f"{'the truth':>22} {told['truth_log_loss']:>9.4f} {told['truth_auc']:>7.4f}",
        f"{'attainable':>22} {best['log_loss']:>9.4f} {best['auc']:>7.4f} {best['ece']:>7.4f}",
        f"{'ours':>22} {told['log_loss']:>9.4f} {told['auc']:>7.4f} {told['ece']:>7.4f}"
        f"  (by luck alone {told['ece_of_luck']:.4f}, worst world {told['ece_worst']:.4f})",
    ]
    for name in ("halved", "jumping"):
        row = told[name]
        lines.append(f"{name:>22} {row['log_loss']:>9.4f} {row['auc']:>7.4f} {row['ece']:>7.4f}")
    lines.append(
        f"{told['us_per_update']} µs to foretell and learn, {told['us_per_features']} for the features"
    )
    lines += ["", "answers per attempt" + "".join(f"{way:>12}" for way in WAYS)]
    for share, row in told["ordering"].items():
        shown = "".join(f"{row[way]:>12.4f}" for way in WAYS)
        lines.append(f"{share:>4} lines a lead{shown}   ours {100 * row['ours_gain']:+.1f} %")
    lines.append(f"{ORDERED} leads are put in order in {told['order_ms']} ms")
    return "\n".join(lines)


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.fmean(row[name] for row in rows) for name in rows[0]}


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2 if name.startswith("us_") else 5) for name, value in row.items()}


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.answers",
        description="Foretell answers in a simulated world with the live model (five minutes).",
        epilog="Example: python -m benchmarks.answers --short --json",
    )
    parser.add_argument("--short", action="store_true", help="one small world: nothing is judged")
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    told = measure(SHORT if options.short else FULL, say)
    print(json.dumps(told) if options.json else table(told))
    misses = [] if told["short"] else missed(told)
    for words in misses:
        print(f"missed: {words}", file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
