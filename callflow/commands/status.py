"""``ringhall status``: how the running controller is."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from callflow.control_client import ControlClient, ControlError
from callflow.settings import SettingsError, load_settings


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
    except (ControlError, SettingsError) as error:
        print(f"ringhall: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.json:
        print(json.dumps(status))  # noqa: T201
    else:
        print(f"ready: {'yes' if status['ready'] else 'no'}")  # noqa: T201
        print(f"calls: {status['calls']}   events waiting for the database: {status['backlog']}")  # noqa: T201
        if live := status.get("dialplans"):
            print(f"dialplans: {_version(live)}")  # noqa: T201
        for trunk in status.get("trunks", []):
            if state := _trunk(trunk):
                print(f"trunk {trunk['trunk']}: {state}")  # noqa: T201
        for notice in status.get("notices", []):
            print(f"NOTICE {notice}")  # noqa: T201
        for alarm, detail in status["alarms"].items():
            print(f"ALARM {alarm}: {detail}")  # noqa: T201
    return 1 if status["alarms"] or not status["ready"] else 0


def _trunk(trunk: dict[str, Any]) -> str:
    """Say what is known of a trunk; empty for one that is neither registered, probed, nor in use."""
    told = [trunk["registration"]] if trunk["registration"] else []
    if trunk["reachable"]:
        told.append("answers" if trunk["reachable"] == "yes" else "does not answer")
    if calls := trunk["calls_in"] + trunk["calls_out"]:
        told.append(f"{calls} calls")
    return ", ".join(told)


def _version(live: dict[str, Any]) -> str:
    told = f"version {live['version']}, live since {live['since']} ({live['who']})"
    if live["rolled_back_from"]:
        told += f"; rolled back, {live['rolled_back_from']} is out of use until its files change"
    if live["refused"]:
        told += "; the files as they are now have errors"
    return told


async def _ask() -> Any:
    async with ControlClient(load_settings().home) as control:
        return await control.request("GET", "/control/status")
