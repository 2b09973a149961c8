"""Messages and recordings: how they end, what is kept, and that nothing said is lost."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import pytest

from callflow.stages.mailboxes import MailboxDefinition
from callflow.stages.recordings import RecordingsService
from callflow.stages.voicemail import RecordStage, RecordStep, VoicemailStage, VoicemailStep
from records import events as e
from tests.stages.office import Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time
STEP = VoicemailStep(voicemail="cards")


def a_voicemail(office: Office) -> VoicemailStage:
    return VoicemailStage(office.require(RecordingsService))


def a_record(office: Office) -> RecordStage:
    return RecordStage(office.require(RecordingsService))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path, a_voicemail).open()
    yield office
    await office.close()


def length_of(path: Path) -> float:
    with wave.open(str(path), "rb") as sound:
        return sound.getnframes() / sound.getframerate()


async def test_a_message_is_left_and_kept(office: Office) -> None:
    caller = await office.call(STEP)
    await office.hears(caller, "leave a message")
    await office.rest(6)
    await office.types(caller, "#")
    await office.hears(caller, "has been saved")
    await office.ended(caller)
    [message] = office.recordings.messages("cards")
    assert (message.box, message.kind, message.language, message.heard) == ("cards", "voicemail", "en", False)
    file = office.home / message.file
    assert length_of(file) == pytest.approx(message.seconds, abs=0.1)
    assert file.stat().st_mode & 0o777 == 0o600
    assert office.recordings.number_of(message) == "+4670123456"
    assert not office.asterisk.recordings.stored, "nothing is left on the switch"
    assert "+4670123456" not in str(office.log.recorded)


async def test_silence_ends_a_message_and_who_says_nothing_leaves_none(office: Office) -> None:
    caller = await office.call(STEP)
    await office.ended(caller)
    [message] = office.recordings.messages()
    assert message.seconds == pytest.approx(10.0, abs=0.2), "5 s of words, 5 s of silence"
    office.asterisk.recordings.speech_seconds = 0.0
    caller = await office.call(STEP)
    await office.ended(caller)
    assert len(office.recordings.messages()) == 1
    assert office.events(e.RecordingDropped)[0].reason == "nothing said"
    assert office.events(e.CallEnded)[1].outcome != "failed"


async def test_what_was_said_before_hanging_up_is_kept(office: Office) -> None:
    caller = await office.call(STEP)
    await office.hears(caller, "leave a message")
    await office.rest(5)
    office.asterisk.hang_up(caller)
    await office.rest(1)
    [message] = office.recordings.messages()
    assert message.seconds > 2
    assert (office.home / message.file).exists()
    assert [event.by for event in office.events(e.CallEnded)] == ["caller"]


async def test_a_full_mailbox_takes_no_message(office: Office) -> None:
    office.recordings.configure({"cards": MailboxDefinition(most_messages=1)}, "v1")
    await office.ended(await office.call(STEP))
    caller = await office.call(STEP)
    await office.ended(caller)
    assert len(office.recordings.messages()) == 1
    assert len(office.events(e.RecordingBegun)) == 1


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_a_controller_is_killed_while_a_message_is_spoken(office: Office, hangs_up: bool) -> None:
    office.asterisk.recordings.speech_seconds = None
    caller = await office.call(STEP)
    await office.hears(caller, "leave a message")
    await office.rest(5)
    if hangs_up:
        await office.close()
        office.asterisk.hang_up(caller)
    after = await office.killed()
    if not hangs_up:
        await after.rest(3)
        await after.types(caller, "#")
        await after.hears(caller, "has been saved")
        await after.ended(caller)
    await after.rest(1)
    [message] = after.recordings.messages()
    assert message.seconds > (2 if hangs_up else 6)
    assert len(after.events(e.RecordingBegun)) == 1, "it was not begun anew"
    await after.close()


async def test_a_recording_that_can_not_be_kept_raises_an_alarm(office: Office) -> None:
    (office.home / "voicemail").write_text("in the way")
    await office.ended(await office.call(STEP))
    assert "recordings" in office.alarms
    assert office.events(e.RecordingDropped)[0].reason.startswith("failed")


async def test_messages_are_marked_and_deleted_with_their_files(office: Office) -> None:
    await office.ended(await office.call(STEP))
    [message] = office.recordings.messages()
    office.recordings.heard(message.message)
    assert office.recordings.messages()[0].heard
    again = RecordingsService(office)
    again.restore(office.recordings.snapshot())
    assert again.messages() == office.recordings.messages()
    await office.recordings.delete(message.message)
    assert office.recordings.messages() == []
    assert not (office.home / message.file).exists()


async def test_record_keeps_a_file_beside_the_mailboxes(tmp_path: Path) -> None:
    office = await Office(tmp_path, a_record).open()
    caller = await office.call(RecordStep(record="complaint", longest=4.0))
    await office.ended(caller)
    [kept] = office.recordings.messages(kind="record")
    assert kept.file.startswith("recordings/complaint/")
    assert kept.seconds == pytest.approx(4.0, abs=0.2)
    assert office.recordings.messages() == []
    await office.close()


async def test_messages_of_somebody_who_is_erased_are_deleted(office: Office) -> None:
    await office.ended(await office.call(STEP))
    await office.ended(await office.call(STEP, number="+4670999"))
    theirs, others = office.recordings.messages()
    office.log.vault.erase(theirs.subject)
    assert office.recordings.messages() == [others]
    await office.rest(1)
    assert not (office.home / theirs.file).exists()
    assert (office.home / others.file).exists()


async def test_what_an_erased_person_says_is_not_kept(office: Office) -> None:
    caller = await office.call(STEP)
    await office.hears(caller, "leave a message")
    await office.rest(3)
    office.log.vault.erase(office.log.vault.subject_for("+4670123456"))
    await office.types(caller, "#")
    await office.ended(caller)
    assert office.recordings.messages() == []
    assert office.events(e.RecordingDropped)[0].reason == "erased"
    assert list((office.home / "voicemail").rglob("*.wav")) == []


async def test_a_file_that_can_not_be_deleted_is_at_the_next_start(office: Office) -> None:
    await office.ended(await office.call(STEP))
    [message] = office.recordings.messages()
    file = office.home / message.file
    sound = file.read_bytes()
    file.unlink()
    file.mkdir()  # even the superuser can't unlink that
    office.log.vault.erase(message.subject)
    await office.rest(1)
    assert file.exists()
    assert str(file) in office.alarms["recordings_not_deleted"]
    file.rmdir()
    file.write_bytes(sound)
    after = await office.killed()
    assert not file.exists()
    assert after.recordings.messages() == []
    await after.close()
