"""What a folder holds is seen however it changes, and told once a save is over."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.load import Loaded
from ivr.reader import DirectReader, ReadingFailed
from ivr.watch import INTERVAL_S, LONGEST_SAVE_S, SETTLED_S, Look, Watch, look_at
from tests.ivr.parts import SECTIONS, STAGES
from tests.ivr.site_homes import BROKEN, GOOD, Place


def write(folder: Path) -> None:
    (folder / "a.yaml").write_text("changed")


def replace(folder: Path) -> None:
    (folder / ".a.yaml.swp").write_text("numbers")  # as long as before
    (folder / ".a.yaml.swp").replace(folder / "a.yaml")


def restore_time(folder: Path) -> None:
    (folder / "b").write_text("another")
    state = (folder / "a.yaml").stat()
    os.utime(folder / "b", ns=(state.st_atime_ns, state.st_mtime_ns))
    (folder / "b").replace(folder / "a.yaml")


def add(folder: Path) -> None:
    (folder / "b.yml").write_text("new")


def remove(folder: Path) -> None:
    (folder / "a.yaml").unlink()


def record(folder: Path) -> None:
    (folder / "sounds").mkdir()
    (folder / "sounds" / "hello.WAV").write_bytes(b"RIFF")


def swap_link(folder: Path) -> None:
    """As a container's mounted configuration changes."""
    (folder / "linked.yaml").unlink()
    (folder / "linked.yaml").symlink_to(folder.parent / "two.yaml")


def lose_folder(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


CHANGES = [write, replace, restore_time, add, remove, record, swap_link, lose_folder]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_every_change_is_seen(tmp_path: Path, change: Callable[[Path], None]) -> None:
    folder = tmp_path / "dialplans"
    folder.mkdir()
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(name)
    (folder / "a.yaml").write_text("numbers")
    (folder / "linked.yaml").symlink_to(tmp_path / "one.yaml")
    before = look_at(folder)
    assert look_at(folder) == before
    change(folder)
    assert look_at(folder) != before


def test_what_is_no_dialplan_does_not_count(tmp_path: Path) -> None:
    before = look_at(tmp_path)
    for name in ("notes.txt", "site.yaml~", ".site.yaml.swp", "4913"):
        (tmp_path / name).write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("x")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert look_at(tmp_path) == before == frozenset()


# ── when it is told ──────────────────────────────────────────────────────────────────────────────


class Folder:
    """A folder whose content is a number, and who was told of it when."""

    def __init__(self) -> None:
        self.content = 0
        self.told: list[tuple[float, int]] = []
        self.fails = False

    def look(self) -> Look:
        return frozenset({("site.yaml", self.content, 0, 0)})

    async def noticed(self) -> None:
        assert self.content != (self.told[-1][1] if self.told else 0)
        if self.fails:
            raise RuntimeError("a part is broken")

    async def changed(self) -> None:
        self.told.append((asyncio.get_running_loop().time(), self.content))
        if self.fails:
            raise RuntimeError("a part is broken")


async def watched(folder: Folder, script: list[tuple[float, int]], until: float) -> None:
    """Let the content change by a script of (time, content)."""
    task = asyncio.create_task(Watch(folder.look, folder.noticed, folder.changed, folder.look()).run())
    loop = asyncio.get_running_loop()
    for at, content in script:
        await asyncio.sleep(at - loop.time())
        folder.content = content
    await asyncio.sleep(until - loop.time())
    task.cancel()


@pytest.mark.virtual_time
async def test_a_save_is_told_within_half_a_second_and_once() -> None:
    folder = Folder()
    await watched(folder, [(1.0, 1)], 5)
    [(at, content)] = folder.told
    assert content == 1
    assert 1.0 < at <= 1.0 + INTERVAL_S + SETTLED_S + 0.05


@pytest.mark.virtual_time
async def test_a_save_of_many_writes_is_told_when_it_is_over() -> None:
    folder = Folder()
    await watched(folder, [(1.0 + n * SETTLED_S / 2, n) for n in range(1, 11)], 5)
    assert [content for _, content in folder.told] == [10]


@pytest.mark.virtual_time
async def test_writing_without_end_is_told_all_the_same() -> None:
    folder = Folder()
    await watched(folder, [(1.0 + n * SETTLED_S / 2, n) for n in range(1, 200)], 8)
    assert len(folder.told) >= 3
    assert folder.told[0][0] < 1.0 + LONGEST_SAVE_S + 3 * INTERVAL_S


@pytest.mark.virtual_time
async def test_a_failure_does_not_end_the_watch() -> None:
    folder = Folder()
    folder.fails = True
    await watched(folder, [(1.0, 1), (2.0, 2)], 5)
    assert [content for _, content in folder.told] == [1, 2]


# ── with the live site ───────────────────────────────────────────────────────────────────────────


async def until(met: Callable[[], bool]) -> None:
    while not met():  # noqa: ASYNC110 - the file system has no events for us
        await asyncio.sleep(0.01)


async def test_saved_files_go_live_by_themselves(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller(watching=True)
    await service.start()
    first = service.site.version
    try:
        async with asyncio.timeout(5):
            place.file.write_text(BROKEN)
            await until(lambda: "dialplan" in place.runtime.alarms)
            assert service.site.version == first
            began = asyncio.get_running_loop().time()
            place.file.write_text(GOOD.replace("Hello", "Good day"))
            await until(lambda: service.site.version != first)
        assert asyncio.get_running_loop().time() - began < 1.0
        state = service.live.state.live
        assert state is not None
        assert (state.who, state.how) == ("watch", "saved")
    finally:
        await service.stop()


async def test_files_that_can_not_be_checked_leave_the_live_site(place: Place) -> None:
    class Dying(DirectReader):
        async def folder(self, folder: Path) -> Loaded:
            if place.runtime.events:
                raise ReadingFailed("the checking process ended")
            return await super().folder(folder)

    place.file.write_text(GOOD)
    service = place.controller(reader=Dying(STAGES, SECTIONS))
    await service.start()
    version = service.site.version
    assert (await service.live.load("watch", "saved")).result == "refused"
    assert service.site.version == version
    assert "the checking process ended. Save again" in place.runtime.alarms["dialplan"]
