"""One line between a leg and us: a snoop on the leg, a media channel, and the bridge that joins the two.

The snoop copies what the leg says (or adds to what it hears) in a thread of its own: the talk's bridge and
its frames are not touched, and a line that is stuck or dies takes nothing with it.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from telephony.asterisk.words import MEDIA
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from telephony.asterisk.asking import Asking
    from telephony.asterisk.media_ways import Direction, Ends, Way, Ways

ENTER_S = 3.0
"""How long a channel may take to enter our application."""


class Line:
    """A line; ``name`` begins the ids of everything that Asterisk has of it."""

    def __init__(self, asking: Asking, app: str) -> None:
        self.name = MEDIA + secrets.token_hex(6)
        self.snoop, self.channel, self.bridge = f"{self.name}-s", f"{self.name}-m", f"{self.name}-b"
        self._asking = asking
        self._app = app
        self._entered = {self.snoop: asyncio.Event(), self.channel: asyncio.Event()}
        self.broken = asyncio.Event()
        """Set when Asterisk has ended a part of it."""
        self.way: Way | None = None

    def entered(self, channel: str) -> None:
        """Take note that one of its channels has entered our application."""
        self._entered[channel].set()

    def end(self) -> None:
        """Take note that a part of it has ended; who waits for it to be open waits no longer."""
        self.broken.set()
        for event in self._entered.values():
            event.set()

    async def open(self, leg: str, rate: int, direction: Direction, ways: Ways, ends: Ends) -> Way:
        """Make everything; raises LegGone and SwitchError, and then it is to be closed all the same."""
        try:
            async with asyncio.timeout(ENTER_S):
                return await self._make(leg, rate, direction, ways, ends)
        except TimeoutError:
            raise SwitchError(f"no line to {leg} in {ENTER_S:g} s") from None

    async def _make(self, leg: str, rate: int, direction: Direction, ways: Ways, ends: Ends) -> Way:
        await self._asking.quick(
            lambda ari: ari.channels_snoop_channel_with_id(
                leg,
                self.snoop,
                app=self._app,
                spy="in" if direction == "hear" else "none",
                whisper="out" if direction == "speak" else "none",
            )
        )
        self.way = await ways.open(
            self._asking, app=self._app, channel=self.channel, rate=rate, direction=direction, ends=ends
        )
        await self._asking.make_bridge(self.bridge, "mixing")
        for event in self._entered.values():
            await event.wait()
        await self._asking.quick(
            lambda ari: ari.bridges_add_channel(self.bridge, channel=[self.snoop, self.channel])
        )
        return self.way

    async def close(self) -> None:
        """Take everything down; what is gone already is fine."""
        if self.way is not None:
            await self.way.close()
        for channel in (self.snoop, self.channel):
            with suppress(SwitchError):
                await hang_up(self._asking, channel)
        with suppress(SwitchError):
            await destroy(self._asking, self.bridge)


async def hang_up(asking: Asking, channel: str) -> None:
    """End a media channel, if it is there."""
    with suppress(LegGone):
        await asking.quick(lambda ari: ari.channels_hangup(channel))


async def destroy(asking: Asking, bridge: str) -> None:
    """Take a media bridge down, if it is there."""
    with suppress(LegGone):
        await asking.quick(lambda ari: ari.bridges_destroy(bridge))
