"""Recording a leg in Asterisk's words: ``MixMonitor``, asked for by AMI.

Of the three ways (two snoops, a bridge's recording, MixMonitor) it costs the least, keeps the two sides apart
and stays with the caller's channel whatever bridge that is in.  Asterisk writes the file: it goes on while no
controller runs.

Asterisk has a trap there.  What is sent to a channel with such a hook is decoded for it, and the decoder
keeps the RTP sequence number of whom it heard last.  Another party's stream begins at a number of its own;
when that is a lower one, their frames count as late and are dropped for the hook, all of them, though the
caller hears them: measured in half of all second talks, as chance has it.  The decoder goes with the
channel's last hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telephony.ami import AmiDown
from telephony.ari import models
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from telephony.ami import Ami
    from telephony.ari.port import Message

_OPTIONS = "aD"
"""Append (the file has a header already); both sides apart."""
_PAIR = 2
"""Channels in a bridge that pass each other's frames on as they are."""
_GONE = "no such channel"
_NOT_RECORDED = "could not stop"
"""What Asterisk says of a channel that is there but is not recorded."""


class MixMonitor:
    """:class:`telephony.recorder.CallRecorder` over AMI, fed with ARI's messages."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._bridges: dict[str, frozenset[str]] = {}
        """Bridge → channels in it."""
        self._heard: dict[str, set[str]] = {}
        """Recorded channel → others that its recording has heard."""
        self._takers: list[Callable[[str], None]] = []

    async def start(self, leg: str, file: Path) -> None:
        """Append what is said to ``file``."""
        self._heard[leg] = {other for inside in self._bridges.values() if leg in inside for other in inside}
        await self._ask({"Action": "MixMonitor", "Channel": leg, "File": str(file), "Options": _OPTIONS})

    async def stop(self, leg: str) -> None:
        """End it; the file is closed when Asterisk answers."""
        self._heard.pop(leg, None)
        await self._ask({"Action": "StopMixMonitor", "Channel": leg})

    def on_newcomer(self, take: Callable[[str], None]) -> None:
        """Have ``take`` called with a leg when somebody new joins it."""
        self._takers.append(take)

    def hear(self, message: Message) -> None:
        """Take a message of ARI's."""
        match message:
            case models.ChannelLeftBridge(bridge=bridge) if bridge.bridge_type != "holding":
                self._note(bridge.id, frozenset(bridge.channels))
            case _:
                pass

    def joined(self, bridge: str, legs: Iterable[str]) -> None:
        """Take note that legs were put into a bridge.

        Whoever does so tells it: to have Asterisk tell of each entering would cost every call its events.
        """
        self._note(bridge, self._bridges.get(bridge, frozenset()).union(legs))

    def _note(self, bridge: str, inside: frozenset[str]) -> None:
        if not inside:
            self._bridges.pop(bridge, None)
            return
        was_mixed = len(self._bridges.get(bridge, ())) > _PAIR
        self._bridges[bridge] = inside
        for leg in inside & self._heard.keys():
            new = inside - self._heard[leg] - {leg}
            self._heard[leg] |= new
            # what was mixed from several streams is one party's own stream again
            for take in self._takers if new or (was_mixed and len(inside) <= _PAIR) else ():
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
