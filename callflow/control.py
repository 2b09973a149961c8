"""The controller's door for the command line: HTTP on a UNIX socket that its owner alone may open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from callflow.live_calls import LiveCalls
from callflow.loop_watch import LoopWatch
from callflow.on_the_machine import answer
from callflow.protocol import Controllable, InStatus
from callflow.runner import Runner
from records.log import EventLog
from records.queries import Queries

if TYPE_CHECKING:
    from pathlib import Path

    from callflow.runtime import LiveRuntime
    from records.events import Recorded

SOCKET = "control.sock"
_STREAM_BOUND = 10_000
_LOOK_S = 5.0
"""How often a silent stream is looked after: does anybody still listen?"""


class ControlServer:
    """Serves ``home/control.sock``."""

    def __init__(self, runtime: LiveRuntime) -> None:
        self._runtime = runtime
        self._path = runtime.home / SOCKET
        self._web: web.AppRunner | None = None

    async def start(self) -> None:
        """Open the socket, in place of one that a dead controller left."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/healthz", self._health),
                web.get("/control/status", self._status),
                web.get("/control/loop", self._loop),
                web.get("/control/events", self._events),
                web.get("/control/calls", self._calls),
                web.get("/control/records", self._records),
                web.get("/control/records/{call}", self._record),
            ]
        )
        for part in self._runtime.all_of(Controllable):
            app.add_routes(part.control_routes())
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._web.setup()
        _remove_stale(self._path)
        await web.UnixSite(self._web, str(self._path)).start()
        self._path.chmod(0o600)

    async def stop(self) -> None:
        """Close the socket."""
        if self._web is not None:
            await self._web.cleanup()

    async def _health(self, _request: web.Request) -> web.Response:
        ready = self._runtime.require(Runner).ready.is_set()
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def _status(self, _request: web.Request) -> web.Response:
        log = self._runtime.require(EventLog)
        return web.json_response(
            {
                "ready": self._runtime.require(Runner).ready.is_set(),
                "calls": len(self._runtime.require(Runner)),
                "tasks": len(asyncio.all_tasks()),
                "epoch": log.epoch,
                "backlog": log.backlog,
                "alarms": self._runtime.alarms,
            }
            | {
                name: told
                for part in self._runtime.all_of(InStatus)
                for name, told in part.in_status().items()
            }
        )

    async def _loop(self, _request: web.Request) -> web.Response:
        """Give the event loop's worst in each of the last seconds: [Unix second, ms late, ms of CPU]."""
        return answer(self._runtime.require(LoopWatch).worst())

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Stream events as JSON lines, of one call with ``?call=``; ends when the reader is too slow."""
        call = request.query.get("call")
        queue: asyncio.Queue[Recorded] = asyncio.Queue(_STREAM_BOUND)
        overflow = asyncio.Event()

        def listen(recorded: Recorded) -> None:
            if call and getattr(recorded.event, "call", None) != call:
                return
            try:
                queue.put_nowait(recorded)
            except asyncio.QueueFull:
                overflow.set()

        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        unsubscribe = self._runtime.require(EventLog).subscribe(listen)
        try:
            while not overflow.is_set():
                try:
                    recorded = await asyncio.wait_for(queue.get(), _LOOK_S)
                except TimeoutError:
                    if request.transport is None or request.transport.is_closing():
                        break  # nobody tells us of a reader who left while nothing happened
                    continue
                await response.write(msgspec.json.encode(recorded) + b"\n")
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            unsubscribe()
        return response

    async def _calls(self, request: web.Request) -> web.Response:
        """Give the calls that are on now, those of one caller with ``?number=``."""
        live = list(self._runtime.require(LiveCalls))
        if number := request.query.get("number"):
            subject = self._runtime.require(EventLog).vault.subject_for(number)
            live = [call for call in live if call.subject == subject]
        return answer(live)

    async def _records(self, request: web.Request) -> web.Response:
        limit = min(int(request.query.get("limit", "50")), 10_000)
        records = await self._runtime.require(Queries).records(limit=limit)
        return answer(records)

    async def _record(self, request: web.Request) -> web.Response:
        call = request.match_info["call"]
        record = await self._runtime.require(Queries).record(call)
        if record is None:
            raise web.HTTPNotFound(
                text=f"no record of call {call} (yet); 'ringhall calls' lists the last ones"
            )
        return answer(record)


def _remove_stale(path: Path) -> None:
    path.unlink(missing_ok=True)
