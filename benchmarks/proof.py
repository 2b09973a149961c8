"""``python -m benchmarks.proof``: what takes too long for every test run; its result is kept in docs/proof/.

Mutates expressions and dialplans (:mod:`benchmarks.fuzzing`) until ``--rounds`` of each were tried.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.fuzzing import Dialplans, Surprise, expression, try_expression

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
    except Surprise as surprise:
        print(f"something undocumented happened:\n{surprise}", file=sys.stderr)
        return 1
    result["surprises"] = 0
    if given.keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / "fuzzing.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


def commit() -> str:
    """Give the hash of the code that ran, marked when it was not all committed."""
    run = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=KEPT.parent.parent)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
