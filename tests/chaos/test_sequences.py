"""Ten random sequences of faults (``make proof`` plays 200), and those that once found something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.chaos import sequences

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk

FIRST = 1


async def test_ten_sequences(tmp_path: Path) -> None:
    told: list[str] = []
    found = await sequences.play(range(FIRST, FIRST + 10), tmp_path, told.append)
    assert [(one.seed, one.acts, one.wrong) for one in found if one.wrong] == []
    assert sum("killed" in act for one in found for act in one.acts) > 3
