"""What came of a fault."""

from __future__ import annotations

from typing import Any

import msgspec


class Verdict(msgspec.Struct, kw_only=True):
    """One fault's account.  Callers are counted at their end of the line."""

    fault: str
    calls: int
    """On the line when it happened, or made during it."""
    lost_calls: int
    """Callers who were refused or cut off, or whose call has no whole record.

    Where the fault itself ends calls, those that it must end count only without their record; ``fell`` among
    the measured figures is how many they were.
    """
    lost_events: int = 0
    """Told to a listener, hence acknowledged, and absent or different when the log is read again."""
    doubled: int = 0
    """Calls with two ends, two records or two agents at a time."""
    recovery_s: float | None = None
    """From the fault, or its end, until everything was as before; the fault's module says which."""
    broken: list[str] = []
    """What else was promised and did not hold, in words."""
    late: list[str] = []
    """What took longer than promised, or disturbed more: on a machine that does other things it may."""
    measured: dict[str, Any] = {}
    """Other figures."""

    @property
    def held(self) -> bool:
        """Whether every promise held."""
        return not (self.lost_calls or self.lost_events or self.doubled or self.broken or self.late)

    def expect(self, true: bool, otherwise: str) -> None:
        """Note what did not hold."""
        if not true:
            self.broken.append(otherwise)

    def within(self, value: float, goal: float, what: str) -> None:
        """Note what went beyond its goal; ``what`` is said with the value before it."""
        if value > goal:
            self.late.append(f"{value:.3g} {what}, more than {goal:g}")
