"""Each log line about a call has the call's id, also where whoever logs does not know of the call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.testing import capture_logs

from records import events as e
from tests.callflow.house import ScriptStage, a_house

if TYPE_CHECKING:
    from pathlib import Path

    from callflow.protocol import Call

pytestmark = pytest.mark.virtual_time
_log = structlog.get_logger("somewhere deep below")


async def test_lines_of_a_calls_task_and_of_what_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ScriptStage.run

    async def later() -> None:
        await asyncio.sleep(1)
        _log.info("in a task of the call's")

    async def run(self: ScriptStage, call: Call, step: Any) -> str:
        _log.info("in the call's task")
        asyncio.get_running_loop().create_task(later())
        return await plain(self, call, step)

    monkeypatch.setattr(ScriptStage, "run", run)
    merge: Any = structlog.contextvars.merge_contextvars
    with capture_logs(processors=[merge]) as lines:
        async with a_house(tmp_path) as house:
            for _ in range(2):
                house.asterisk.call_in("1001")
            await asyncio.sleep(5)
            calls = {event.call for event in house.events(e.CallArrived)}
            _log.info("of no call")
    for said in ("in the call's task", "in a task of the call's"):
        assert {line["call"] for line in lines if line["event"] == said} == calls
    assert len(calls) == 2
    [other] = [line for line in lines if line["event"] == "of no call"]
    assert "call" not in other
