"""Where the caller's line is: in the conversation, or waiting with music."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callflow.protocol import Call


class Hold:
    """Moves the caller's line; that it may be moved is the core's word."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.held = False
        """The caller hears music of ours."""
        self.by_phone = False
        """The phone itself holds the caller, who stays in the conversation and hears music there."""

    async def music(self, music_class: str) -> None:
        """Let the caller wait; the agent stays in the conversation, alone.  Raises SwitchError."""
        if not self.held:
            self.held = True
            await self._call.wait_with_music(music_class)

    async def together(self, *legs: str) -> None:
        """Bring lines into the conversation, the caller's among them or there already; raises SwitchError."""
        await self._call.stop_playing()
        await self._call.switch.connect(self._call.id, legs, absorb_keys=True)

    def over(self) -> None:
        """The caller is in the conversation, and nobody holds them."""
        self.held = self.by_phone = False
