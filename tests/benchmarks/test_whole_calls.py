"""The benchmark of listening in menus runs, and everybody is heard."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

pytestmark = pytest.mark.asterisk


async def test_quick_run_hears_everybody() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.whole_calls", "--json", "--quick"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    told = json.loads(out)
    assert (told["without"]["callers_heard"], told["with"]["callers_heard"]) == (0, 5)
    assert told["with"]["asterisk_core_share"] > 0
