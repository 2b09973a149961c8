"""Runs the play, shows it, and says what came of it."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from callflow.control_client import ControlClient, ControlError
from callflow.demo.feed import EventFeed, ExpectationFailed
from callflow.demo.play import OTHER, RIGHT, Play, result
from callflow.demo.server import demo_server
from callflow.demo.timeline import Timeline
from callflow.private_server import ServerFailed
from callflow.settings import SettingsError
from records.database import DatabaseError
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.softphone import SoftphoneError
from telephony.programs import ProgramMissing

_EXPECTED = (
    ExpectationFailed,
    ControlError,
    ServerFailed,
    SettingsError,
    DatabaseError,
    ConfigError,
    AsteriskFailed,
    ProgramMissing,
    SoftphoneError,
    OSError,
)
"""What may go wrong outside this program: told in a sentence, not by a traceback."""


async def run(*, as_json: bool, private: bool) -> int:
    """Run the demo and give the exit status."""
    console = Console(stderr=as_json, highlight=False)
    timeline = Timeline(console, frozenset({OTHER, RIGHT}))
    play: Play | None = None
    feed: EventFeed | None = None
    failed = ""
    try:
        async with (
            demo_server(private=private, note=timeline.note) as server,
            ControlClient(server.home) as control,
        ):
            feed = EventFeed(control, timeline.show)
            await feed.start()
            try:
                play = Play(server, control, feed, timeline)
                await play.perform()
            finally:
                await feed.stop()
    except _EXPECTED as error:
        failed = str(error) or type(error).__name__
    told = result(play, feed, failed)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201
    else:
        _show(console, told)
    return 0 if told["result"] == "completed" else 1


def _show(console: Console, told: dict[str, Any]) -> None:
    record = told["record"]
    if record:
        table = Table("record", "", title=None, show_header=False)
        for name, value in record.items():
            if value not in (None, [], ""):
                table.add_row(name, f"{value:.3f}" if isinstance(value, float) else str(value))
        console.print(table)
    if told["result"] == "completed":
        console.print("[bold green]completed[/]: everything that the demo expects came true")
    else:
        console.print("failed: " + str(told["reason"]), style="bold red", markup=False)
