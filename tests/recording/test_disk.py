"""On a real Asterisk: the disk is full, the folder can't be written; calls go on, and somebody is told."""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from records import events as e
from tests.harness.talk import expect_talk
from tests.recording.house import AGENT_HZ, CALLER_HZ, a_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.asterisk

MB = 1_000_000


@contextmanager
def a_small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


async def remount(disk: Path, mode: str) -> None:
    mount = await asyncio.create_subprocess_exec("mount", "-o", f"remount,{mode}", disk)
    assert await mount.wait() == 0


async def test_a_full_disk_ends_recordings_and_no_call(tmp_path: Path, prompts: Path) -> None:
    with a_small_disk(tmp_path / "disk", 8) as disk:
        settings = {"RINGHALL_RECORDINGS__FOLDER": str(disk), "RINGHALL_RECORDINGS__LEAST_FREE_MB": "4"}
        async with a_house(tmp_path, prompts, environment=settings) as h:
            await h.seat("1001", "phone-1")
            call = await h.talks()
            await asyncio.sleep(2)
            (disk / "filler").write_bytes(bytes(5 * MB))
            assert (await h.sees(e.CallRecordingStopped, call=call)).reason == "no_room"
            kept = await h.sees(e.CallRecordingKept, call=call)
            raised = await h.sees(e.AlarmRaised, alarm="call_recording")
            assert "no_room" in raised.detail
            assert str(disk) in raised.detail
            await expect_talk(h.caller, CALLER_HZ, h.phones["phone-1"], AGENT_HZ)
            await h.caller.hang_up()
            await h.sees(e.AgentStateChanged, after="ready", count=2)

            second = await h.talks()
            assert (await h.sees(e.CallRecordingRefused, call=second)).reason == "no_room"
            await expect_talk(h.caller, CALLER_HZ, h.phones["phone-1"], AGENT_HZ)
            await h.caller.hang_up()
            (disk / "filler").unlink()
            await h.sees(e.AlarmCleared, alarm="call_recording")
            assert (disk / kept.file).stat().st_size == kept.bytes
            assert kept.seconds > 1.5


async def test_a_folder_that_becomes_read_only(tmp_path: Path, prompts: Path) -> None:
    """What is recorded when it happens is finished when it can be written again; nothing begins meanwhile."""
    with a_small_disk(tmp_path / "disk", 64) as disk:
        async with a_house(tmp_path, prompts, environment={"RINGHALL_RECORDINGS__FOLDER": str(disk)}) as h:
            await h.seat("1001", "phone-1")
            await remount(disk, "ro")
            raised = await h.sees(e.AlarmRaised, alarm="call_recording")
            assert "not_writable" in raised.detail
            call = await h.talks()
            assert (await h.sees(e.CallRecordingRefused, call=call)).reason == "not_writable"
            await expect_talk(h.caller, CALLER_HZ, h.phones["phone-1"], AGENT_HZ)
            await h.caller.hang_up()
            await h.sees(e.AgentStateChanged, after="ready", count=2)
            await remount(disk, "rw")
            await h.sees(e.AlarmCleared, alarm="call_recording")
            second = await h.talks()
            await asyncio.sleep(1)
            await h.caller.hang_up()
            kept = await h.sees(e.CallRecordingKept, call=second)
            assert (disk / kept.file).is_file()


async def test_a_folder_that_is_no_folder(tmp_path: Path, prompts: Path) -> None:
    (tmp_path / "blocked").write_text("a file lies where the folder should be")
    settings = {"RINGHALL_RECORDINGS__FOLDER": str(tmp_path / "blocked")}
    async with a_house(tmp_path, prompts, environment=settings) as h:
        await h.seat("1001", "phone-1")
        call = await h.talks()
        assert (await h.sees(e.CallRecordingRefused, call=call)).reason == "not_writable"
        await expect_talk(h.caller, CALLER_HZ, h.phones["phone-1"], AGENT_HZ)
        await h.caller.hang_up()
        ended = await h.sees(e.CallEnded, call=call)
        assert ended.outcome == "completed"
