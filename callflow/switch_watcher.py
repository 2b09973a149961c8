"""Part of the protocol of services (:mod:`callflow.protocol`): knowing when the switch can't be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable


@runtime_checkable
class SwitchWatcher(Protocol):
    """A service that must not take the switch's silence for a party's while the connection is down."""

    def switch_lost(self, reason: str) -> None:
        """Take note that nothing is heard from the switch in time, and nothing can be asked of it."""

    def switch_back(self) -> None:
        """Take note that it is heard again; what happened meanwhile has been made up (or is about to be)."""


ALARM = "switch"


class SwitchAlarm:
    """Raises an alarm as long as Asterisk can't be seen: talks go on meanwhile, but nobody is connected."""

    def __init__(self, alarm: Callable[[str, str], None], clear_alarm: Callable[[str], None]) -> None:
        self._alarm = alarm
        self._clear_alarm = clear_alarm

    def switch_lost(self, reason: str) -> None:
        """Raise it."""
        self._alarm(ALARM, reason)

    def switch_back(self) -> None:
        """Clear it."""
        self._clear_alarm(ALARM)
