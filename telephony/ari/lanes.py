"""The two ways of a request to Asterisk: quick and in order over the events WebSocket, or by HTTP."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from yarl import URL

from telephony.ari.errors import AriDisconnected, AriError, AriOverloaded, AriTimeout, error_for
from telephony.ari.requests import Requests
from telephony.ari.transport import wire_form

if TYPE_CHECKING:
    from telephony.ari.models import RESTResponse
    from telephony.ari.stats import LaneStats, Observe
    from telephony.ari.transport import Params

FRAME_LIMIT = 65_535
"""Bytes that Asterisk reads of one WebSocket frame."""


class RestRequest(msgspec.Struct, frozen=True, tag_field="type", tag="RESTRequest", omit_defaults=True):
    """A request as it goes over the WebSocket."""

    transaction_id: str
    request_id: str
    method: str
    uri: str
    content_type: str = ""
    message_body: str = ""


class _Refusal(msgspec.Struct):
    """The body of an answer that is an error."""

    message: str = ""
    error: str = ""


_encode = msgspec.json.Encoder().encode
_decode_refusal = msgspec.json.Decoder(_Refusal).decode


def _why(body: bytes | str, reason: str) -> str:
    """Find the words of an error's body; ``reason`` when there are none."""
    try:
        refusal = _decode_refusal(body)
    except msgspec.MsgspecError:
        return reason
    return refusal.message or refusal.error or reason


class QuickLane(Requests):
    """Requests over the events WebSocket: sent in the order of the calls, run by Asterisk one by one."""

    def __init__(self, stats: LaneStats, observe: Observe, *, timeout: float, limit: int) -> None:
        self._stats = stats
        self._observe = observe
        self._timeout = timeout
        self._limit = limit
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._pending: dict[str, asyncio.Future[RESTResponse | AriError]] = {}
        self._numbers = itertools.count(1)

    def attach(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Use this connection from now on."""
        self._socket = socket

    def detach(self, reason: str) -> None:
        """The connection is gone: fail at once everything that waits for an answer."""
        self._socket = None
        for future in self._pending.values():
            if not future.done():
                future.set_result(AriDisconnected(0, f"the connection broke before the answer: {reason}"))

    def settle(self, response: RESTResponse) -> None:
        """Give an answer to whoever waits for it."""
        future = self._pending.get(response.request_id)
        if future is None or future.done():
            self._stats.late += 1
        else:
            future.set_result(response)

    async def send(self, method: str, path: str, params: Params, body: Any) -> bytes:
        """See :class:`~telephony.ari.transport.Transport`."""
        self._stats.requests += 1
        try:
            response = await self._exchange(method, path, params, body)
        except AriError:
            self._stats.errors += 1
            raise
        content = response.message_body or ""
        if response.status_code >= 400:
            self._stats.errors += 1
            raise error_for(response.status_code, _why(content, response.reason_phrase), method, path)
        return content.encode()

    async def _exchange(self, method: str, path: str, params: Params, body: Any) -> RESTResponse:
        if self._socket is None:
            raise AriDisconnected(0, "there is no connection to Asterisk", method, path)
        if len(self._pending) >= self._limit:
            raise AriOverloaded(0, f"{self._limit} requests wait for an answer already", method, path)
        uri, body = wire_form(path, params, body)
        number = str(next(self._numbers))
        content = "" if body is None else _encode(body).decode()
        kind = "application/json" if content else ""
        frame = _encode(RestRequest(number, number, method, uri, kind, content))
        if len(frame) > FRAME_LIMIT:
            why = (
                f"the request has {len(frame)} bytes, Asterisk takes {FRAME_LIMIT}; send it by the slow lane"
            )
            raise AriOverloaded(0, why, method, path)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[RESTResponse | AriError] = loop.create_future()
        self._pending[number] = future
        timer = loop.call_later(self._timeout, self._expire, future)
        began = loop.time()
        try:
            await self._socket.send_str(frame.decode())
            answer = await future
        except ConnectionError as error:
            raise AriDisconnected(0, f"the connection broke: {error}", method, path) from error
        finally:
            timer.cancel()
            del self._pending[number]
        if isinstance(answer, AriError):
            raise type(answer)(0, answer.message, method, path)
        self._observe("quick", loop.time() - began)
        return answer

    def _expire(self, future: asyncio.Future[RESTResponse | AriError]) -> None:
        if not future.done():
            self._stats.timeouts += 1
            future.set_result(AriTimeout(0, f"no answer within {self._timeout:g} s"))


class HttpLane(Requests):
    """Requests over HTTP: side by side over a few kept-alive connections, in no order."""

    def __init__(self, stats: LaneStats, observe: Observe, *, base: str, timeout: float, limit: int) -> None:
        self._stats = stats
        self._observe = observe
        self._base = base
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._limit = limit
        self._waiting = 0
        self._session: aiohttp.ClientSession | None = None

    def attach(self, session: aiohttp.ClientSession | None) -> None:
        """Use this session from now on; None when the client closes."""
        self._session = session

    async def send(self, method: str, path: str, params: Params, body: Any) -> bytes:
        """See :class:`~telephony.ari.transport.Transport`."""
        self._stats.requests += 1
        self._waiting += 1
        try:
            status, reason, content = await self._exchange(method, path, params, body)
            if status >= 400:
                raise error_for(status, _why(content, reason), method, path)
        except AriError:
            self._stats.errors += 1
            raise
        finally:
            self._waiting -= 1
        return content

    async def _exchange(self, method: str, path: str, params: Params, body: Any) -> tuple[int, str, bytes]:
        if self._session is None:
            raise AriDisconnected(0, "the client is not started, or closed", method, path)
        if self._waiting > self._limit:
            raise AriOverloaded(0, f"{self._limit} requests wait for an answer already", method, path)
        uri, body = wire_form(path, params, body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        data = None if body is None else _encode(body)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with self._session.request(
                method, URL(self._base + uri, encoded=True), data=data, headers=headers, timeout=self._timeout
            ) as response:
                content = await response.read()
        except TimeoutError as error:
            self._stats.timeouts += 1
            raise AriTimeout(0, f"no answer within {self._timeout.total:g} s", method, path) from error
        except (aiohttp.ClientError, OSError) as error:
            raise AriDisconnected(0, f"Asterisk can't be reached: {error}", method, path) from error
        self._observe("slow", loop.time() - began)
        return response.status, response.reason or "", content
