"""What the controller offers to its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from callflow.clock import Clock
    from callflow.protocol.calls import Placing
    from callflow.protocol.prompts import PromptBook
    from callflow.protocol.stages import Stage
    from records.events import Event, Recorded
    from telephony.switch import Switch


T = TypeVar("T")


class Runtime(Protocol):
    """What the composition root offers to services and stages."""

    clock: Clock
    switch: Switch
    prompts: PromptBook
    home: Path
    """The folder of everything that this installation writes (``var/``)."""

    def require(self, kind: type[T]) -> T:
        """Give the service of that class; raises LookupError naming those that exist."""

    def all_of(self, kind: type[T]) -> list[T]:
        """Give every service that satisfies a (run-time checkable) protocol, as :class:`Configurable`.

        All services are created before the first is started.
        """

    def stage_types(self) -> Mapping[str, type[Stage]]:
        """Give every installed stage by name."""

    def record(self, *events: Event) -> None:
        """Append facts to the log, before they are acted on; several are appended together or not at all."""

    def subscribe(self, listener: Callable[[Recorded], None], *kinds: type[Event]) -> None:
        """Call ``listener`` with every event (of ``kinds``), in order, right after it was appended."""

    def post(self, call: str, message: object) -> bool:
        """Put a message into a call's inbox; False when there is no such call."""

    def place_call(self, placing: Placing) -> str:
        """Begin a call of our own and give its id; its placer's ``serve_placed`` decides when it is dialed.

        Raises LookupError for a purpose that no service has, and before the switch was there once.
        """

    def alarm(self, name: str, detail: str) -> None:
        """Raise an alarm (once until cleared): log line, metric, event; only its detail may change."""

    def clear_alarm(self, name: str) -> None:
        """Take an alarm back."""
