"""Where callers wait: one holding bridge a music class, and the music in it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.ari import models
    from telephony.asterisk.asking import Asking

WAIT = "wait-"
"""A holding bridge is named so, and then by its music class."""
_MUSIC_ENDS_S = 0.05


class WaitingRooms:
    """The holding bridges.  ``is_leg`` tells a leg from the channel that plays the music."""

    def __init__(self, asking: Asking, is_leg: Callable[[str], bool]) -> None:
        self._asking = asking
        self._is_leg = is_leg
        self._music: set[str] = set()
        """Classes whose music is on."""
        self._lock = asyncio.Lock()
        self._reviving: set[asyncio.Task[None]] = set()

    async def enter(self, leg: str, music: str) -> None:
        """Put a leg among those who hear the music class ``music``."""
        bridge = WAIT + music
        if music not in self._music:
            async with self._lock:
                if music not in self._music:
                    await self._asking.make_bridge(bridge, "holding")
                    await self._asking.quick(lambda ari: ari.bridges_start_moh(bridge, moh_class=music))
                    self._music.add(music)
        try:
            await self._asking.quick(lambda ari: ari.bridges_add_channel(bridge, channel=[leg]))
        except SwitchError:
            self._begin_revival(music, stop=True)  # music that was begun for this leg alone
            raise

    async def leave(self, leg: str, music: str) -> None:
        """Take a leg out; one that has ended is fine."""
        with suppress(LegGone):
            await self._asking.quick(lambda ari: ari.bridges_remove_channel(WAIT + music, channel=[leg]))

    def left(self, bridge: models.Bridge) -> None:
        """Take note that somebody has left: Asterisk ends the music with the last one who waits."""
        if self._somebody_in(bridge):
            return
        music = bridge.id.removeprefix(WAIT)
        self._begin_revival(music)

    def _begin_revival(self, music: str, *, stop: bool = False) -> None:
        self._music.discard(music)
        reviving = asyncio.get_running_loop().create_task(
            self._revive(music, stop=stop), name=f"music {music}"
        )
        self._reviving.add(reviving)
        reviving.add_done_callback(self._reviving.discard)

    def forget(self) -> None:
        """Count on no music: its end may have been among events that were lost."""
        self._music.clear()

    def close(self) -> None:
        """Begin nothing more."""
        for task in self._reviving:
            task.cancel()

    def _somebody_in(self, bridge: models.Bridge) -> bool:
        return any(self._is_leg(channel) for channel in bridge.channels)

    async def _revive(self, music: str, *, stop: bool) -> None:
        """Start the music again for those who came in while the old music was on its way out.

        ``stop``: end it first if nobody is there, which Asterisk does by itself only when somebody leaves.
        """
        await asyncio.sleep(_MUSIC_ENDS_S)
        bridge = WAIT + music
        with suppress(SwitchError):  # the bridge is gone, and with it those who waited
            async with self._lock:
                there = self._somebody_in(await self._asking.quick(lambda ari: ari.bridges_get(bridge)))
                if stop and not there:
                    await self._asking.quick(lambda ari: ari.bridges_stop_moh(bridge))
                    there = self._somebody_in(await self._asking.quick(lambda ari: ari.bridges_get(bridge)))
                if there:
                    await self._asking.quick(lambda ari: ari.bridges_start_moh(bridge, moh_class=music))
                    self._music.add(music)
