from __future__ import annotations

import asyncio
import json
import sys

import pytest

from benchmarks.dialplans import FAULTS, TARGETS

pytestmark = pytest.mark.asterisk


async def test_quick_run_measures_everything_and_disturbs_no_call() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.dialplans", "--json", "--quick"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    told = json.loads(out)  # one line, and nothing else
    assert [told[name] for name in FAULTS] == [0] * len(FAULTS)
    assert all(told[name] > 0 for name, target in TARGETS.items() if target), "every figure was measured"
    assert len(told["edits"]["live_s"]) == 2
    assert len(told["edits"]["refused_s"]) == 1
    assert told["edits"]["versions_in_use"] >= 2
