"""``python -m benchmarks.dialer [--short] [--json]``: how busy pacing keeps agents under the cap on drops.

The world is that of :mod:`benchmarks.dialing_world`; all ways of pacing run the live code on the same
seeds.  The classic adaptive way is tuned in hindsight: the best of a grid that keeps its mean under the
cap.  Exit status 1 when a target is missed, 2 when the progressive row shows that the world is not the one
meant.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.dialing_optimum import SmallWorld
from benchmarks.dialing_parts import Asked, Kept
from benchmarks.dialing_world import World
from benchmarks.machine import conditions
from outbound.pacing.budget import CAP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Tried = list[tuple[dict[str, Any], Callable[[], dict[str, Any]]]]
    """Settings of the classic way, and what gives the row of each."""

PROGRESSIVE_ROW = {5: 76.6, 10: 76.4, 30: 76.6, 100: 76.3, 300: 77.0}
"""Measured apart from this code; a world that gives another row is another world."""
ROW_WITHIN = 1.0
TARGETS = {5: 83.0, 10: 86.0, 30: 91.5, 100: 96.0, 300: 98.0}
OVER_CLASSIC, UNDER_KNOWN, UNDER_OPTIMUM = 2.5, 2.0, 0.2
DECISION_MS = 1.0
SMALL = [SmallWorld(agents, chance) for agents in (5, 10, 30) for chance in (0.2, 0.35)]
HARD_AGENTS = 30
HARD = {
    "answer odds halve at noon": World(HARD_AGENTS, halves_at_noon=True),
    "30 % of the agents leave at once": World(HARD_AGENTS, leave_at_noon=0.3),
    "answer model 0.5 logit too high": World(HARD_AGENTS, bias=0.5),
    "answer model 0.5 logit too low": World(HARD_AGENTS, bias=-0.5),
    "40 % machines": World(HARD_AGENTS, machines=0.4),
    "trunk of 1.3 lines an agent": World(HARD_AGENTS, lines=39),
    "carrier takes 3 s": World(HARD_AGENTS, carrier_delay_s=3.0),
}
GRID = [
    {"most": most, "difference": difference, "mode": mode, "only_idle": only_idle}
    for most, difference, mode, only_idle in itertools.product(
        (1.2, 1.5, 2.0, 3.0), (0.0, 0.1, 0.3), ("hard", "average", "tapered"), (False, True)
    )
]


@dataclass(frozen=True)
class Effort:
    """How much is simulated."""

    days: dict[int, int]
    """By number of agents."""
    known_days: int
    """Of knowing durations and chances, and of the progressive row; by size."""
    tuning_days: int
    """Of each finalist of the classic way: as many as make a choice that is not luck."""
    grid: list[dict[str, Any]]
    hard_days: int


FULL = Effort({5: 300, 10: 300, 30: 300, 100: 60, 300: 40}, 20, 10, GRID, 20)
"""The fewer the agents, the fewer a day's answers (700 with five, 53,000 with 300), and the more luck has a
say in whether the day stays under the cap: so most of the 1,000 days are small ones.  Large ones cost more:
each day has 28,800 decisions, and the world besides (CPU: 0.9 s with five agents, 2.8 s with 300; 25 minutes
for all that is asked)."""
PART = Effort({5: 12, 10: 12, 30: 12, 100: 4, 300: 2}, 2, 1, GRID[::9], 2)
"""All sizes and worlds, few days: some minutes."""
SHORT = Effort({10: 4, 30: 2}, 2, 1, GRID[::30], 1)
FINALISTS = 6
NONE_ALLOWED = {"utilisation": 0.0, "settings": "none of those tried stays under the cap"}


def classic(asked: Asked, agents: int, grid: Sequence[dict[str, Any]], days: int) -> Tried:
    """Have settings of the classic way run."""
    return [
        (settings, asked.ask(f"classic {agents}", "classic", World(agents), days, settings))
        for settings in grid
    ]


def best(tried: Tried) -> list[dict[str, Any]]:
    """Give the rows of those that keep their mean under the cap, the busiest first."""
    told = [row() | {"settings": settings} for settings, row in tried]
    return sorted(
        (row for row in told if row["drop_rate"] <= 100 * CAP),
        key=lambda row: float(row["utilisation"]),
        reverse=True,
    )


def measure(
    effort: Effort, kept: Kept, say: Callable[[str], None], *, progress: bool = False
) -> dict[str, Any]:
    """Run everything and give the figures; raises KeyboardInterrupt once the parts that run are over."""
    began = time.perf_counter()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # each core has a process of its own
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, _stops_when_told) as pool:
        asked = Asked(pool, kept, say, progress=progress)
        try:
            told = _measured(effort, asked)
        except BaseException:
            say("stopping: the parts that run are finished, then they are kept if there is a file for them")
            pool.shutdown(cancel_futures=True)
            raise
    return told | {
        "parts_taken_over": asked.taken_over,
        "short": effort is not FULL,
        "seconds": round(time.perf_counter() - began),
        "conditions": {k: v for k, v in conditions().items() if k in {"cores", "machine", "python"}},
    }


def _stops_when_told() -> None:
    """Leave it to the process that began it to end this one: Ctrl-C reaches all of a terminal's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _measured(effort: Effort, asked: Asked) -> dict[str, Any]:
    """Ask for everything at once, so that no process waits; then put together what comes of it."""
    sizes = list(effort.days)
    standing = {
        n: asked.ask(f"progressive {n}", "progressive", World(n), max(4, effort.known_days)) for n in sizes
    }
    worlds = [asked.small_world(world, 0.027) for world in (SMALL if effort is not SHORT else SMALL[:2])]
    screened = {n: classic(asked, n, effort.grid, 1) for n in sizes}
    ours = {n: asked.ask(f"threshold {n}", "threshold", World(n), days) for n, days in effort.days.items()}
    known = {n: asked.ask(f"known {n}", "knowing", World(n), effort.known_days) for n in sizes}
    hard = {name: asked.ask(name, "threshold", world, effort.hard_days) for name, world in HARD.items()}
    finalists = {
        n: classic(asked, n, [row["settings"] for row in best(tried)[:FINALISTS]], effort.tuning_days)
        for n, tried in screened.items()
    }
    progressive, rows = ({n: row() for n, row in of.items()} for of in (standing, ours))
    told_known, told_hard = (
        {n: row() for n, row in known.items()},
        {name: row() for name, row in hard.items()},
    )
    tuned = {n: next(iter(best(tried)), dict(NONE_ALLOWED)) for n, tried in finalists.items()}
    return {
        "utilisation": {n: row["utilisation"] for n, row in rows.items()},
        "days": sum(row["days"] for row in rows.values()),
        "days_over_cap": sum(row["days_over_cap"] for row in rows.values()),
        "decision_p99_ms": max(row["decision_p99_ms"] for row in rows.values()),
        "rows": rows,
        "progressive": progressive,
        "classic_in_hindsight": tuned,
        "known": told_known,
        "small_worlds": [row() for row in worlds],
        "hard_worlds": told_hard,
    }


def missed(told: dict[str, Any]) -> list[str]:
    """Say which targets were missed."""
    words = [
        f"utilisation {value} % at {n} agents, less than {TARGETS[n]}"
        for n, value in told["utilisation"].items()
        if value < TARGETS[n]
    ]
    for n, value in told["utilisation"].items():
        if value < told["classic_in_hindsight"][n]["utilisation"] + OVER_CLASSIC:
            words.append(f"less than {OVER_CLASSIC} points over the classic way at {n} agents")
        if value < told["known"][n]["utilisation"] - UNDER_KNOWN:
            words.append(f"more than {UNDER_KNOWN} points under known durations at {n} agents")
    if told["days_over_cap"]:
        words.append(f"{told['days_over_cap']} days over the cap")
    words += [
        f"{name}: {row['days_over_cap']} days over the cap"
        for name, row in told["hard_worlds"].items()
        if row["days_over_cap"]
    ]
    words += [
        f"{row['gap']} points under the optimum of {row['agents']} agents"
        for row in told["small_worlds"]
        if row["gap"] > UNDER_OPTIMUM
    ]
    if told["decision_p99_ms"] > DECISION_MS:
        words.append(f"a decision takes {told['decision_p99_ms']} ms")
    return words


def wrong_world(told: dict[str, Any]) -> list[str]:
    """Say where the progressive row is not the one that is known."""
    within = ROW_WITHIN * (3 if told["short"] else 1)  # a few days scatter
    return [
        f"progressive at {n} agents keeps them busy for {row['utilisation']} %, not {PROGRESSIVE_ROW[n]}"
        for n, row in told["progressive"].items()
        if abs(row["utilisation"] - PROGRESSIVE_ROW[n]) > within
    ]


def table(told: dict[str, Any]) -> str:
    """Write the figures for a person."""
    lines = ["utilisation in %, at most 3 % of the answers dropped (worst day)", ""]
    heads = ("agents", "progressive", "classic, tuned", "ours", "known", "drops", "worst day", "ms")
    lines.append(" ".join(f"{head:>14}" for head in heads))
    for n, row in told["rows"].items():
        others = [told[kind][n]["utilisation"] for kind in ("progressive", "classic_in_hindsight")]
        known = told["known"][n]["utilisation"]
        shown = [
            n,
            *others,
            row["utilisation"],
            known,
            row["drop_rate"],
            row["worst_day"],
            row["decision_p99_ms"],
        ]
        lines.append(" ".join(f"{value:>14}" for value in shown))
    lines += ["", f"{told['days_over_cap']} of {told['days']} days over the cap", ""]
    lines.append(f"hard worlds, {HARD_AGENTS} agents: utilisation, drops, worst day")
    for name, row in told["hard_worlds"].items():
        lines.append(f"{name:>34} {row['utilisation']:>7} {row['drop_rate']:>6} {row['worst_day']:>6}")
    lines += ["", "small worlds: agents, answers, ours, the exact optimum"]
    for row in told["small_worlds"]:
        lines.append(f"{row['agents']:>8} {row['chance']:>6} {row['ours']:>7} {row['optimum']:>7}")
    return "\n".join(lines)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dialer",
        description="Simulate campaigns on the live pacing code (half an hour on two cores).",
        epilog="Example: python -m benchmarks.dialer --short",
    )
    parser.add_argument(
        "--short", action="store_true", help="a few days only: nothing is judged but the world"
    )
    parser.add_argument(
        "--part", action="store_true", help="all sizes and worlds, few days: judged as --short is"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE",
        help="write each part down when it is over (JSON lines); take over what is there of the same code",
    )  # fmt: skip
    parser.add_argument("--progress", action="store_true", help="say when each part is over")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    try:
        kept = Kept(options.keep)
    except (OSError, UnicodeError) as error:
        parser.error(
            f"--keep {options.keep}: {error}; name a file of JSON lines that can be written, or a new one"
        )
    if options.keep is not None:
        say(f"{len(kept)} parts of this code in {options.keep}, {kept.stale} lines of other code or cut off")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    effort = SHORT if options.short else PART if options.part else FULL
    try:
        told = measure(effort, kept, say, progress=options.progress)
    except KeyboardInterrupt:
        return 130
    print(json.dumps(told) if options.json else table(told))
    for words in (wrong := wrong_world(told)):
        print(f"benchmarks.dialer: {words}", file=sys.stderr)
    if wrong:
        return 2
    misses = [] if told["short"] else missed(told)
    for words in misses:
        print(f"missed: {words}", file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
