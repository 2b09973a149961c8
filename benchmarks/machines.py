"""``python -m benchmarks.machines [--json] [--short]``: people told from machines.

How many people are taken for machines and how many machines are found, by when, and how well beeps are.
Greetings are simulated (:mod:`benchmarks.greetings`), with voices that were not used to choose the thresholds
(``--split design`` has those that were).  The bound on the share of people who are taken for machines is
Clopper's and Pearson's (1934), exact, one-sided at 95 %.  Exit status 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.greetings import Greetings, World
from benchmarks.greetings_voices import NoVoices, voices
from benchmarks.machine import conditions
from outbound.machines.beep import BeepFinder
from outbound.machines.port import LATEST_S
from outbound.machines.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.greetings import Greeting
    from benchmarks.greetings_voices import Split, Voice
    from outbound.machines.beep import Outcome
    from outbound.machines.port import Verdict

TARGET_SHARE = 0.005
"""People taken for machines, upper bound."""
BEEP_WITHIN_S = 0.15
"""A beep that was found counts when its end is right to so much."""
SPEECH = Path(__file__).resolve().parents[2] / "shared" / "data" / "speech"
"""Where recordings are looked for: beside the checkout."""
SEEDS: dict[Split, int] = {"design": 1, "evaluation": 1001}


@dataclass(frozen=True)
class Size:
    """How many are made."""

    people: int
    machines: int
    hard: int
    """People in each harder world."""


FULL, SHORT = Size(4000, 1500, 2000), Size(200, 60, 100)
HARDER = {
    "all answer for firms": World(people={"company": 1.0}),
    "every second headset answers by itself": World(headset=0.5),
    "one answer in twenty told late": World(told_late=0.05),
    "a television in every second room": World(background=0.5),
    "only those who say nothing beside a television": World(people={"television": 1.0}),
}


@dataclass
class Tally:
    """What came of some greetings."""

    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind of greeting and verdict."""
    at_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    """How much too late a person's greeting was taken to be over; negative when too early."""
    beeps: Counter[str] = field(default_factory=Counter)
    beep_errors_s: list[float] = field(default_factory=list)
    audio_s: float = 0.0
    cpu_s: float = 0.0

    def judge(self, greeting: Greeting) -> Verdict:
        """Hear the beginning."""
        detector, verdict, frames = Timing.create(), None, 0
        began = time.process_time()
        for at, pcm in greeting.frames:
            frames += 1
            if (verdict := detector.feed(at, pcm)) is not None:
                break
        verdict = verdict or detector.expire(LATEST_S)
        self.cpu_s += time.process_time() - began
        self.audio_s += frames * 0.02
        assert verdict is not None  # noqa: S101 - expire gives one
        self.verdicts[greeting.kind, verdict.kind] += 1
        self.at_s.append(verdict.at_s)
        if greeting.over_s is not None and verdict.figures.get("bursts"):
            self.late_s.append(verdict.greeting_over_s - greeting.over_s)
        return verdict

    def wait_for_beep(self, greeting: Greeting) -> None:
        """Hear the rest as after a verdict, whatever it was."""
        finder, outcome, frames = BeepFinder(LATEST_S), None, 0
        began = time.process_time()
        for at, pcm in greeting.frames:
            frames += 1
            if (outcome := finder.feed(at, pcm)) is not None:
                break
        self.cpu_s += time.process_time() - began
        self.audio_s += frames * 0.02
        self._count(outcome, greeting.beep_s)

    def _count(self, outcome: Outcome | None, beep_s: tuple[float, float] | None) -> None:
        self.beeps["there"] += beep_s is not None
        if outcome is None or outcome.kind == "none":
            return
        if beep_s is not None and abs(outcome.ended_s - beep_s[1]) <= BEEP_WITHIN_S:
            self.beeps["found"] += 1
            self.beep_errors_s.append(abs(outcome.ended_s - beep_s[1]))
        else:
            self.beeps["false"] += 1

    def count(self, verdict: str) -> int:
        """How many got a verdict."""
        return sum(number for (_, got), number in self.verdicts.items() if got == verdict)

    def by_kind(self) -> dict[str, dict[str, int]]:
        """Give the verdicts of each kind of greeting."""
        return {
            kind: {got: self.verdicts[kind, got] for got in ("human", "unsure", "machine")}
            for kind in sorted({kind for kind, _ in self.verdicts})
        }


def upper_bound(hits: int, of: int, confidence: float = 0.95) -> float:
    """Give Clopper's and Pearson's one-sided upper bound of a share: p with P(X ≤ hits) = 1 − confidence."""
    if hits >= of:
        return 1.0
    low, high = hits / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, of, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(hits: int, of: int, share: float) -> float:
    """Give P(X ≤ hits) for X binomial."""
    if share >= 1:
        return 0.0
    logs = (
        math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
        + k * math.log(share) + (of - k) * math.log1p(-share)
        for k in range(hits + 1)
    )  # fmt: skip
    return math.fsum(map(math.exp, logs))


def measure(size: Size, split: Split, speech: Path | None, say: Callable[[str], None]) -> dict[str, Any]:
    """Make greetings, judge them and give the figures.  Raises :class:`NoVoices`."""
    began, made = time.perf_counter(), voices(split, speech)
    greetings, people, machines = Greetings(made, SEEDS[split]), Tally(), Tally()
    say(f"{size.people} people")
    for _ in range(size.people):
        people.judge(greetings.person())
    say(f"{size.machines} machines")
    for _ in range(size.machines):
        greeting = greetings.machine()
        verdict = machines.judge(greeting)
        if verdict.what in {"speech", "silence"}:  # after the other tones no message is left
            machines.wait_for_beep(greeting)
    harder = {}
    for number, (name, world) in enumerate(HARDER.items(), 1):
        say(name)
        harder[name] = _bounded(hard_world(made, world, SEEDS[split] + number, size.hard), size.hard)
    return summary(people, machines) | {
        "harder_worlds": harder,
        "split": split,
        "voices": {
            "recorded": sum(voice.recorded for voice in made),
            "espeak-ng": sum(not voice.recorded for voice in made),
        },
        "simulated": True,
        "short": size is SHORT,
        "seconds": round(time.perf_counter() - began),
        "conditions": {k: v for k, v in conditions().items() if k in {"cores", "machine", "python"}},
    }


def hard_world(made: Sequence[Voice], world: World, seed: int, count: int) -> int:
    """Give how many people of a world are taken for machines."""
    greetings, people = Greetings(made, seed, world), Tally()
    for _ in range(count):
        people.judge(greetings.person())
    return people.count("machine")


def _bounded(hits: int, of: int) -> dict[str, float]:
    return {"people": of, "as_machines": hits, "upper95": round(upper_bound(hits, of), 5)}


def summary(people: Tally, machines: Tally) -> dict[str, Any]:
    """Put what was counted into figures."""
    count, mistaken, of = len(people.at_s), people.count("machine"), len(machines.at_s)
    at_s = [*people.at_s, *machines.at_s]
    errors = machines.beep_errors_s
    return {
        "people": count,
        "people_as_machines": mistaken,
        "people_as_machines_upper95": round(upper_bound(mistaken, count), 5),
        "machines": of,
        "machines_found": round(machines.count("machine") / of, 4),
        "machines_unsure": round(machines.count("unsure") / of, 4),
        "machines_as_people": round(machines.count("human") / of, 4),
        "verdict_p95_s": round(float(np.percentile(at_s, 95)), 3),
        "verdict_max_s": round(max(at_s), 3),
        "human_verdict_median_s": round(float(np.median(people.at_s)), 3),
        "greeting_over_late_p95_ms": round(1000 * float(np.percentile(people.late_s or [0.0], 95))),
        "beeps": machines.beeps["there"],
        "beep_found": round(machines.beeps["found"] / max(1, machines.beeps["there"]), 4),
        "beep_false": machines.beeps["false"],
        "beep_error_ms": round(1000 * float(np.percentile(errors, 95)), 1) if errors else None,
        "cpu_ms_per_second_of_audio": round(
            1000 * (people.cpu_s + machines.cpu_s) / (people.audio_s + machines.audio_s), 2
        ),
        "by_kind": {"people": people.by_kind(), "machines": machines.by_kind()},
    }


def missed(told: dict[str, Any]) -> list[str]:
    """Say which targets were missed."""
    words = []
    if told["people_as_machines_upper95"] > TARGET_SHARE:
        words.append(f"up to {told['people_as_machines_upper95']:.2%} of the people are taken for machines")
    if told["verdict_max_s"] > LATEST_S:
        words.append(f"a verdict came after {told['verdict_max_s']} s")
    return words


def table(told: dict[str, Any]) -> str:
    """Write the figures for a person."""
    lines = ["simulated greetings", ""]
    lines += [f"{name:>32}  {value}" for name, value in told.items() if not isinstance(value, dict)]
    for side, kinds in told["by_kind"].items():
        lines += ["", f"{side:>32}  human unsure machine"]
        lines += [
            f"{kind:>32} {row['human']:>6} {row['unsure']:>6} {row['machine']:>7}"
            for kind, row in kinds.items()
        ]
    lines += ["", "people taken for machines in harder worlds:"]
    lines += [
        f"{name:>48} {row['as_machines']:>4} of {row['people']}, at most {row['upper95']:.2%}"
        for name, row in told["harder_worlds"].items()
    ]
    return "\n".join(lines)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.machines",
        description="Judge simulated greetings of people and machines (some minutes).",
        epilog="Example: python -m benchmarks.machines --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--short", action="store_true", help="few greetings, to see that it works")
    parser.add_argument(
        "--split", choices=("evaluation", "design"), default="evaluation", help="whose voices"
    )
    parser.add_argument(
        "--speech", type=Path, default=SPEECH, help="folder with labels.csv and recordings, if there is one"
    )
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    try:
        told = measure(SHORT if options.short else FULL, options.split, options.speech, say)
    except NoVoices as error:
        print(f"benchmarks.machines: {error}", file=sys.stderr)
        return 2
    print(json.dumps(told) if options.json else table(told))
    misses = [] if told["short"] else missed(told)
    for words in misses:
        print(f"missed: {words}", file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
