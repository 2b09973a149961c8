"""``ringhall calls``: the records of the last calls."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any
from urllib.parse import quote

from callflow.control_client import ControlClient, ControlError
from callflow.settings import SettingsError, load_settings

_COLUMNS = ("call", "arrived_at", "dialed", "queue", "agent", "wait_s", "talk_s", "outcome", "ended_by")


def main(arguments: list[str]) -> int:
    """Print records; exit status 1 when there is no controller or no such call."""
    parser = argparse.ArgumentParser(
        prog="ringhall calls",
        description="Show the records of the last calls, or of one.",
        epilog="Example: ringhall calls --limit 5 --json",
    )
    parser.add_argument("call", nargs="?", help="a call's id: print its whole record")
    parser.add_argument("--limit", type=_count, default=20, help="how many, from 1 to 10000 (default 20)")
    parser.add_argument("--json", action="store_true", help="print JSON, one record a line")
    options = parser.parse_args(arguments)
    one = f"/control/records/{quote(options.call, safe='')}" if options.call else ""
    path = one or f"/control/records?limit={options.limit}"
    try:
        found = asyncio.run(_ask(path))
    except (ControlError, SettingsError) as error:
        print(f"ringhall: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.call and not options.json:
        for name, value in found.items():
            print(f"{name:>20}  {value}")  # noqa: T201
        return 0
    records = [found] if options.call else found
    if options.json:
        for record in records:
            print(json.dumps(record, ensure_ascii=False))  # noqa: T201
    else:
        _table(records)
    return 0


async def _ask(path: str) -> Any:
    async with ControlClient(load_settings().home) as control:
        return await control.request("GET", path)


def _table(records: list[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for column in _COLUMNS:
        # the id is what `ringhall calls ID` asks for: never cut
        table.add_column(column, no_wrap=column in {"call", "arrived_at"}, overflow="fold")
    for record in records:
        table.add_row(*(_cell(record.get(column)) for column in _COLUMNS))
    Console().print(table)


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 10_000:
        raise argparse.ArgumentTypeError(f"{count} is not from 1 to 10000")
    return count


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else str(value)[:19]
