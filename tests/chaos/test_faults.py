"""Each fault of docs/guarantees.md, made to happen to few (`make chaos` takes a hundred callers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.chaos import faults
from benchmarks.chaos.__main__ import QUICK

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("fault", faults.ALL)
async def test_nothing_is_lost(fault: str, tmp_path: Path) -> None:
    verdict = await faults.ALL[fault](tmp_path, QUICK)
    assert verdict.broken == []
    assert (verdict.lost_calls, verdict.lost_events, verdict.doubled) == (0, 0, 0)
    assert verdict.calls > 0
    # beside other tests it may take longer than what is promised, which is measured by itself
    assert verdict.recovery_s is not None
    assert verdict.recovery_s < 20
