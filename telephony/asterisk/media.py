"""The media port on Asterisk.

It has an application and a connection of its own: its channels' events do not come between those of calls,
and its requests do not stand in a call's way.  Whatever it makes in Asterisk has an id that begins with
``media-``, so that it is never taken for a call's leg, and whatever of that kind nobody here knows (a
controller that was killed left it) is removed as soon as there is a connection.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from telephony.ari import models
from telephony.ari.client import AriClient
from telephony.ari.errors import ApplicationTaken
from telephony.ari.port import Connected, Disconnected
from telephony.asterisk.asking import Asking
from telephony.asterisk.media_feed import LineFeed
from telephony.asterisk.media_line import Line, destroy, hang_up
from telephony.asterisk.media_rtp import RtpWays
from telephony.asterisk.media_source import Source
from telephony.asterisk.media_websocket import WebSocketWays
from telephony.asterisk.words import MEDIA
from telephony.media import HOLD_S, Rate, Tap
from telephony.switch import SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from telephony.ari.port import Ari, Message
    from telephony.asterisk.media_ways import Direction, Ends, MediaTransport, Ways

_log = structlog.get_logger(__name__)

APP = "ringhall-media"
EVENTS = {"allowed": [{"type": kind} for kind in ("ChannelDestroyed", "StasisEnd", "StasisStart")]}


class AsteriskMedia:
    """:class:`telephony.media.Media` on an ARI connection of its own; ``now`` gives steady seconds."""

    def __init__(self, ari: Ari, ways: Ways, now: Callable[[], float]) -> None:
        self._ari = ari
        self._ways = ways
        self._now = now
        self._asking = Asking(ari)
        self._lines: dict[str, Line] = {}
        """By name, from before their first request until they are taken down."""
        self._sources: dict[tuple[str, Rate], Source] = {}
        self._opening: dict[tuple[str, Rate], asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()

    @classmethod
    def on(
        cls,
        url: str,
        user: str,
        password: str,
        now: Callable[[], float],
        transport: MediaTransport = "websocket",
    ) -> AsteriskMedia:
        """Make it for an Asterisk's ARI at ``url`` (``http://HOST:PORT``)."""
        ways = WebSocketWays(url) if transport == "websocket" else RtpWays()
        return cls(AriClient(url, user, password, APP, event_filter=EVENTS), ways, now)

    async def start(self) -> None:
        """Begin to connect."""
        await self._ari.start()
        self._spawn(self._read(), "media events")

    async def close(self) -> None:
        """End every stream, then the connection; calls go on."""
        for source in list(self._sources.values()):
            await source.stop()
        self._sources.clear()
        for line in list(self._lines.values()):
            await self._close_line(line)
        await asyncio.gather(*self._closing, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await self._ways.close()
        await self._ari.close()

    # ── the port ─────────────────────────────────────────────────────────────────────────────────

    async def tap(self, leg: str, *, rate: Rate = 8000, hold_s: float = HOLD_S) -> Tap:
        """Begin to hear what a leg says."""
        key = (leg, rate)
        async with self._opening.setdefault(key, asyncio.Lock()):
            source = self._sources.get(key)
            if source is None or source.ended:
                source = Source(
                    leg,
                    rate,
                    open_line=lambda ends: self._open_line(leg, rate, "hear", ends),
                    close_line=self._close_line,
                    now=self._now,
                )
                self._sources[key] = source
                tap = source.tap(hold_s)
                try:
                    await source.start()
                except BaseException:
                    del self._sources[key]
                    raise
                finally:
                    self._opening.pop(key, None)
                return tap
        return source.tap(hold_s)

    async def untap(self, tap: Tap) -> None:
        """Hear no more; the stream ends with its last tap."""
        tap.end()
        key = (tap.leg, tap.rate)
        source = self._sources.get(key)
        if source is None or tap not in source.taps:
            return  # the leg has ended, and another of its name may be there
        source.taps.remove(tap)
        if not source.taps:
            del self._sources[key]
            await source.stop()

    def newcomer(self, leg: str) -> None:
        """Take note that somebody new joined a leg: what hears it rests (telephony/asterisk/newcomers.py)."""
        for source in self._sources.values():
            if source.leg == leg:
                source.rest()

    async def feed(self, leg: str, *, rate: Rate = 8000) -> LineFeed:
        """Open a way to a leg's ear."""
        feed = LineFeed(leg, rate, self._close_line)
        feed.attach(await self._open_line(leg, rate, "speak", feed))
        return feed

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    # ── lines ────────────────────────────────────────────────────────────────────────────────────

    async def _open_line(self, leg: str, rate: Rate, direction: Direction, ends: Ends) -> Line:
        line = Line(self._asking, APP)
        self._lines[line.name] = line
        try:
            await line.open(leg, rate, direction, self._ways, ends)
        except BaseException:
            await self._close_line(line)
            raise
        return line

    async def _close_line(self, line: Line) -> None:
        """Take a line down to the end, whatever happens meanwhile to who wants it."""
        closing = self._spawn(line.close(), "media line's end")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        await asyncio.shield(closing)
        self._lines.pop(line.name, None)

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    async def _read(self) -> None:
        try:
            async for message in self._ari.messages():
                self._take(message)
        except ApplicationTaken:
            pass  # the switch's connection has the same fate, and ends the controller

    def _take(self, message: Message) -> None:
        match message:
            case models.StasisStart(channel=channel):
                if (line := self._line_of(channel.id)) is not None:
                    line.entered(channel.id)
            case models.StasisEnd(channel=channel) | models.ChannelDestroyed(channel=channel):
                if (line := self._line_of(channel.id)) is not None:
                    line.end()
            case Connected():
                self._asking.up.set()
                self._spawn(self._tidy(), "media survey")
            case Disconnected():
                self._asking.up.clear()
            case _:
                pass

    def _line_of(self, channel: str) -> Line | None:
        return self._lines.get(channel.rpartition("-")[0])

    async def _tidy(self) -> None:
        """Find what ended while nobody listened, and remove what nobody knows."""
        expected = {line.snoop for line in self._lines.values() if line.way is not None}
        try:
            channels = await self._asking.slow(lambda ari: ari.channels_list())
            bridges = await self._asking.slow(lambda ari: ari.bridges_list())
            there = {channel.id for channel in channels}
            for snoop in expected - there:
                if (line := self._line_of(snoop)) is not None:
                    line.end()
            for channel_id in there:
                if channel_id.startswith(MEDIA) and self._line_of(channel_id) is None:
                    await hang_up(self._asking, channel_id)
            for bridge in bridges:
                if bridge.id.startswith(MEDIA) and self._line_of(bridge.id) is None:
                    await destroy(self._asking, bridge.id)
        except SwitchError as error:
            _log.warning("media_survey_cut_short", error=str(error))

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
