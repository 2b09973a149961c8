"""Part of the protocol of services (:mod:`callflow.protocol`): knowing when the switch can't be seen."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class SwitchWatcher(Protocol):
    """A service that must not take the switch's silence for a party's while the connection is down."""

    def switch_lost(self) -> None:
        """Take note that nothing is heard from the switch, and nothing can be asked of it."""

    def switch_back(self) -> None:
        """Take note that it is heard again; what happened meanwhile has been made up (or is about to be)."""
