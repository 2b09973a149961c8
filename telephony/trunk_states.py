"""The state of trunks as the rest of Ringhall sees it: registered with the carrier, answering our probes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

REGISTERED, UNREGISTERED, REJECTED = "registered", "unregistered", "rejected"
YES, NO = "yes", "no"


class TrunkState(msgspec.Struct, frozen=True):
    """What is known of one trunk."""

    registration: str = ""
    """registered, unregistered (no answer, or not yet), rejected; empty where we don't register."""
    reachable: str = ""
    """yes, no; empty for one that is not probed, and as long as nothing is known."""


@runtime_checkable
class TrunkStates(Protocol):
    """Where the states of trunks are told."""

    def states(self) -> Mapping[str, TrunkState]:
        """Give what is known now, by trunk; empty before the switch was seen, and where nobody tells."""

    def changes(self) -> AsyncIterator[str]:
        """Yield for ever the name of each trunk whose state has changed; only one reader."""
