"""Each fault of docs/guarantees.md, made to happen to few (`make chaos` takes a hundred callers)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.chaos import faults
from benchmarks.chaos.__main__ import QUICK
from benchmarks.chaos.faults.database import FULL

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("fault", faults.ALL)
async def test_nothing_is_lost(fault: str, tmp_path: Path) -> None:
    if fault == FULL and os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    verdict = await faults.ALL[fault](tmp_path, QUICK)
    assert verdict.broken == []
    assert (verdict.lost_calls, verdict.lost_events, verdict.doubled) == (0, 0, 0)
    assert verdict.calls > 0
    # beside other tests it may take longer than what is promised, which is measured by itself
    assert verdict.recovery_s is not None
    assert verdict.recovery_s < 20
