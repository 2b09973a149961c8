"""Recording a leg in Asterisk's words: ``MixMonitor``, asked for by AMI.

Of the three ways (two snoops, a bridge's recording, MixMonitor) it costs the least, keeps the two sides apart
and stays with the caller's channel whatever bridge that is in.  Asterisk writes the file: it goes on while no
controller runs.

Somebody new who joins the call is not always heard: see :mod:`telephony.asterisk.newcomers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telephony.ami import AmiDown
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from telephony.ami import Ami

_OPTIONS = "aD"
"""Append (the file has a header already); both sides apart."""
_GONE = "no such channel"
_NOT_RECORDED = "could not stop"
"""What Asterisk says of a channel that is there but is not recorded."""


class MixMonitor:
    """:class:`telephony.recorder.CallRecorder` over AMI."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._takers: list[Callable[[str], None]] = []

    async def start(self, leg: str, file: Path) -> None:
        """Append what is said to ``file``."""
        await self._ask({"Action": "MixMonitor", "Channel": leg, "File": str(file), "Options": _OPTIONS})

    async def stop(self, leg: str) -> None:
        """End it; the file is closed when Asterisk answers."""
        await self._ask({"Action": "StopMixMonitor", "Channel": leg})

    def on_newcomer(self, take: Callable[[str], None]) -> None:
        """Have ``take`` called with a leg when somebody new joins it."""
        self._takers.append(take)

    def newcomer(self, leg: str) -> None:
        """Take note that somebody new joined a leg, which may be recorded since before this process began."""
        for take in self._takers:
            take(leg)

    async def _ask(self, action: Mapping[str, str]) -> None:
        try:
            answer = await self._ami.ask(action)
        except AmiDown as error:
            raise SwitchError(str(error)) from error
        why = answer.get("Message", "")
        if answer.get("Response") == "Success" or why.lower().startswith(_NOT_RECORDED):
            return
        if why.lower().startswith(_GONE):
            raise LegGone(f"{action['Channel']}: {why}")
        raise SwitchError(f"Asterisk refused {action['Action']} on {action['Channel']}: {why}")
