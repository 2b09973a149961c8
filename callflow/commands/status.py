"""``ringhall status``: how the running controller is."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from callflow.control_client import ControlClient, ControlError
from callflow.settings import load_settings


def main(arguments: list[str]) -> int:
    """Print the status; exit status 1 when no controller answers or an alarm is raised."""
    parser = argparse.ArgumentParser(
        prog="ringhall status",
        description="Tell how the running controller is.",
        epilog="Example: ringhall status --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        status = asyncio.run(_ask())
    except ControlError as error:
        print(f"ringhall: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.json:
        print(json.dumps(status))  # noqa: T201
    else:
        print(f"ready: {'yes' if status['ready'] else 'no'}")  # noqa: T201
        print(f"calls: {status['calls']}   events waiting for the database: {status['backlog']}")  # noqa: T201
        for alarm, detail in status["alarms"].items():
            print(f"ALARM {alarm}: {detail}")  # noqa: T201
    return 1 if status["alarms"] or not status["ready"] else 0


async def _ask() -> Any:
    async with ControlClient(load_settings().home) as control:
        return await control.request("GET", "/control/status")
