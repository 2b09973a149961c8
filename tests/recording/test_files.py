"""Files of recordings: finished, cut, finished again after a crash."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from callflow.call_recording import files
from telephony.wav import read_format

if TYPE_CHECKING:
    from pathlib import Path

SECOND = bytes(range(250)) * 128
assert len(SECOND) == 32_000


def written(path: Path, seconds: float = 0.0) -> Path:
    """Do as Asterisk does: append a second."""
    raw = files.make(path, seconds)
    with raw.open("ab") as file:
        file.write(SECOND)
    return raw


def test_a_file_is_finished_with_its_length_and_checksum(tmp_path: Path) -> None:
    path = tmp_path / "2026" / "c1.wav"
    raw = written(path)
    told = files.finish(path)
    assert told == (1.0, 32_044, hashlib.sha256(path.read_bytes()).hexdigest())
    assert not raw.exists()
    form = read_format(path)
    assert (form.channels, form.rate, form.bits, form.size) == (2, 8000, 16, 32_000)
    assert files.finish(path) == told, "done again after a crash it is the same"


def test_what_comes_later_is_at_its_time(tmp_path: Path) -> None:
    path = tmp_path / "c1.wav"
    written(path)
    written(path, 3.5)
    told = files.finish(path)
    assert told is not None
    assert told.seconds == 4.5
    sound = path.read_bytes()[44:]
    assert sound[:32_000] == sound[-32_000:] == SECOND
    assert not any(sound[32_000:-32_000])


def test_half_a_moment_left_by_a_crash_does_not_swap_the_sides(tmp_path: Path) -> None:
    path = tmp_path / "c1.wav"
    raw = written(path)
    with raw.open("ab") as file:
        file.write(b"xyz")
    written(path)
    told = files.finish(path)
    assert told is not None
    assert told.seconds == 2
    assert path.read_bytes()[44:] == SECOND + SECOND


def test_it_is_cut_and_may_be_longer_than_what_there_is(tmp_path: Path) -> None:
    for most_s, seconds in ((0.25, 0.25), (7.0, 1.0)):
        path = tmp_path / f"{most_s}.wav"
        written(path)
        told = files.finish(path, most_s)
        assert told is not None
        assert told.seconds == seconds


@pytest.mark.parametrize("made", [True, False])
def test_nothing_recorded_leaves_no_file(tmp_path: Path, made: bool) -> None:
    path = tmp_path / "c1.wav"
    if made:
        files.make(path, 0.0)
    assert files.finish(path) is None
    assert list(tmp_path.iterdir()) == []


def test_room(tmp_path: Path) -> None:
    assert files.room(tmp_path / "new", 0) == ""
    assert files.room(tmp_path, 10**18).startswith("no_room: ")
    (tmp_path / "file").write_text("")
    assert files.room(tmp_path / "file" / "below", 0).startswith("not_writable: ")
    assert not list((tmp_path / "new").iterdir())
