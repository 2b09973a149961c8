"""An ARI server in the test's own loop, which does to a client whatever a network and an Asterisk may do."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = tuple[int, Any]

INFO = {
    "system": {"version": "22.1", "entity_id": "e"},
    "status": {"startup_time": "first", "last_reload_time": "first"},
}


class AriServer:
    """Answers ``asterisk/info`` by itself, and everything else as ``answer`` says (None: not at all)."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self.pongs = True
        self.stalls_s = 0.0
        """How long the answer to a connection is held back."""
        self.startup_time = "first"
        self.greeting: list[dict[str, Any]] = []
        """Events that are sent as soon as a client connects, before it is answered anything."""
        self.answer: Callable[[str, str], Answer | None] = lambda _method, _uri: (200, {"value": "x"})
        self.sockets: list[web.WebSocketResponse] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/ari/{rest:.*}", self._http)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._listen()

    async def _listen(self) -> None:
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        self.drop()
        await self._runner.cleanup()

    def send(self, *events: dict[str, Any]) -> None:
        """Send events at once, in order."""
        for event in events:
            self._write(json.dumps({"application": "test", "timestamp": "t", "asterisk_id": "a", **event}))

    def send_text(self, text: str) -> None:
        self._write(text)

    def _write(self, text: str) -> None:
        sending = asyncio.ensure_future(self.sockets[-1].send_str(text))
        sending.add_done_callback(lambda done: done.cancelled() or done.exception())

    def drop(self) -> None:
        """Cut every connection without a farewell."""
        for socket in self.sockets:
            transport = socket._req.transport if socket._req else None  # no public way to abort
            if transport is not None:
                transport.abort()
        self.sockets.clear()

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        await asyncio.sleep(self.stalls_s)
        socket = web.WebSocketResponse(autoping=self.pongs)
        await socket.prepare(request)
        self.connections += 1
        self.sockets.append(socket)
        self.send(*self.greeting)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                asked = json.loads(message.data)
                self.requests.append(asked)
                answer = self._answer(asked["method"], asked["uri"])
                if answer is not None:
                    self._reply(asked, answer)
        return socket

    def _answer(self, method: str, uri: str) -> Answer | None:
        if uri.startswith("asterisk/info"):
            return 200, {**INFO, "status": {**INFO["status"], "startup_time": self.startup_time}}
        return self.answer(method, uri)

    def _reply(self, asked: dict[str, Any], answer: Answer) -> None:
        status, body = answer
        frame = {
            "type": "RESTResponse", "application": "test", "timestamp": "t", "asterisk_id": "a",
            "transaction_id": asked["transaction_id"], "request_id": asked["request_id"], "uri": asked["uri"],
            "status_code": status, "reason_phrase": "Reason", "content_type": "application/json",
            "message_body": json.dumps(body),
        }  # fmt: skip
        self._write(json.dumps(frame))

    async def _http(self, request: web.Request) -> web.Response:
        answer = self._answer(request.method, request.path_qs.removeprefix("/ari/"))
        if answer is None:
            await asyncio.sleep(3600)
            return web.Response()
        status, body = answer
        return web.json_response(body, status=status)
