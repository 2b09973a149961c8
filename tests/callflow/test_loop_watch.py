"""What holds the loop up is seen; long work that gives way holds nobody up."""

import asyncio
import time

import pytest

from callflow.loop_watch import LoopWatch
from callflow.pace import Pace


def test_the_worst_of_each_second_is_kept() -> None:
    watch = LoopWatch()
    for late_s, cpu_s, at in [(0.001, 0.003, 100.1), (0.05, 0.001, 100.5), (0.002, 0, 100.9), (0, 0, 101.2)]:
        watch.note(late_s, cpu_s, at)
    assert watch.worst() == [(100, 50.0, 3.0), (101, 0.0, 0.0)]


async def test_a_hold_up_is_seen() -> None:
    watch = LoopWatch()
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(0.03)
    time.sleep(0.2)  # noqa: ASYNC251 - this is what is to be seen
    await asyncio.sleep(0.03)
    assert max(late_ms for _, late_ms, _ in watch.worst()) >= 180
    assert max(cpu_ms for _, _, cpu_ms in watch.worst()) < 150
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        pass
    await asyncio.sleep(0.03)
    task.cancel()
    assert max(cpu_ms for _, _, cpu_ms in watch.worst()) >= 190


@pytest.mark.parametrize(("slice_s", "turns"), [(0.002, True), (60.0, False)])
async def test_work_gives_way(slice_s: float, turns: bool) -> None:
    others = 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    before, pace, end = others, Pace(slice_s), time.perf_counter() + 0.05
    while time.perf_counter() < end:
        await pace.give_way()
    task.cancel()
    assert (others > before) is turns
