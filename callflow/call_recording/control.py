"""Routes of the control socket for recordings: what ``ringhall recordings`` talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from callflow.on_the_machine import ON_THE_MACHINE, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from callflow.call_recording.service import CallRecordings
    from callflow.call_recording.state import Running

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MOST = 10_000


class CallRecordingControl:
    """Handlers; every one answers with JSON, a file, or one line of text and a status from 400 on."""

    def __init__(self, recordings: CallRecordings) -> None:
        self._recordings = recordings

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        one, call = "/control/recordings/{recording}", "/control/calls/{call}/recording"
        return [
            web.get("/control/recordings", _guarded(self._list)),
            web.get(one, _guarded(self._get)),
            web.get(f"{one}/file", _guarded(self._file)),
            web.post(f"{one}/verify", _guarded(self._verify)),
            web.delete(one, _guarded(self._delete)),
            web.post(f"{call}/pause", _guarded(self._pause)),
            web.post(f"{call}/resume", _guarded(self._resume)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        asked = request.query
        try:
            limit, since = min(int(asked.get("limit", "100")), _MOST), float(asked.get("since", "0"))
        except ValueError:
            raise web.HTTPBadRequest(text="limit and since are numbers") from None
        call, queue = asked.get("call", ""), asked.get("queue", "")
        kept = await self._recordings.list(call=call, queue=queue, since=since, limit=limit)
        running = [
            _shown(one)
            for one in self._recordings.running()
            if call in {"", one.call} and queue in {"", one.queue}
        ]
        return answer({"running": running, "kept": kept})

    async def _get(self, request: web.Request) -> web.Response:
        return answer(await self._recordings.get(request.match_info["recording"]))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = await self._recordings.open(request.match_info["recording"], ON_THE_MACHINE)
        return web.FileResponse(path, headers={"Content-Type": "audio/wav"})

    async def _verify(self, request: web.Request) -> web.Response:
        recording = request.match_info["recording"]
        return answer({"recording": recording, "file": await self._recordings.verify(recording)})

    async def _delete(self, request: web.Request) -> web.Response:
        recording = request.match_info["recording"]
        await self._recordings.delete(recording, ON_THE_MACHINE)
        return answer({"deleted": recording})

    async def _pause(self, request: web.Request) -> web.Response:
        reason = request.query.get("reason", "")[:200]
        return answer(_shown(self._recordings.pause(request.match_info["call"], ON_THE_MACHINE, reason)))

    async def _resume(self, request: web.Request) -> web.Response:
        return answer(_shown(self._recordings.resume(request.match_info["call"], ON_THE_MACHINE)))


def _shown(one: Running) -> dict[str, Any]:
    return {
        "recording": one.recording,
        "call": one.call,
        "queue": one.queue,
        "agents": one.agents,
        "begun_at": one.begun_at,
        "paused": one.paused,
        "silent": not one.going_on,
    }


def _guarded(handler: Handler) -> Handler:
    """Turn a recording that is not there into an answer."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except LookupError as error:
            raise web.HTTPNotFound(text=str(error)) from None

    return guarded
