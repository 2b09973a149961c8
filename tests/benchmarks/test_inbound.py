from __future__ import annotations

import asyncio
import json
import sys

import pytest

from benchmarks.inbound import TARGETS

pytestmark = pytest.mark.asterisk


async def test_quick_run_measures_everything_and_loses_nothing() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.inbound", "--json", "--quick"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    told = json.loads(out)
    for name in ("lost", "double_offers", "non_terminal", "agents_with_two_calls"):
        assert told[name] == 0
    assert all(told[name] > 0 for name, target in TARGETS.items() if target), "every figure was measured"
    assert told["load"]["calls"] == 15
    assert told["memory"]["calls_up"] == 12
    assert told["faked"]
