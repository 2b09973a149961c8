from __future__ import annotations

import asyncio
import json
import sys

import pytest

from benchmarks.in_call import TARGETS

pytestmark = pytest.mark.asterisk


async def test_quick_run_measures_every_part() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.in_call", "--json", "--quick"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode in {0, 1}, (
        out.decode() + err.decode()
    )  # a goal may be missed beside other tests
    told = json.loads(out)
    assert told.keys() >= set(TARGETS)
    assert told["transfers"]["times"] == told["whispers"]["times"] == 3
    assert 0 < told["transfer_ring_p95_ms"] < 5000
    assert 0 < told["whisper_on_p95_ms"] < 3000
    assert told["recorded"]["recorded"]["kept"] == 5
    assert told["media_python_core_share_200"] is None, "there were ten streams"
    assert told["media"]["streams_heard"] == 10
    asked = told["api"]
    assert asked["api_failures"] == 0, [asked[part]["api_failed"] for part in ("idle", "asking", "together")]
    assert [asked[part]["requests"] for part in ("asking", "listening", "together")] == [200, 0, 200]
    assert asked["load"]["calls"] == 60
    assert asked["listening"]["events_sampled"] > 100
    assert asked["together"]["events_sampled"] > 100
    assert 0 < told["api_p95_ms"] < 3000
    assert told["event_p95_ms"] > 0
