"""A wire between controller and Asterisk that can be cut, stalled, slowed down: a TCP relay on loopback."""

from __future__ import annotations

import asyncio
from contextlib import suppress

_PIECE = 65_536
_SLOW_PIECE = 512


class Wire:
    """Relays connections to ``127.0.0.1:far_port`` until it is cut; uncut it takes new ones again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.far_port = 0
        """Where to relay to; to be set before the first connection."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.bytes_per_s: float | None = None
        """How fast each connection is read from the far end; None for as fast as it goes."""
        self.carried = 0
        """Connections so far."""

    async def mend(self) -> None:
        """Take connections (again)."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """End every connection at once, as a broken network does, and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        self._open.clear()

    def stall(self) -> None:
        """Carry no byte any more, of connections that stay open and of new ones."""
        self._flowing.clear()

    def flow(self) -> None:
        """Carry on."""
        self._flowing.set()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.carried += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.far_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(
            self._copy(reader, far_writer, slowed=False), self._copy(far_reader, writer, slowed=True)
        )
        self._open -= {writer, far_writer}

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slowed: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_SLOW_PIECE if slowed and self.bytes_per_s else _PIECE):
                await self._flowing.wait()
                if slowed and self.bytes_per_s:
                    await asyncio.sleep(len(data) / self.bytes_per_s)
                writer.write(data)
                await writer.drain()
        writer.close()
