"""One module for each fault: makes it happen, and says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.chaos.faults import (
    ari,
    asterisk_killed,
    clock,
    controller_killed,
    database,
    every_instant,
    long_life,
    other_systems,
    phones,
    power_cut,
    surge,
)
from benchmarks.chaos.scene import Crowd
from benchmarks.chaos.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

Fault = Callable[[Path, Crowd], Awaitable[Verdict]]
"""Makes it happen in a folder, to a crowd."""

ALL: Mapping[str, Fault] = {
    controller_killed.NAME: controller_killed.run,
    every_instant.NAME: every_instant.run,
    asterisk_killed.NAME: asterisk_killed.run,
    asterisk_killed.BOTH: asterisk_killed.run_both,
    power_cut.NAME: power_cut.run,
    ari.CUT: ari.run_cut,
    ari.STALLED: ari.run_stalled,
    ari.SLOW: ari.run_slow,
    database.LOCKED: database.run_locked,
    database.SLOW: database.run_slow,
    database.GONE: database.run_gone,
    database.FULL: database.run_full,
    clock.NAME: clock.run,
    phones.NAME: phones.run,
    other_systems.NAME: other_systems.run,
    surge.NAME: surge.run,
    long_life.NAME: long_life.run,
}
"""By name, in the order in which they are run."""
