"""Asterisk's answering machine detection: in the dialplan, so that a leg leaves us and comes back.

``asterisk-config/extensions.conf`` has the way (``who-answered``), ``amd.conf`` the terms.  While a leg is
out, Asterisk refuses what is asked of it, but for its variables and a hangup.  That it has left is no end:
that of a leg of our own is told by its ``ChannelDestroyed``.  The verdict stays with the channel, so a
request may be repeated, and whoever takes the leg over finds the verdict, or waits for it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from telephony.ari.errors import AriConflict, AriError, AriNotFound
from telephony.switch import Answerer, AnswererHeard, LegGone, SwitchError

if TYPE_CHECKING:
    from telephony.asterisk.asking import Asking

CONTEXT, EXTENSION = "who-answered", "judge"
JUDGED = "judged"
"""Argument of ``Stasis()`` by which a leg comes back."""
BACK_S = 15.0
"""How long a leg may be out: the dialplan waits ten seconds for a controller, and ends the leg then."""
STATUS, CAUSE = "AMDSTATUS", "AMDCAUSE"

_ANSWERERS = {"HUMAN": Answerer.HUMAN, "MACHINE": Answerer.MACHINE}
_CAUSES = {
    "HUMAN": "a greeting, then {0} ms of silence of the {1} that are wanted",
    "LONGGREETING": "{0} ms of speech before any long silence; {1} are a machine's",
    "MAXWORDS": "{0} words before any long silence; more than {1} are a machine's",
    "MAXWORDLENGTH": "a word of {0} ms",
    "INITIALSILENCE": "nobody spoke in {0} ms",
    "NOAUDIODATA": "no sound came in {0} ms",
    "TOOLONG": "unclear after {0} ms",
}
"""First word of AMDCAUSE → what it means; the numbers follow it in their order."""
_SILENT = frozenset({"INITIALSILENCE", "NOAUDIODATA"})


class MachineDetection:
    """Sends legs out to be judged, and awaits their return."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._awaited: dict[str, asyncio.Event] = {}

    def changed(self, leg: str) -> None:
        """Take note that a leg has come back, or ended."""
        if (awaited := self._awaited.get(leg)) is not None:
            awaited.set()

    def look_again(self) -> None:
        """Take note that what legs did may not have been told."""
        for awaited in self._awaited.values():
            awaited.set()

    async def judge(self, leg: str) -> AnswererHeard:
        """See :meth:`telephony.switch.Switch.detect_machine`.  Raises LegGone, SwitchError."""
        awaited = self._awaited[leg] = asyncio.Event()
        try:
            async with asyncio.timeout(BACK_S):
                while (heard := await self._heard(leg)) is None:
                    await awaited.wait()
                    awaited.clear()
                return heard
        except TimeoutError:
            await self._give_up(leg)
            raise LegGone(f"{leg} did not come back from AMD() in {BACK_S:g} s, and was ended") from None
        except AriNotFound as error:
            raise LegGone(str(error)) from error
        except AriError as error:
            raise SwitchError(str(error)) from error
        finally:
            del self._awaited[leg]

    async def _heard(self, leg: str) -> AnswererHeard | None:
        """Give the verdict of a leg that is back; else None, and the leg is out or is sent there."""
        try:
            if (status := await self._variable(leg, STATUS)) is not None:
                await self._asking.raw(lambda ari: ari.channels_ring_stop(leg))  # refused while it is out
                return heard(status, await self._variable(leg, CAUSE) or "")
            await self._asking.raw(
                lambda ari: ari.channels_continue_in_dialplan(
                    leg, context=CONTEXT, extension=EXTENSION, priority=1
                )
            )
        except AriConflict:
            pass  # it is out: a controller before us sent it, or we did before the connection was lost
        return None

    async def _variable(self, leg: str, name: str) -> str | None:
        """Read a channel's variable, wherever it is; None when there is none, or no channel."""
        try:
            return (
                await self._asking.raw(lambda ari: ari.channels_get_channel_var(leg, variable=name))
            ).value
        except AriNotFound:
            return None

    async def _give_up(self, leg: str) -> None:
        """End a leg that nobody can reach any more but by ending it."""
        with suppress(AriNotFound):
            await self._asking.raw(lambda ari: ari.channels_hangup(leg, reason="failure"))


def heard(status: str, cause: str) -> AnswererHeard:
    """Translate ``AMDSTATUS`` and ``AMDCAUSE`` (``HUMAN-400-400``).

    Who says nothing is a machine to Asterisk; it may be a person who waits for a word, so it is unsure here.
    """
    word, *numbers = cause.split("-")
    silent = word in _SILENT
    answerer = Answerer.UNSURE if silent else _ANSWERERS.get(status, Answerer.UNSURE)
    try:
        told = _CAUSES[word].format(*numbers)
        quiet_s = int(numbers[0]) / 1000 if word == "HUMAN" else 0.0
    except (KeyError, IndexError, ValueError):
        told, quiet_s = "Asterisk does not say why", 0.0
    return AnswererHeard(answerer, silent, quiet_s, f"{told} ({status} {cause})")
