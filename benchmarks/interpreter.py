"""``python -m benchmarks.interpreter [--json]``: steps that the menu interpreter takes a second, on one core.

A call goes through conditions, values, a sub-menu, prompts, digits and a menu, again and again; every step
that is entered counts.  Nothing is faked but the caller: the shell, and its I/O, are not part of it.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from pathlib import Path

from ivr.interpreter import Enter, Interpreter, Key, PlayEnded, PlayPrompt, Started
from ivr.load import Source, load
from ivr.steps import Position, Site

TARGET = 100_000
SITE = """
site: Benchmark
languages: [en, zh]
numbers: {"1000": welcome}
menus:
  welcome:
    - set: {tries: 0, tier: gold}
    - goto: main
  main:
    - set: {tries: "{tries + 1}"}
    - call: greeting
    - if: tier == "gold" and tries > 0 and not (caller.country in ["XX", "YY"])
      then: gold
      else: sorry
  greeting:
    - switch: caller.country
      cases: {CN: chinese, DE: german}
      default: german
  german:
    - set: {order: "{first(caller.number, 4)}"}
    - return
  chinese:
    - set: {order: "{last(caller.number, 4)}"}
  gold:
    - if: tries % 10 == 0
      then:
        - play: {en: Welcome, zh: 欢迎}
        - collect: {into: account, digits: 4, say: {en: Your account, zh: 账号}}
        - play: {en: "Account {account|digits}, try {tries|number}", zh: "{account|digits}"}
    - menu:
        say: {en: Choose, zh: 请选择}
        keys: {"1": main, "2": sorry}
        no_input: {then: sorry}
        invalid: {then: sorry}
  sorry:
    - play: {en: Sorry, zh: 抱歉}
    - hangup
"""


def the_site() -> Site:
    """Read the benchmark's site."""
    loaded = load([Source("benchmark.yaml", Path.cwd(), SITE.encode())], {}, ())
    if loaded.site is None:
        raise SystemExit("\n".join(map(str, loaded.problems)))
    return loaded.site


def steps_per_second(site: Site, seconds: float) -> float:
    """Go round for so long, and count the steps entered."""
    facts = {"caller.country": "CN", "caller.number": "+862155501000"}
    menus = Interpreter(site, Position("welcome", 0), "en", look_up=facts.get)
    count, now, digits = 0, 0.0, 0
    began = time.perf_counter()
    out = menus.handle(Started(), now)
    while time.perf_counter() - began < seconds:
        for _ in range(100):
            count += len([1 for command in out if type(command) is Enter])
            now += 0.1
            step = menus.step
            if step is not None and step.kind == "play":
                out = menus.handle(PlayEnded(), now)
            elif step is not None and step.kind == "collect":
                digits = digits % 4 + 1
                out = menus.handle(Key(str(digits)), now)
            else:
                if any(isinstance(command, PlayPrompt) for command in out):
                    menus.handle(PlayEnded(), now)
                out = menus.handle(Key("1"), now)
    if menus.over:
        raise SystemExit("the call ended: the benchmark's site is wrong")
    return count / (time.perf_counter() - began)


def main() -> int:
    """Measure five times, and show the median."""
    parser = argparse.ArgumentParser(description="Interpreter steps a second.")
    parser.add_argument("--json", action="store_true", help="one JSON line")
    parser.add_argument("--quick", action="store_true", help="a tenth of the time, for tests")
    given = parser.parse_args()
    site = the_site()
    gc.collect()
    gc.freeze()
    runs = [steps_per_second(site, 0.1 if given.quick else 1.0) for _ in range(5)]
    median = round(statistics.median(runs))
    result = {
        "steps_per_s": median,
        "lowest": round(min(runs)),
        "highest": round(max(runs)),
        "target": TARGET,
        "met": median >= TARGET,
        "faked": "the caller; no shell, no I/O",
    }
    if given.json:
        print(json.dumps(result))
    else:
        print(f"interpreter: {median:,} steps/s ({min(runs):,.0f} to {max(runs):,.0f}), target {TARGET:,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
