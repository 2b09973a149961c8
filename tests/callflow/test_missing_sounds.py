"""The alarm of sounds that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.missing_sounds import ALARM, MissingSounds
from telephony.switch import PlayEnded

if TYPE_CHECKING:
    from pathlib import Path


def test_raised_for_a_file_that_is_gone_until_all_are_back(tmp_path: Path) -> None:
    raised: list[str] = []
    cleared: list[str] = []
    sounds = MissingSounds(lambda name, detail: raised.append(f"{name}: {detail}"), cleared.append)
    one, other = tmp_path / "one", tmp_path / "other"
    for sound in (one, other):
        sounds.note(PlayEnded(leg="l", playback="p", failed=True, sound=str(sound)))
    assert [text.startswith(f"{ALARM}: the prompt {one}.wav is gone") for text in raised] == [True, False]
    one.with_suffix(".wav").touch()
    sounds.note(PlayEnded(leg="l", playback="p", sound=str(one)))
    assert cleared == []
    other.with_suffix(".wav").touch()
    sounds.note(PlayEnded(leg="l", playback="p", sound=str(one)))
    assert cleared == [ALARM]


def test_a_hangup_in_the_middle_is_no_missing_sound(tmp_path: Path) -> None:
    raised: list[str] = []
    sounds = MissingSounds(lambda name, _: raised.append(name), raised.append)
    (tmp_path / "there.wav").touch()
    sounds.note(PlayEnded(leg="l", playback="p", failed=True, sound=str(tmp_path / "there")))
    sounds.note(PlayEnded(leg="l", playback="p", failed=True))
    sounds.note(PlayEnded(leg="l", playback="p", failed=True, sound="vm-goodbye"))
    assert raised == []
