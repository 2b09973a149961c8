"""Who has somebody new to hear.

Asterisk decodes what is sent to a channel for whatever hears that channel (a recording, a snoop), and the
decoder keeps the RTP sequence number of whom it heard last.  Another party's stream begins at a number of
its own; when that is a lower one, their frames count as late and are dropped for the hook, all of them,
though the channel hears them: measured in half of all second talks, as chance has it.  The decoder goes with
the channel's last hook: so all that hear a channel rest at the same time when somebody new joins it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telephony.ari import models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from telephony.ari.port import Message


class Newcomers:
    """Tells of each leg that is with others than before.

    Whoever puts legs into a bridge says so: to have Asterisk tell of each entering would cost every call its
    events.
    """

    def __init__(self) -> None:
        self.takers: list[Callable[[str], None]] = []
        """Are called with the leg."""
        self._bridges: dict[str, frozenset[str]] = {}
        self._others: dict[str, frozenset[str]] = {}
        """Leg → with whom it was last."""

    def joined(self, bridge: str, legs: Iterable[str]) -> None:
        """Take note that legs were put into a bridge."""
        self._note(bridge, self._bridges.get(bridge, frozenset()).union(legs))

    def found(self, bridge: str, legs: Iterable[str]) -> None:
        """Take note of who is in a bridge: what happened before, or unseen, is known by nobody else."""
        self._note(bridge, frozenset(legs))

    def hear(self, message: Message) -> None:
        """Take a message of ARI's."""
        match message:
            case models.ChannelLeftBridge(bridge=bridge) if bridge.bridge_type != "holding":
                self._note(bridge.id, frozenset(bridge.channels))
            case models.ChannelDestroyed(channel=channel) | models.StasisEnd(channel=channel):
                self._others.pop(channel.id, None)
            case _:
                pass

    def _note(self, bridge: str, inside: frozenset[str]) -> None:
        if inside:
            self._bridges[bridge] = inside
        else:
            self._bridges.pop(bridge, None)
        for leg in inside if len(inside) > 1 else ():
            others, before = inside - {leg}, self._others.get(leg)
            self._others[leg] = others
            if before is not None and others != before:
                for take in self.takers:
                    take(leg)
