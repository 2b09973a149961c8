"""A listener of the event stream: what it was told must be in the log afterwards, word for word."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import msgspec

from records import events as e

if TYPE_CHECKING:
    from types import TracebackType

    from callflow.private_server import PrivateServer

_AGAIN_S = 0.05
BEHIND_S = 3.0


class Witness:
    """Listens from the log's begin on, again after each loss of the connection; an async context manager."""

    def __init__(self, server: PrivateServer) -> None:
        self._server = server
        self._listening: asyncio.Task[None] | None = None
        self.told: dict[int, dict[str, Any]] = {}
        """Number → event."""
        self.contradicted = 0
        """Events that were told a second time, and otherwise."""

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen(), name="witness")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self) -> None:
        token = (self._server.home / "secrets" / "api-token").read_text().strip()
        url = f"http://127.0.0.1:{self._server.settings.api_port}/api/v1/events"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
            while True:
                try:
                    after = str(max(self.told, default=0))
                    async with client.ws_connect(url, params={"after": after}) as ws:
                        async for message in ws:
                            if message.type is aiohttp.WSMsgType.TEXT:
                                self._take(msgspec.json.decode(message.data)["events"])
                except (aiohttp.ClientError, OSError):
                    pass
                await asyncio.sleep(_AGAIN_S)

    def _take(self, events: list[dict[str, Any]]) -> None:
        for told in events:
            known = self.told.setdefault(told["seq"], told["event"])
            self.contradicted += int(known != told["event"])

    async def lost(self) -> int:
        """Count what was told and is not in the log as it was told; the database may be a moment behind."""
        told, deadline = dict(self.told), time.monotonic() + BEHIND_S
        while True:
            there = {
                recorded.seq: msgspec.json.decode(msgspec.json.encode(recorded.event))
                for recorded in await self._server.events()
            }
            missing = [seq for seq, event in told.items() if there.get(seq) != event]
            if not missing or time.monotonic() > deadline:
                return self.contradicted + len(missing)
            await asyncio.sleep(0.2)


async def doubled(server: PrivateServer) -> int:
    """Count calls with two ends, or with two agents at a time, and records that there are twice."""
    ends: Counter[str] = Counter()
    talking: Counter[str] = Counter()
    twice: set[str] = set()
    for recorded in await server.events():
        match recorded.event:
            case e.CallEnded(call=call):
                ends[call] += 1
            case e.CallConnected(call=call):
                talking[call] += 1
                if talking[call] > 1:
                    twice.add(call)
            case e.TalkEnded(call=call):
                talking[call] = 0
            case _:
                pass
    records = Counter(record.call for record in await server.records())
    twice |= {call for counted in (ends, records) for call, times in counted.items() if times > 1}
    return len(twice)
