"""Ending a playback, whatever state Asterisk has it in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telephony.ari.errors import AriConflict, AriError, AriNotFound
from telephony.switch import SwitchError

if TYPE_CHECKING:
    from telephony.asterisk.asking import Asking

NOT_YET = 500
"""How Asterisk refuses to stop a playback that has only just begun."""
_TRIES, _AGAIN_S = 10, 0.01


async def stop(asking: Asking, playback: str) -> None:
    """Stop a playback; one that is over already is fine.  Raises SwitchError.

    Asterisk says that a playback has begun a moment before it lets it be stopped, refuses (500) and plays on
    (``play_on_channel`` in its res_stasis_playback.c): so it is asked again.
    """
    for left in reversed(range(_TRIES)):
        try:
            await asking.raw(lambda ari: ari.playbacks_stop(playback))
        except (AriNotFound, AriConflict):
            return
        except AriError as error:
            if error.status != NOT_YET or not left:
                raise SwitchError(str(error)) from error
            await asyncio.sleep(_AGAIN_S)
        else:
            return
