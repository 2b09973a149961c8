"""The parts of ``benchmarks.dialer``: run by all processes, and kept, so that a stopped run is not lost.

A file of kept parts has one JSON line each.  A line counts only for the code that made it: pacing, world,
ways and the versions of Python and numpy are hashed into it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

import outbound.pacing
from benchmarks import dialing_optimum, dialing_ways, dialing_world
from benchmarks.dialing_ways import Ran, in_small_world, run, summed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.dialing_optimum import SmallWorld
    from benchmarks.dialing_world import World

CAMPAIGN_DAYS = 10


def code_hash() -> str:
    """Give what changes when a part might come out otherwise."""
    told = hashlib.sha256(f"{platform.python_version()} {np.__version__}".encode())
    pacing = Path(outbound.pacing.__file__).parent.glob("*.py")
    others = (Path(str(module.__file__)) for module in (dialing_optimum, dialing_ways, dialing_world))
    for path in sorted(pacing) + sorted(others):
        told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:16]


class Kept:
    """Parts that are over, by what was asked; without a file for this run alone."""

    def __init__(self, path: Path | None = None) -> None:
        """Take over what ``path`` has of the same code; raises OSError when it can't be read and written."""
        self._code, self._over = code_hash(), dict[str, Any]()
        self.stale = 0
        """Lines left out: of other code, or cut off when a run was stopped."""
        self._file = path.open("a+", encoding="utf-8") if path is not None else None
        if self._file is not None:
            self._take_over(self._file)

    def __len__(self) -> int:
        return len(self._over)

    def get(self, asked: str) -> Mapping[str, Any] | None:
        """Give what a part told, if it is kept."""
        return self._over.get(asked)

    def keep(self, asked: str, told: Mapping[str, Any]) -> None:
        """Write down what a part told."""
        if self._file is not None:
            self._file.write(json.dumps({"code": self._code, "asked": asked, "told": told}) + "\n")
            self._file.flush()

    def _take_over(self, file: TextIO) -> None:
        file.seek(0)
        line = "\n"
        for line in file:
            try:
                kept = json.loads(line)
                code, asked, told = kept["code"], kept["asked"], kept["told"]
            except (ValueError, TypeError, KeyError):
                code = None
            if code == self._code:
                self._over[asked] = told
            else:
                self.stale += 1
        if not line.endswith("\n"):
            file.write("\n")


class Asked:
    """Campaigns and small worlds to be run, by label."""

    def __init__(
        self, pool: ProcessPoolExecutor, kept: Kept, say: Callable[[str], None], *, progress: bool = False
    ) -> None:
        """``progress``: say so whenever a part is over, not only when a row is."""
        self._pool, self._kept, self._say, self._progress = pool, kept, say, progress
        self._began = time.perf_counter()
        self._parts = self._over = 0
        self.taken_over = 0
        """Parts that another run had kept."""

    def ask(
        self, label: str, name: str, world: World, days: int, settings: dict[str, Any] | None = None
    ) -> Callable[[], dict[str, Any]]:
        """Have so many days run, in campaigns of ten; gives what gives the row, when they are over."""
        parts = [min(CAMPAIGN_DAYS, days - begun) for begun in range(0, days, CAMPAIGN_DAYS)]
        futures = [
            self._part(
                f"{label}, campaign {seed} of {len(parts)}", run, name, world, seed, part, settings or {}
            )
            for seed, part in enumerate(parts, 1)
        ]

        def row() -> dict[str, Any]:
            told = summed(Ran(**future.result()) for future in futures)
            self._say(f"{label}: {told['utilisation']} %, drops {told['drop_rate']} %")
            return told

        return row

    def small_world(self, world: SmallWorld, alpha: float) -> Callable[[], dict[str, Any]]:
        """Have a small world solved; gives what gives its row."""
        return self._part(f"small world of {world.agents}", in_small_world, world, alpha).result

    def _part(
        self, label: str, work: Callable[..., Ran | dict[str, Any]], *given: Any
    ) -> Future[dict[str, Any]]:
        asked = json.dumps([work.__name__, *given], default=asdict, sort_keys=True)
        self._parts += 1
        if (told := self._kept.get(asked)) is not None:
            self.taken_over += 1
            self._over += 1
            future: Future[dict[str, Any]] = Future()
            future.set_result(dict(told))
            return future
        future = self._pool.submit(_dictionary, work, *given)
        future.add_done_callback(lambda over: self._is_over(label, asked, over))
        return future

    def _is_over(self, label: str, asked: str, part: Future[dict[str, Any]]) -> None:
        if part.cancelled() or part.exception() is not None:
            return
        self._over += 1
        self._kept.keep(asked, part.result())
        if self._progress:
            passed = time.perf_counter() - self._began
            self._say(f"{self._over} of {self._parts} parts, {passed:.0f} s: {label}")


def _dictionary(work: Callable[..., Ran | dict[str, Any]], *given: Any) -> dict[str, Any]:
    told = work(*given)
    return asdict(told) if isinstance(told, Ran) else told
