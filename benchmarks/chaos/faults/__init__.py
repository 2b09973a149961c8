"""One module for each fault: makes it happen, and says what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.chaos.faults import ari, asterisk_killed, controller_killed, phones

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from benchmarks.chaos.scene import Crowd
    from benchmarks.chaos.verdict import Verdict

ALL: Mapping[str, Callable[[Path, Crowd], Awaitable[Verdict]]] = {
    controller_killed.NAME: controller_killed.run,
    asterisk_killed.NAME: asterisk_killed.run,
    asterisk_killed.BOTH: asterisk_killed.run_both,
    ari.CUT: ari.run_cut,
    ari.STALLED: ari.run_stalled,
    ari.SLOW: ari.run_slow,
    phones.NAME: phones.run,
}
"""By name, in the order in which they are run."""
