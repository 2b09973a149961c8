"""The clients of :mod:`benchmarks.api`, in processes of their own: they must not wait for each other.

``python -m benchmarks.api_clients listen|ask URL TOKEN COUNT SECONDS``: the first has COUNT listeners on the
event stream, the second asks COUNT times a second; prints a JSON object (:func:`told`).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime
from itertools import cycle
from typing import Any

import aiohttp
import msgspec
import uvloop

from benchmarks.machine import spread_ms

ASKED = (
    "queues", "calls?limit=50", "agents/2001", "records?limit=20", "calls?state=talking", "agents?limit=50",
)  # fmt: skip
"""What is asked for, in turn: what screens and integrations look at."""


class _Event(msgspec.Struct):
    at: datetime


class _Message(msgspec.Struct):
    events: list[_Event]


_decoder = msgspec.json.Decoder(_Message)


async def listen(url: str, token: str, count: int, seconds: float) -> list[float]:
    """Give how long each event took from the log to each listener."""
    took: list[float] = []
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        streams = [await session.ws_connect(f"{url}/api/v1/events") for _ in range(count)]
        end = time.time() + seconds

        async def one(stream: aiohttp.ClientWebSocketResponse) -> None:
            while (left := end - time.time()) > 0:
                try:
                    message = await stream.receive(timeout=left)
                except TimeoutError:
                    return
                now = time.time()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise SystemExit(f"a listener was closed: {message.data} {message.extra}")
                took.extend(
                    max(0.0, now - event.at.timestamp()) for event in _decoder.decode(message.data).events
                )

        await asyncio.gather(*map(one, streams))
    return took


async def ask(url: str, token: str, per_second: int, seconds: float) -> list[float]:
    """Ask at a steady rate, whatever the answers take; give how long each took, or -1 for a failure."""
    took: list[float] = []
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        loop = asyncio.get_running_loop()

        async def one(path: str, due: float) -> None:
            async with session.get(f"{url}/api/v1/{path}") as answer:
                await answer.read()
                took.append(loop.time() - due if answer.status == 200 else -1.0)

        begin, asking = loop.time(), set[asyncio.Task[Any]]()
        for number, path in zip(range(int(per_second * seconds)), cycle(ASKED), strict=False):
            due = begin + number / per_second
            await asyncio.sleep(max(0.0, due - loop.time()))
            asking.add(asyncio.create_task(one(path, due)))
        await asyncio.gather(*asking)
    return took


def told(took: list[float]) -> dict[str, Any]:
    """Give the count, the failures, and the spread of the others in ms."""
    good = [one for one in took if one >= 0]
    return {"count": len(took), "failures": len(took) - len(good), "ms": spread_ms(good)}


def main() -> None:
    """Run as the first argument says."""
    what, url, token, count, seconds = sys.argv[1:]
    work = {"listen": listen, "ask": ask}[what]
    print(json.dumps(told(uvloop.run(work(url, token, int(count), float(seconds))))))


if __name__ == "__main__":
    main()
