"""``python -m benchmarks.proof``: what takes too long for every test run; its result is kept in docs/proof/.

Mutates expressions and dialplans (:mod:`benchmarks.fuzzing`), and what comes over wires and from disks
(:mod:`benchmarks.fuzzing_wire`), until ``--rounds`` of each were tried, and lives
through ``--days`` random days of queues, agents, offers and callbacks (the state machines of the tests).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.fuzzing import Dialplans, Surprise, expression, try_expression
from benchmarks.fuzzing_wire import WIRE

MACHINES = (
    "tests/acd/test_machine.py",
    "tests/callbacks/test_machine.py",
    "tests/acd/test_codes_fuzzed.py",  # ten dials for each day
)
KEPT = Path(__file__).parent.parent / "docs" / "proof"


def expressions(rounds: int, seed: int) -> dict[str, Any]:
    """Try mutated expressions."""
    dice = random.Random(seed)
    read = sum(try_expression(expression(dice), dice) for _ in range(rounds))
    return {"tried": rounds, "read": read, "refused": rounds - read}


def dialplans(rounds: int, seed: int) -> dict[str, Any]:
    """Try mutated dialplans."""
    dice, plans = random.Random(seed), Dialplans()
    good, problems = 0, 0
    kinds: set[str] = set()
    for _ in range(rounds):
        found = plans.try_one(plans.mutated(dice), dice)
        good += not any(problem.severity == "error" for problem in found)
        problems += len(found)
        kinds.update(_kind(problem.message) for problem in found)
    return {"tried": rounds, "good": good, "problems": problems, "kinds of problem": len(kinds)}


def _kind(message: str) -> str:
    """Give a message without what was written."""
    return re.sub(r'"[^"]*"|[0-9]+', "…", message)[:60]


def main() -> int:
    """Run, print and keep the result; exit status 1 when something undocumented happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=100_000, help="of each kind (100000 when left out)")
    parser.add_argument("--days", type=int, default=10_000, help="of each machine (10000 when left out)")
    parser.add_argument("--seed", type=int, default=1, help="of the dice")
    parser.add_argument("--keep", action="store_true", help="write the result to docs/proof/fuzzing.json")
    given = parser.parse_args()
    result: dict[str, Any] = {"what": "fuzzing", "commit": commit(), "seed": given.seed}
    try:
        for name, run in (("expressions", expressions), ("dialplans", dialplans)):
            began = time.monotonic()
            result[name] = run(given.rounds, given.seed)
            result[name]["seconds"] = round(time.monotonic() - began, 1)
            print(f"{name}: {json.dumps(result[name])}", flush=True)
        for name, try_all in WIRE.items():
            began = time.monotonic()
            result[name] = try_all(given.rounds, random.Random(given.seed))
            result[name] |= {"seconds": round(time.monotonic() - began, 1)}
            print(f"{name}: {json.dumps(result[name])}", flush=True)
    except Surprise as surprise:
        print(f"something undocumented happened:\n{surprise}", file=sys.stderr)
        return 1
    result["surprises"] = 0
    lived = random_days(given.days)
    print(f"random days: {json.dumps(lived)}", flush=True)
    if given.keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        for name, kept in (("fuzzing", result), ("random-days", lived)):
            (KEPT / f"{name}.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return 0 if lived["passed"] else 1


def random_days(days: int) -> dict[str, Any]:
    """Let every state machine of the tests live through so many random days."""
    began = time.monotonic()
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *MACHINES]
    done = subprocess.run(
        run,
        capture_output=True,
        text=True,
        check=False,
        cwd=KEPT.parent.parent,
        env={**os.environ, "RINGHALL_PROOF_EXAMPLES": str(days)},
    )
    if done.returncode:
        print(done.stdout[-4000:], file=sys.stderr)
    return {
        "what": "random days",
        "commit": commit(),
        "machines": list(MACHINES),
        "days_each": days,
        "passed": done.returncode == 0,
        "pytest": done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "",
        "seconds": round(time.monotonic() - began, 1),
    }


def commit() -> str:
    """Give the hash of the code that ran, marked when it was not all committed."""
    run = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=KEPT.parent.parent)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
