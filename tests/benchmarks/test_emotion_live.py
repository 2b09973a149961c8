"""The benchmark of hearing on a real server: what a step must hold, what gave, and that it runs."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks.emotion_live import gave, late_by, limit, summary
from records import events as e


def step(**more: Any) -> dict[str, Any]:
    """A step that held, but for what is said."""
    return {
        "streams": 20, "heard": 20, "lost_s": 0.0, "told": 30, "told_late_p95_s": 0.4,
        "packets_over_40_ms": 0.0, "packets_p999_ms": 21.0, "controller_core_share": 0.4,
        "asterisk_core_share": 0.5, "people_core_share": 0.3, "others_core_share": 0.0,
        "machine_idle_share": 0.4, "gave": "",
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"heard": 19}, "1 callers were not heard"),
        ({"lost_s": 0.1}, "lost"),
        ({"told": 0}, "nothing was told"),
        ({"told_late_p95_s": 2.1}, "told 2.1 s late"),
        ({"packets_over_40_ms": 0.002}, "0.20% of the packets"),
    ],
)
def test_what_gave_is_told(more: dict[str, Any], said: str) -> None:
    assert gave(step()) == ""
    assert said in gave(step(**more))


@pytest.mark.parametrize(
    ("more", "short_of"),
    [
        ({"controller_core_share": 0.95}, "the controller's one core"),
        ({"machine_idle_share": 0.01}, "the machine, all of which was used: 0.3 of a core by callers"),
        ({}, "neither"),
    ],
)
def test_what_it_was_short_of(more: dict[str, Any], short_of: str) -> None:
    assert limit(step(**more)).startswith(short_of)


def test_what_other_programs_used_is_told() -> None:
    busy = step(machine_idle_share=0.0, others_core_share=0.8)
    assert limit(busy).endswith(", and 0.8 of a core by other programs")
    assert "other programs" not in limit(step(machine_idle_share=0.0))


def test_the_figure_is_the_last_step_that_held() -> None:
    steps = [step(), step(streams=40), step(streams=60, lost_s=3.0, gave="3 s were lost")]
    told = summary(steps, 40)
    assert (told["live_streams"], told["talking_calls"]) == (40, 40)
    assert told["limit"] == "3 s were lost: neither the controller's core nor the machine was used up"
    assert summary(steps[2:], 40)["live_streams"] == 0
    assert "there may be more" in summary(steps[:2], 40)["limit"]


def test_late_is_what_was_told_after_it_was_said() -> None:
    def at(second: float, event: e.AnyEvent) -> e.Recorded:
        when = datetime.fromtimestamp(1_800_000_000 + second, UTC)
        return e.Recorded(site="s", node="n", stream="x", seq=0, epoch=1, at=when, event=event)

    noted = e.SignalNoted(call="c", listener="emotion", talk="", signal="calm", side="caller", at_s=4.0)
    found = late_by([at(10, e.CallAnswered(call="c")), at(14.5, noted), at(20, e.CallAnswered(call="d"))])
    assert found == pytest.approx([0.5])


@pytest.mark.asterisk
async def test_quick_run_hears_three_callers() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.emotion_live", "--json", "--quick"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    told = json.loads(out or "{}")
    assert told, err.decode()
    [one] = told["steps"]
    assert (one["streams"], one["heard"], one["lost_s"]) == (3, 3, 0)
    assert one["told"] >= 3
    assert one["controller_core_share"] > 0
    assert one["people_core_share"] > 0
    assert told["talking_calls"] == 2
    # late packets are no fault of the benchmark beside other tests
    assert process.returncode == (0 if told["live_streams"] else 1)
