"""Hearing a leg without being heard: a snoop on it and the listener's line in a bridge of their own.

The snoop hears what the leg says and hears, and what the listener says would go into the leg's ear (whisper);
the listener's line is muted until that is wanted.  Such a change is one request, so it takes effect at once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from telephony.asterisk.words import APP
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telephony.asterisk.asking import Asking

WATCH = "watch-"
"""Ids of snoops and of their bridges begin so; they are no legs."""
_ENTER_S = 2.0


class Watching:
    """Makes and removes them; tells of none that it does not know after a restart."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._entering: dict[str, asyncio.Future[None]] = {}

    def entered(self, channel: str) -> None:
        """Take note that a channel has entered our application: only then may it be put into a bridge."""
        waiting = self._entering.get(channel)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def begin(self, name: str, leg: str, ear: str) -> None:
        """Let the line ``ear`` hear what the leg says and hears."""
        watch = WATCH + name
        entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entering[watch] = entered
        try:
            await self.mute(ear)
            await self._asking.make_bridge(watch, "mixing")
            await self._asking.quick(
                lambda ari: ari.channels_snoop_channel_with_id(leg, watch, spy="both", whisper="out", app=APP)
            )
            async with asyncio.timeout(_ENTER_S):
                await entered
            await self._asking.quick(lambda ari: ari.bridges_add_channel(watch, channel=[watch, ear]))
        except TimeoutError:
            await self.end(name)
            raise SwitchError(f"{leg} could not be listened to within {_ENTER_S:g} s") from None
        except SwitchError:
            await self.end(name)
            raise
        finally:
            del self._entering[watch]

    async def mute(self, ear: str) -> None:
        """Let nobody hear a listener."""
        await self._asking.quick(lambda ari: ari.channels_mute(ear, direction="in"))

    async def unmute(self, ear: str) -> None:
        """Let a listener be heard, by whoever is to hear them."""
        await self._asking.quick(lambda ari: ari.channels_unmute(ear, direction="in"))

    async def end(self, name: str) -> None:
        """Hear no more; what is gone is fine.  The listener's line stays."""
        await self._remove([WATCH + name], [WATCH + name])

    async def tidy(self) -> None:
        """Remove what a controller that was killed left behind."""
        channels = await self._asking.slow(lambda ari: ari.channels_list())
        bridges = await self._asking.slow(lambda ari: ari.bridges_list())
        await self._remove(
            [one.id for one in channels if one.id.startswith(WATCH)],
            [one.id for one in bridges if one.id.startswith(WATCH)],
        )

    async def _remove(self, channels: Iterable[str], bridges: Iterable[str]) -> None:
        for channel in channels:
            with suppress(LegGone):
                await self._asking.quick(lambda ari, channel=channel: ari.channels_hangup(channel))  # type: ignore[misc]
        for bridge in bridges:
            with suppress(LegGone):
                await self._asking.quick(lambda ari, bridge=bridge: ari.bridges_destroy(bridge))  # type: ignore[misc]
