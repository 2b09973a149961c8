"""What the composition root offers to services and stages (:class:`callflow.protocol.Runtime`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import structlog

from callflow import parts
from records.events import AlarmCleared, AlarmRaised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from callflow.clock import Clock
    from callflow.protocol import Placing, PromptBook, Stage
    from callflow.runner import Runner
    from records.events import Event, Recorded
    from records.log import EventLog
    from telephony.switch import Switch

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class LiveRuntime:
    """The live parts by class, and the few verbs that all of them share."""

    prompts: PromptBook
    runner: Runner | None = None

    def __init__(
        self, *, clock: Clock, switch: Switch, log: EventLog, home: Path, parts: list[object]
    ) -> None:
        self.clock = clock
        self.switch = switch
        self.home = home
        self.log = log
        self.alarms: dict[str, str] = {}
        self._parts: list[object] = [log, switch, *parts]
        self._stage_types: Mapping[str, type[Stage]] | None = None

    def add(self, part: object) -> None:
        """Make a part available to :meth:`require`."""
        self._parts.append(part)

    def require(self, kind: type[T]) -> T:
        """Give the part of that class; raises LookupError naming those that exist."""
        for part in self._parts:
            if isinstance(part, kind):
                return part
        there = ", ".join(sorted(type(part).__name__ for part in self._parts))
        raise LookupError(f"no {kind.__name__} is running; there are: {there}")

    def all_of(self, kind: type[T]) -> list[T]:
        """Give every part that satisfies a (run-time checkable) protocol or class."""
        return [part for part in self._parts if isinstance(part, kind)]

    def stage_types(self) -> Mapping[str, type[Stage]]:
        """Give every installed stage by name."""
        if self._stage_types is None:
            self._stage_types = parts.stage_types()
        return self._stage_types

    def record(self, *events: Event) -> None:
        """Append facts to the log, before they are acted on."""
        self.log.append_all(events)

    def subscribe(self, listener: Callable[[Recorded], None], *kinds: type[Event]) -> None:
        """Call ``listener`` with every event (of ``kinds``), in order, right after it was appended."""
        self.log.subscribe(listener, *kinds)

    def post(self, call: str, message: object) -> bool:
        """Put a message into a call's inbox; False when there is no such call."""
        return self.runner is not None and self.runner.post(call, message)

    def place_call(self, placing: Placing) -> str:
        """Begin a call of our own and give its id; raises LookupError when nobody could serve it."""
        if self.runner is None:
            raise LookupError("no calls are served yet")
        return self.runner.place(placing)

    def alarm(self, name: str, detail: str) -> None:
        """Raise an alarm, once until it is cleared; only its detail changes meanwhile."""
        known = name in self.alarms
        self.alarms[name] = detail
        if known:
            return
        _log.error("alarm", alarm=name, detail=detail)
        self.record(AlarmRaised(alarm=name, detail=detail))

    def clear_alarm(self, name: str) -> None:
        """Take an alarm back, if it is raised."""
        if self.alarms.pop(name, None) is not None:
            _log.warning("alarm_cleared", alarm=name)
            self.record(AlarmCleared(alarm=name))
