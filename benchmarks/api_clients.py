"""The clients of :mod:`benchmarks.api`, in processes of their own: they must not wait for each other.

``python -m benchmarks.api_clients listen|ask URL TOKEN COUNT SECONDS``: the first has COUNT listeners on the
event stream, the second asks COUNT times a second; prints a JSON object (:func:`work`).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import datetime
from functools import partial
from itertools import cycle
from typing import Any, cast

import aiohttp
import msgspec
import uvloop

from benchmarks.machine import spread_ms

ASKED = (
    "queues", "calls?limit=50", "agents/2001", "records?limit=20", "calls?state=talking", "agents?limit=50",
)  # fmt: skip
"""What is asked for, in turn: what screens and integrations look at."""

SAMPLED = 10
"""One message in so many is looked into, each listener's own: to read all of them would be the load."""


_TEXT, _CLOSE = 1, 8


class _Event(msgspec.Struct):
    at: datetime


class _Message(msgspec.Struct):
    events: list[_Event]


_decoder = msgspec.json.Decoder(_Message)


class Listening(asyncio.Protocol):
    """A listener that costs next to nothing: two hundred of them must not be slower than what is measured."""

    def __init__(self, request: bytes, number: int, took: list[float]) -> None:
        self._request = request
        self._number = number
        self._took = took
        self._data = b""
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole."""
        now = time.time()
        self._data += data
        if not self.open.done():
            head, found, rest = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.open.set_exception(SystemExit(f"no stream: {head[:200]!r}"))
                return
            self.open.set_result(None)
            self._data = rest
        while (frame := self._frame()) is not None:
            self._take(frame, now)

    def _frame(self) -> bytes | None:
        if len(self._data) < 10:  # shorter than any message
            return None
        kind, length, at = self._data[0] & 0x0F, self._data[1], 2
        if length > 125:
            at = 4 if length == 126 else 10
            length = int.from_bytes(self._data[2:at], "big")
        if len(self._data) < at + length:
            return None
        frame, self._data = self._data[at : at + length], self._data[at + length :]
        if kind == _CLOSE:
            raise SystemExit(f"a listener was closed: {frame!r}")
        return frame if kind == _TEXT else b""

    def _take(self, frame: bytes, now: float) -> None:
        self._number += 1
        if frame and self._number % SAMPLED == 0:
            self._took.extend(max(0.0, now - one.at.timestamp()) for one in _decoder.decode(frame).events)


def _same(one: Listening) -> Listening:
    return one


async def listen(url: str, token: str, count: int, seconds: float) -> list[float]:
    """Give how long events took from the log to each listener."""
    took: list[float] = []
    host, _, port = url.removeprefix("http://").partition(":")
    request = (
        f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    for number in range(count):
        one = Listening(request, number, took)
        await asyncio.get_running_loop().create_connection(partial(_same, one), host, int(port))
        await one.open
    await asyncio.sleep(seconds)
    return took


async def ask(url: str, token: str, per_second: int, seconds: float, failures: Counter[str]) -> list[float]:
    """Ask at a steady rate, whatever the answers take; give how long each took that was as it should be.

    The others are counted in ``failures`` by path and by what the answer says.
    """
    took: list[float] = []
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def one(path: str, began: float) -> None:
            async with session.get(f"{url}/api/v1/{path}") as answer:
                body = await answer.read()
                if answer.status == 200:
                    took.append(time.monotonic() - began)
                else:
                    failures[f"{path}: {answer.status} {body[:300].decode(errors='replace')}"] += 1

        begin, asking = time.monotonic(), set[asyncio.Task[Any]]()
        for number, path in zip(range(int(per_second * seconds)), cycle(ASKED), strict=False):
            due = begin + number / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            # a loop's timers are of whole ms and wake early by some: what leaves early counts from there
            asking.add(asyncio.create_task(one(path, min(due, time.monotonic()))))
        await asyncio.gather(*asking)
    return took


async def work(what: str, url: str, token: str, count: int, seconds: float) -> dict[str, Any]:
    """Do what is asked for; give the count, failures with what they said, and the spread in ms."""
    failures: Counter[str] = Counter()
    if what == "listen":
        took = await listen(url, token, count, seconds)
    else:
        took = await ask(url, token, count, seconds, failures)
    failed = failures.total()
    return {
        "count": len(took) + failed, "failures": failed, "failed": dict(failures), "ms": spread_ms(took),
    }  # fmt: skip


def main() -> None:
    """Run as the first argument says."""
    what, url, token, count, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(work(what, url, token, int(count), float(seconds)))))


if __name__ == "__main__":
    main()
