"""The service ``web``: asks other systems over HTTP, within bounds that keep one call's trouble its own.

What may be asked is in the settings (``web.servers``); redirections are not followed, answers are bounded.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from typing import TYPE_CHECKING, ClassVar

import aiohttp
import msgspec
from yarl import URL

from callflow.settings import Settings
from callflow.stages.web_request import DONE, FAILURE, NOT_FOUND, WebAnswer, WebRequest

if TYPE_CHECKING:
    from callflow.clock import Clock
    from callflow.protocol import Runtime
    from callflow.web_settings import WebServer, WebSettings

MOST_BYTES = 256 * 1024
"""Longest answer that is read."""
MOST_CACHED = 2000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
"""Rest before another try: doubled each time."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_THERE = frozenset({404, 410})


class WebClient:
    """Asks; never raises for what a server, the network or a dialplan does."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: WebSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._cache: OrderedDict[object, tuple[float, WebAnswer]] = OrderedDict()
        self._asking: dict[object, asyncio.Task[WebAnswer]] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> WebClient:
        """Make the service."""
        return cls(runtime.require(Settings).web, runtime.clock)

    async def start(self) -> None:
        """Get ready."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._settings.connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": "Ringhall", "Accept": "application/json", "Accept-Encoding": "identity"},
        )

    async def stop(self) -> None:
        """Let go of all connections."""
        for task in self._asking.values():
            task.cancel()
        if self._session is not None:
            await self._session.close()

    async def ask(self, request: WebRequest) -> WebAnswer:
        """Ask, again where that makes sense, or answer from the cache."""
        began = self._clock.now()
        try:
            url = URL(request.url)
        except ValueError:
            return WebAnswer(outcome=FAILURE, detail="this is no address")
        server = self._settings.server_of(url)
        if server is None:
            detail = "the server is not in the setting web.servers"
            return WebAnswer(outcome=FAILURE, detail=detail, host=url.host or "")
        if not request.cache_s:
            answer = await self._tried(request, url, server)
        else:
            key = (request.method, request.url, json.dumps(request.body, sort_keys=True), request.save)
            kept = self._cache.get(key)
            if kept is not None and kept[0] > began:
                return msgspec.structs.replace(kept[1], cached=True, tries=0)
            answer = await self._shared(key, request, url, server)
        return msgspec.structs.replace(answer, took_s=round(self._clock.now() - began, 3))

    def server_of(self, url: str) -> WebServer | None:
        """Give the server of the settings that an address belongs to."""
        try:
            return self._settings.server_of(URL(url))
        except ValueError:
            return None

    async def _shared(self, key: object, request: WebRequest, url: URL, server: WebServer) -> WebAnswer:
        """Ask once for all calls that want the same at the same time; who leaves does not end it."""
        task = self._asking.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._tried(request, url, server))
            self._asking[key] = task
            task.add_done_callback(lambda done: self._keep(key, request.cache_s, done))
        return await asyncio.shield(task)

    def _keep(self, key: object, cache_s: float, task: asyncio.Task[WebAnswer]) -> None:
        del self._asking[key]
        if task.cancelled() or task.exception() is not None or task.result().outcome == FAILURE:
            return
        self._cache[key] = (self._clock.now() + cache_s, task.result())
        self._cache.move_to_end(key)
        while len(self._cache) > MOST_CACHED:
            self._cache.popitem(last=False)

    async def _tried(self, request: WebRequest, url: URL, server: WebServer) -> WebAnswer:
        pause = FIRST_PAUSE_S
        for tried in range(1, request.tries + 1):
            answer = await self._once(request, url, server)
            if not answer.again or tried == request.tries:
                break
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        return msgspec.structs.replace(answer, tries=tried, host=url.host or "")

    async def _once(self, request: WebRequest, url: URL, server: WebServer) -> WebAnswer:
        assert self._session is not None  # noqa: S101 - services are started before calls
        headers = {name: value.get_secret_value() for name, value in server.headers.items()}
        data = None
        if request.body is not None:
            given = request.body
            data = given if isinstance(given, bytes) else json.dumps(given, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        try:
            async with (
                asyncio.timeout(request.timeout_s),
                self._session.request(
                    request.method,
                    url,
                    data=data,
                    headers=headers | dict(request.headers),
                    allow_redirects=False,
                ) as answer,
            ):
                body = await _bounded(answer.content)
                return judged(answer.status, body, request)
        except TimeoutError:
            return _failed(f"no answer within {request.timeout_s:g} s")
        except aiohttp.ClientError as error:
            return _failed(f"{type(error).__name__}: no connection, or it broke")


def _failed(detail: str, status: int = 0, *, again: bool = True) -> WebAnswer:
    return WebAnswer(outcome=FAILURE, detail=detail, status=status, again=again)


async def _bounded(content: aiohttp.StreamReader) -> bytes | None:
    """Read an answer; None when it is too long."""
    found = bytearray()
    async for chunk in content.iter_chunked(64 * 1024):
        found += chunk
        if len(found) > MOST_BYTES:
            return None
    return bytes(found)


def judged(status: int, body: bytes | None, request: WebRequest) -> WebAnswer:
    """Say what an answer of a server means for a request."""
    if status in _NOT_THERE:
        return WebAnswer(outcome=NOT_FOUND, status=status)
    if not 200 <= status < 300:
        return _failed(f"the server said {status}", status, again=status in _AGAIN)
    if body is None:
        return _failed(f"the answer is longer than {MOST_BYTES // 1024} KiB", status, again=False)
    if not request.save:
        return WebAnswer(outcome=DONE, status=status)
    try:
        document = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _failed("the answer is not JSON", status, again=False)
    found = {name: value for name, path in request.save if (value := path.value(document)) is not None}
    return WebAnswer(outcome=DONE, status=status, values=found)
