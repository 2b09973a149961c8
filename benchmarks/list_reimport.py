"""A list imported, and imported again: the same, and with one line in a hundred changed.

``python -m benchmarks.list_reimport [--lines 1000000]``, on SQLite in a temporary folder.  Meanwhile somebody
else writes the same database now and then, as a server does: how long that waited is told as well.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from benchmarks.machine import conditions, spread_ms
from outbound.leads.csv_list import CsvList
from outbound.store.leads import counts
from outbound.store.lists import import_list
from outbound.store.opened import OutboundStore
from records import models
from records.database import migrate_sync

KEY = bytes(range(32))
CALLED_EVERY = 10
"""One lead in ten has been called before the list comes again."""
WRITE_EVERY_S = 0.1


def write_list(path: Path, lines: int, *, changed_every: int = 0) -> None:
    """Write a list; of each ``changed_every`` lines one has another number and another name."""
    with path.open("w", encoding="utf-8") as file:
        file.write("number,name,language,consent\n")
        for n in range(lines):
            other = bool(changed_every) and n % changed_every == 0
            number = f"+4474{n:08}" if not other else f"+4473{n:08}"
            file.write(f"{number},Person {n}{' New' if other else ''},en,web form v2\n")


class Writer(threading.Thread):
    """Writes a row now and then, and notes how long it waited."""

    def __init__(self, store: OutboundStore) -> None:
        super().__init__(daemon=True)
        self._store = store
        self.over = threading.Event()
        self.waits: list[float] = []

    def run(self) -> None:
        """Go on until it is over."""
        number = 0
        while not self.over.wait(WRITE_EVERY_S):
            number += 1
            began = time.monotonic()
            with self._store.writing() as connection:
                connection.execute(
                    insert(models.do_not_call).values(
                        person=number.to_bytes(32, "big"), scope=str(began), source="api", at=0.0
                    )
                )
            self.waits.append(time.monotonic() - began)


def timed(store: OutboundStore, path: Path) -> dict[str, Any]:
    """Import a file, with somebody writing beside it."""
    writer = Writer(store)
    writer.start()
    began, cpu = time.monotonic(), time.process_time()
    result = import_list(store, "march", CsvList(path, home="GB"))
    took = time.monotonic() - began
    writer.over.set()
    writer.join()
    return {
        "seconds": round(took, 1),
        "lines_per_s": round((result.good + result.refused) / took),
        "cpu_s": round(time.process_time() - cpu, 1),
        "good": result.good,
        "refused": result.refused,
        "another_writer_waited_ms": spread_ms(writer.waits),
    }


def call_some(store: OutboundStore) -> int:
    """Let one lead in ten have been called."""
    leads = models.leads
    with store.writing() as connection:
        changed = connection.execute(
            update(leads)
            .where(leads.c.id % CALLED_EVERY == 0)
            .values(attempts=1, last_at=time.time(), last_outcome="NA", next_at=time.time() + 3600)
        )
        return changed.rowcount


def measure(lines: int) -> dict[str, Any]:
    """Run it, and give the figures."""
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'ringhall.db'}"
        migrate_sync(url)
        store = OutboundStore(url, KEY, patience_ms=30_000)
        first, second = folder / "march.csv", folder / "changed.csv"
        write_list(first, lines)
        write_list(second, lines, changed_every=100)
        told: dict[str, Any] = {"lines": lines, "first": timed(store, first)}
        _say(told, "first")
        called = call_some(store)
        told["same_again"] = timed(store, first)
        _say(told, "same_again")
        told["one_in_100_changed"] = timed(store, second)
        _say(told, "one_in_100_changed")
        waiting = counts(store, "march")
        kept = waiting["open"] - waiting["due"]
        told["called_before"], told["still_resting"] = called, kept
        told["database_mb"] = round((folder / "ringhall.db").stat().st_size / 1e6)
        store.close()
    return told | {"conditions": conditions()}


def _say(told: dict[str, Any], what: str) -> None:
    print(f"… {what}: {json.dumps(told[what])}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.list_reimport",
        description="Measure importing a list again (a million lines: some twenty minutes).",
        epilog="Example: python -m benchmarks.list_reimport --lines 100000",
    )
    parser.add_argument("--lines", type=int, default=1_000_000)
    print(json.dumps(measure(parser.parse_args().lines), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
