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
    assert told["load"]["calls"] == 10
    assert told["memory"]["calls_up"] == 12
    assert told["faked"]
    for name in ("setup_p95", "cpu_per_call", "reaction_p95", "waiting_cpu"):
        both = next(v for k, v in told.items() if k.startswith(f"{name}_") and isinstance(v, dict))
        assert both.keys() == {"ringhall", "app_queue"}
        assert told[f"{name}_ratio"] == pytest.approx(both["ringhall"] / both["app_queue"], rel=0.1)
    assert told["reaction_spread_ms"]["app_queue"]["p50"] > 100, "it asks once a second"
    turns = told["side_by_side"]["turns"]
    assert turns["waiting ringhall"][0]["callers"] == turns["waiting app_queue"][0]["callers"] == 10
    assert not any(turn["lost"] for turn in turns["straight app_queue"])
