"""The child process that reads sites: gives what reading on the spot gives, and may die or hang."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from callflow.loop_watch import LoopWatch
from ivr.installed import stages_and_sections
from ivr.load import Source
from ivr.reader import ChildReader, DirectReader, ReadingFailed
from tests.ivr.site_homes import BROKEN, GOOD

SILENT = (sys.executable, "-c", "import sys; sys.stdin.read()")
MUTE = (sys.executable, "-c", "pass")
BABBLING = (sys.executable, "-c", "print('this is no pickle, but long enough to be taken for one' * 9)")


def big(menus: int) -> str:
    """A site with so many menus, each leading to the next."""
    lines = ['site: Big\nlanguages: [zh, en]\nnumbers: {"1": m0}\nmenus:']
    for number in range(menus):
        after = f"goto: m{number + 1}" if number + 1 < menus else "hangup"
        lines.append(
            f"  m{number}:\n"
            f"    - menu:\n        say: {{zh: 菜单{number}, en: Menu {number}}}\n"
            f"        keys: {{'1': m{number * 7 % menus}}}\n"
            f"    - {after}"
        )
    return "\n".join(lines) + "\n"


@pytest.fixture
def direct() -> DirectReader:
    return DirectReader(*stages_and_sections())


@pytest.mark.parametrize("text", [GOOD, BROKEN, "", big(150)], ids=["good", "broken", "empty", "in pieces"])
async def test_it_gives_what_reading_on_the_spot_gives(
    tmp_path: Path, direct: DirectReader, text: str
) -> None:
    (tmp_path / "site.yaml").write_text(text)
    reader = ChildReader()
    try:
        found, expected = await reader.folder(tmp_path), await direct.folder(tmp_path)
        assert found == expected
        if found.site is not None and expected.site is not None:
            assert list(found.site.blocks) == list(expected.site.blocks)
        sources = [Source("a.yaml", tmp_path, text.encode())]
        assert await reader.sources(sources) == await direct.sources(sources)
        assert (await reader.folder(tmp_path / "nowhere")).problems
    finally:
        await reader.stop()


async def test_one_that_was_killed_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(GOOD)
    reader = ChildReader()
    try:
        assert (await reader.folder(tmp_path)).site is not None
        child = reader._child
        assert child is not None
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
        assert (await reader.folder(tmp_path)).site is not None
    finally:
        await reader.stop()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (SILENT, r"did not end within 0\.5 s"),
        (MUTE, "the checking process ended"),
        (BABBLING, "the checking process ended"),
        (("/nowhere/python",), "can't be started"),
    ],
)
async def test_one_that_is_of_no_use(tmp_path: Path, command: tuple[str, ...], said: str) -> None:
    reader = ChildReader(command, timeout=0.5 if command is SILENT else 20.0)
    for _ in range(2):
        with pytest.raises(ReadingFailed, match=said):
            await reader.folder(tmp_path)
    assert reader._child is None or reader._child.returncode is not None


async def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    reader = ChildReader()
    await reader.folder(tmp_path)
    child = reader._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()
    assert await asyncio.wait_for(child.wait(), 10) == 0


async def test_a_question_that_is_given_up_does_not_answer_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(big(300))
    reader = ChildReader()
    try:
        await reader.folder(tmp_path)
        given_up = asyncio.create_task(reader.folder(tmp_path))
        await asyncio.sleep(0.02)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        (tmp_path / "site.yaml").write_text(GOOD)
        found = await reader.folder(tmp_path)
        assert found.site is not None
        assert found.site.name == "Test"
    finally:
        await reader.stop()


async def test_calls_are_not_held_up(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(big(2000))
    reader, worst = ChildReader(), []
    try:
        await reader.folder(tmp_path)
        for _ in range(3):  # a busy machine may hold the loop up once or twice, reading would each time
            watch = LoopWatch()
            task = asyncio.create_task(watch.run())
            began = time.monotonic()
            assert (await reader.folder(tmp_path)).site is not None
            assert time.monotonic() - began > 0.1  # long enough to be noticed on the loop
            task.cancel()
            worst.append(max(late for _, late, _ in watch.worst()))
    finally:
        await reader.stop()
    assert min(worst) < 20, worst
