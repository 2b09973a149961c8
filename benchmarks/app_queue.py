"""Asterisk's own ``app_queue`` beside Ringhall, in the same Asterisk: what it is told, and when it is on.

It is there for the benchmark only, by the door that any site has (``asterisk/local/``, docs/install.md).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from benchmarks.floor import phone

if TYPE_CHECKING:
    from pathlib import Path

    from callflow.private_server import PrivateServer

MENU, STRAIGHT, ONE_AGENT, HELD = "7000", "7001", "7002", "7003"
"""What is dialed for each of its queues."""

_MODULES = "load = app_queue.so\n"
_DIALPLAN = f"""
[from-trunk](+)
exten => {MENU},1,Goto(app-queue-menu,start,1)
exten => {STRAIGHT},1,Goto(app-queue,calls,1)
exten => {ONE_AGENT},1,Goto(app-queue,quick,1)
exten => {HELD},1,Goto(app-queue,held,1)

[app-queue]
exten => _[a-z].,1,Answer(,i)          ; without i it would wait half a second for sound from the caller
 same => n,Queue(${{EXTEN}})
 same => n,Hangup()

[app-queue-menu]
exten => start,1,Answer(,i)
 same => n,Background(demo-instruct)
 same => n,WaitExten(10)
exten => 1,1,Queue(calls)
 same => n,Hangup()
"""
_QUEUES = """
[general]
autofill = yes
persistentmembers = no
shared_lastcall = no

[as-usual](!)
strategy = leastrecent
timeout = 10
retry = 1                              ; s; the shortest there is
ringinuse = no
joinempty = yes
leavewhenempty = no
musicclass = default

[calls](as-usual)
wrapuptime = 1
{calls}

[quick](as-usual)
wrapuptime = 0
{quick}

[held](as-usual)
{held}
"""
SETTINGS = "leastrecent, autofill, ringinuse=no, retry=1, wrapuptime as in Ringhall's queue, no queue_log"


def install(home: Path) -> None:
    """Have the Asterisk of an installation that has not been started yet load app_queue."""
    local = home / "asterisk" / "local"
    local.mkdir(parents=True, exist_ok=True)
    (local / "modules.conf").write_text(_MODULES)
    (local / "extensions.conf").write_text(_DIALPLAN)
    (local / "queues.conf").write_text(_queues(0))


async def take_over(server: PrivateServer, members: int) -> None:
    """Give the phones to app_queue, and let Asterisk do nothing for Ringhall meanwhile.

    The queue ``quick`` has the first of them, ``held`` has it paused.
    """
    await server.stop_controller()
    await _reload(server, members)


async def give_back(server: PrivateServer) -> None:
    """Take the phones away from app_queue, so that it does nothing for Ringhall's calls."""
    await _reload(server, 0)


async def _reload(server: PrivateServer, members: int) -> None:
    asterisk = server.settings.asterisk_home
    (asterisk.folder / "local" / "queues.conf").write_text(_queues(members))
    await asyncio.to_thread(asterisk.process.cli, "queue reload all")


def _queues(members: int) -> str:
    first = f"PJSIP/{phone(0)}" if members else ""
    return _QUEUES.format(
        calls="\n".join(f"member => PJSIP/{phone(index)}" for index in range(members)),
        quick=f"member => {first}" if members else "",
        held=f"member => {first},0,,,,,yes" if members else "",
    )
