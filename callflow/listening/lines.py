"""The shell between listeners and the switch: their taps are opened, drained and closed here.

Frames wait in the taps and are handed over ten times a second: with 200 streams that costs a tenth of waking
somebody for each.  A listener that is slow loses audio of its own, and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from typing import Any

    from callflow.listening.ears import Ears
    from callflow.protocol.listeners import Side
    from telephony.media import Media, Rate, Tap

_log = structlog.get_logger(__name__)

EVERY_S = 0.1
HOLD_S = 10.0
"""So much sound waits for a listener while the machine is too busy; beyond it the oldest is lost."""
IN_ONE_GO_S, MOST_IN_ONE_GO_S = 0.005, 0.1
"""After so much work calls have their turn; after as much as they took, if that was more: on a machine that
is too busy listeners would else fall behind those who only collect what they are to hear."""
OPEN_AGAIN_S = (0.5, 2.0)
"""Pauses before a stream that Asterisk did not open is asked for again."""


class Lines:
    """Taps for listeners.  Whatever goes wrong, a listener hears less, and a call is not concerned."""

    def __init__(self, media: Media, everybody: Callable[[], Iterable[Ears]]) -> None:
        """``everybody``: gives all who listen now."""
        self._media = media
        self._everybody = everybody
        self._tasks: set[asyncio.Task[None]] = set()
        self._wanted: dict[tuple[Ears, Side], str] = {}
        """Who is about to hear which leg: it may be another one by the time that the tap is open."""

    def start(self) -> None:
        """Begin to hand over."""
        self._spawn(self._pump())

    def stop(self) -> None:
        """Hand over no more; the taps end with the connection."""
        for task in list(self._tasks):
            task.cancel()

    def open(self, ears: Ears, side: Side, leg: str, rate: Rate) -> None:
        """Let a listener hear a leg from now on."""
        self._wanted[ears, side] = leg
        self._spawn(self._open(ears, side, leg, rate))

    def close(self, ears: Ears, side: Side) -> None:
        """Let a listener hear no more of a side."""
        self._wanted.pop((ears, side), None)
        if (tap := ears.detach(side)) is not None:
            self._spawn(self._media.untap(tap))

    def close_all(self, ears: Ears) -> None:
        """Let a listener that has ended go."""
        sides: tuple[Side, ...] = ("caller", "agent")
        for side in sides:
            self._wanted.pop((ears, side), None)
        for tap in ears.taps.values():
            self._spawn(self._media.untap(tap))

    async def _open(self, ears: Ears, side: Side, leg: str, rate: Rate) -> None:
        tap = await self._tap(ears, side, leg, rate)
        if wanted := self._wanted.get((ears, side)) == leg:
            del self._wanted[ears, side]
        if tap is None:
            return
        if wanted:
            ears.taps[side] = tap
        else:
            await self._media.untap(tap)

    async def _tap(self, ears: Ears, side: Side, leg: str, rate: Rate) -> Tap | None:
        """Tap a leg; None when it is gone, or Asterisk will not."""
        for pause in (*OPEN_AGAIN_S, None):
            try:
                return await self._media.tap(leg, rate=rate, hold_s=HOLD_S)
            except LegGone:
                return None  # the talk is over, or about to be
            except SwitchError as error:
                _log.warning("not_heard", call=ears.heard.call, listener=ears.name, leg=leg, error=str(error))
            if pause is None or self._wanted.get((ears, side)) != leg:
                return None
            await asyncio.sleep(pause)
        return None

    async def _pump(self) -> None:
        """Hand over what has come, again and again."""
        while True:
            await asyncio.sleep(EVERY_S)
            began, most = time.monotonic(), IN_ONE_GO_S
            for ears in list(self._everybody()):
                ears.drain()
                if (paused := time.monotonic()) - began > most:
                    await asyncio.sleep(0)
                    began = time.monotonic()
                    most = min(max(began - paused, IN_ONE_GO_S), MOST_IN_ONE_GO_S)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="listening")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
