"""A big site checked, loaded and edited under load; keys answered.  ``python -m benchmarks.dialplans``.

Everything is real but the people: SIPp is the callers and phones of the load, and a caller of our own hears
the RTP when keys are measured.  Exit status 1 when a call was lost, doubled or disturbed, 2 when nothing
could be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import floor
from benchmarks.big_site import ANSWER_HZ, SPOKEN, TONES, write_site
from benchmarks.edits import Edits, outcome
from benchmarks.interpreter import steps_per_second, the_site
from benchmarks.machine import conditions, spread_ms
from benchmarks.many_calls import Load, through_the_queue
from benchmarks.measuring_caller import CallFailed
from benchmarks.pressing_caller import PressingCaller, tone_of
from callflow.logging import configure_logging
from callflow.private_server import ServerFailed
from ivr.installed import stages_and_sections
from ivr.load import load_folder
from speech.prompts import RenderedPrompts
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp import SippError
from telephony.programs import ProgramMissing, private_prefix

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.private_server import PrivateServer

TARGETS = {
    "check_s": 2.0,
    "reload_s": 3.0,
    "loop_late_reloading_ms": 20.0,
    "interpreter_us_per_step": 10.0,
    "key_to_prompt_p95_ms": 120.0,
    "key_into_prompt_p95_ms": 120.0,
    "lost": 0,
    "double_offers": 0,
    "non_terminal": 0,
    "calls_on_two_versions": 0,
    "never_counted": 0,
}
FAULTS = tuple(name for name, target in TARGETS.items() if not target)


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    menus: int
    checks: int
    """The quickest of them counts."""
    load: Load
    saves: int
    every_s: float
    presses: int


FULL = Size(2000, 3, Load(per_second=40, seconds=45, desks=200), saves=7, every_s=6.0, presses=40)
QUICK = Size(30, 1, Load(per_second=4, seconds=7, desks=20), saves=3, every_s=2.0, presses=2)


async def measure(size: Size, say: Callable[[str], None]) -> dict[str, Any]:
    """Run every part and give the figures."""
    told: dict[str, Any] = {"conditions": conditions(), "menus": size.menus}
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        file = write_site(folder / "site", size.menus)
        say(f"checking {size.menus} menus")
        told["check"] = await check(file.parent, size.checks)
        told["interpreter_steps_per_s"] = round(max(steps_per_second(the_site(), 0.5) for _ in range(3)))
        say("rendering their prompts (before any call, as a first start does)")
        told["render"] = await render(file.parent, folder / "home")
        say("starting Asterisk and controller")
        async with floor.make_server(folder / "home", size.load.desks, file.parent) as server:
            say(f"key to the next prompt, {2 * size.presses} calls")
            told["keys"] = await keys(server, size.presses)
            say(f"{size.load.per_second} calls/s for {size.load.seconds} s, {size.saves} saves of the site")
            told["edits"], told["load"] = await edited(server, file, size, folder)
    return summary(told)


async def check(folder: Path, times: int) -> dict[str, Any]:
    """Time ``ringhall check`` as a user runs it, and within a process that has everything imported."""
    whole = []
    for _ in range(times):
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from callflow.cli import main; main()", "check", str(folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode:
            raise ServerFailed(f"the site is not in order: {(out + err).decode()[:600]}")
        whole.append(time.perf_counter() - began)
    stages, sections = stages_and_sections()
    began = time.perf_counter()
    load_folder(folder, stages, sections)
    return {"command_s": round(min(whole), 2), "load_s": round(time.perf_counter() - began, 2)}


async def render(folder: Path, home: Path) -> dict[str, Any]:
    """Render the site's prompts into the home that the server will have."""
    site = load_folder(folder, *stages_and_sections()).site
    assert site is not None  # noqa: S101 - it was checked
    book = RenderedPrompts(home / "prompts", private_prefix())
    began = time.perf_counter()
    await book.prepare(site.prompts(), site.languages)
    await book.close()
    return {"prompts": book.rendered, "seconds": round(time.perf_counter() - began, 1)}


async def keys(server: PrivateServer, times: int) -> dict[str, Any]:
    """Press keys after and into a question: ms from the key to the answer's first sound."""
    caller = PressingCaller(server.sip)
    after, into = [], []
    for number in range(times + 1):  # the first calls of a process warm it up, as in a day's work
        after.append(await caller.press_after(SPOKEN, str(4_420_000_000 + number), "1"))
        into.append(
            await caller.press_into(TONES, str(4_420_100_000 + number), "1", answer=tone_of(ANSWER_HZ))
        )
    return {
        "calls": 2 * times,
        "spoken_after_question_ms": spread_ms([pressed.from_end for pressed in after[1:]]),
        "tone_into_question_ms": spread_ms([pressed.from_end for pressed in into[1:]]),
        "spoken_from_key_down_ms": spread_ms([pressed.from_begin for pressed in after[1:]]),
        "tone_from_key_down_ms": spread_ms([pressed.from_begin for pressed in into[1:]]),
    }


async def edited(
    server: PrivateServer, file: Path, size: Size, folder: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Save the site again and again while calls go through it."""
    seq = (await server.events())[-1].seq
    edits = Edits(file, size.menus, size.every_s)
    saving = asyncio.create_task(edits.run(server, seq, size.saves))
    try:
        load = await through_the_queue(server, size.load, folder / "load")
        await saving
    finally:
        saving.cancel()
    await asyncio.sleep(2.0)  # the last save, and the database
    lag = await server.ask("GET", "/control/loop")
    began = edits.saves[0].at - 5.0
    return outcome(edits.saves, await server.events(seq), [one for one in lag if one[0] >= began]), load


def summary(told: dict[str, Any]) -> dict[str, Any]:
    """Put the figures that have a target first."""
    edits, load, pressed = told["edits"], told["load"], told["keys"]
    first = {
        "check_s": told["check"]["command_s"],
        "reload_s": edits["reload_max_s"],
        "loop_late_reloading_ms": edits["loop_late_reloading_ms"]["max"],
        "interpreter_us_per_step": round(1e6 / told["interpreter_steps_per_s"], 1),
        "key_to_prompt_p95_ms": pressed["spoken_after_question_ms"]["p95"],
        "key_into_prompt_p95_ms": pressed["tone_into_question_ms"]["p95"],
        **{name: load[name] for name in ("lost", "double_offers", "non_terminal")},
        **{name: edits[name] for name in ("calls_on_two_versions", "never_counted")},
    }
    return {**first, **told}


def _table(told: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    targets = Table("figure", "measured", "target")
    for name, target in TARGETS.items():
        good = told[name] <= target
        targets.add_row(name, f"[{'green' if good else 'red'}]{told[name]}[/]", f"≤ {target:g}")
    console.print(targets)
    for part in ("check", "render", "keys", "edits", "load", "conditions"):
        details = Table(part, "")
        for name, value in told[part].items():
            details.add_row(name, json.dumps(value) if isinstance(value, dict) else str(value))
        console.print(details)


def main() -> int:
    """Measure and print; the exit status tells whether every call was served as if nothing were edited."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dialplans",
        description="Measure checking, loading and editing 2,000 menus under load (about five minutes).",
        epilog="Example: python -m benchmarks.dialplans --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument(
        "--quick", action="store_true", help="a small site and few calls, to see that it works"
    )
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    configure_logging(logging.WARNING)  # on standard error: standard output is for the figures
    try:
        told = asyncio.run(measure(QUICK if options.quick else FULL, say))
    except (ServerFailed, ConfigError, AsteriskFailed, ProgramMissing, SippError, CallFailed) as error:
        print(f"benchmarks.dialplans: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(told))
    else:
        _table(told)
    return 1 if any(told[name] for name in FAULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
