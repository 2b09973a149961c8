from __future__ import annotations

import asyncio
import json
import sys

import pytest

from benchmarks.api import TARGETS

pytestmark = pytest.mark.asterisk


async def test_quick_run_measures_answers_and_events() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.api", "--json", "--quick"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    told = json.loads(out)
    assert told.keys() >= set(TARGETS)
    assert told["api_failures"] == 0
    assert told["requests"] == 400
    assert told["load"]["calls"] == 30
    assert told["events_sampled"] > 100
    assert told["event_p95_ms"] > 0
