"""The first listener, judged by speech whose length is known."""

from __future__ import annotations

import pytest

from speech.stretches import Speech
from speech.talk_shape import Stretch, shape
from speech.tones import tone
from speech.voice_activity import DEAD_AIR_SIGNAL_S, Noticed, VoiceActivity
from telephony.media import Frame
from tests.listening.conftest import PAUSE_S, SPEECH_S

FRAME = 160


def feed(listener: VoiceActivity, caller: bytes, agent: bytes) -> list[Noticed]:
    """Give both sides their sound, in bunches of 0.1 s."""
    signals: list[Noticed] = []
    for start in range(0, max(len(caller), len(agent)), 5 * 2 * FRAME):
        for side, pcm in (("caller", caller), ("agent", agent)):
            for at in range(start, min(start + 5 * 2 * FRAME, len(pcm)), 2 * FRAME):
                frame = Frame(at // 2, pcm[at : at + 2 * FRAME])
                signals += listener.feed(side, frame)  # type: ignore[arg-type]
    return signals


def silence(seconds: float) -> bytes:
    return bytes(int(16000 * seconds))


def test_two_people_take_turns(speech: bytes) -> None:
    listener = VoiceActivity.create()
    feed(
        listener,
        speech + silence(PAUSE_S) + speech + silence(PAUSE_S),
        silence(SPEECH_S) + speech + silence(SPEECH_S) + speech,
    )
    told = listener.result(16.0)
    assert told["caller_talk_s"] == pytest.approx(8.0, abs=0.8)
    assert told["agent_talk_s"] == pytest.approx(8.0, abs=0.8)
    assert told["overlap_s"] < 0.5
    assert told["silence_s"] == pytest.approx(16 - told["caller_talk_s"] - told["agent_talk_s"], abs=0.5)
    assert told["turns"] == 4
    assert told["dead_air_s"] == 0
    assert told["caller_interruptions"] == told["agent_interruptions"] == 0


def test_both_speak_at_once(speech: bytes) -> None:
    listener = VoiceActivity.create()
    feed(listener, speech + silence(4.0), silence(2.0) + speech + silence(2.0))
    told = listener.result(8.0)
    assert told["overlap_s"] == pytest.approx(2.0, abs=0.4)
    assert (told["caller_interruptions"], told["agent_interruptions"]) == (0, 1)


def test_nobody_speaks_and_it_says_so_once_for_each_silence(speech: bytes) -> None:
    listener = VoiceActivity.create()
    signals = feed(listener, speech + silence(8.0) + speech + silence(6.0), silence(22.0))
    assert [signal.signal for signal in signals] == ["dead_air", "dead_air"]
    assert [signal.at_s for signal in signals] == pytest.approx([4.0, 16.0], abs=0.5)
    assert all(signal.value == pytest.approx(DEAD_AIR_SIGNAL_S, abs=0.1) for signal in signals)
    told = listener.result(22.0)
    assert told["dead_air_s"] == pytest.approx(14.0, abs=1.0)
    assert told["longest_silence_s"] == pytest.approx(8.0, abs=0.5)


def test_a_side_that_sends_nothing_is_silent(speech: bytes) -> None:
    listener = VoiceActivity.create()
    assert feed(listener, speech + silence(6.0), b"") != []
    assert listener.result(10.0)["agent_talk_s"] == 0


def test_noise_and_clicks_are_no_speech() -> None:
    listener = VoiceActivity.create()
    click = tone(3000, 0.02).tobytes()
    feed(listener, (click + silence(0.98)) * 5, silence(5.0))
    assert listener.result(5.0)["caller_talk_s"] == 0


def verdicts(speech: Speech, pattern: str, start: int = 0) -> int:
    for place, sign in enumerate(pattern):
        speech.take(start + place * FRAME, voiced=sign == "x")
    return start + len(pattern) * FRAME


def test_speech_begins_with_its_first_frame_and_ends_with_its_last() -> None:
    speech = Speech()
    verdicts(speech, "..x.xxx.xx.x" + "." * 20)
    assert speech.finish() == [Stretch(0.04, 0.24)]


def test_a_short_pause_is_part_of_speech_and_a_long_one_is_not() -> None:
    speech = Speech()
    verdicts(speech, "xxxxxx" + "." * 14 + "x" + "." * 15 + "xxxxxx")
    assert speech.finish() == [Stretch(0.0, 0.42), Stretch(0.72, 0.84)]


def test_single_voiced_frames_are_no_speech() -> None:
    speech = Speech()
    verdicts(speech, "x..x..x..x..x..x")
    assert not speech.on
    assert speech.finish() == []


def test_a_hole_in_the_stream_ends_speech() -> None:
    speech = Speech()
    verdicts(speech, "xxxxxx")
    verdicts(speech, "xxxxxx", start=8000)
    assert speech.finish() == [Stretch(0.0, 0.12), Stretch(1.0, 1.12)]


def test_shapes() -> None:
    caller = [Stretch(1.0, 3.0), Stretch(6.5, 7.0)]
    agent = [Stretch(2.0, 2.3), Stretch(2.8, 5.0), Stretch(9.0, 12.0)]
    told = shape(caller, agent, 10.0)
    assert told.caller_talk_s == pytest.approx(2.5)
    assert told.agent_talk_s == pytest.approx(3.5)  # what was said after the end is none
    assert told.overlap_s == pytest.approx(0.5)
    assert told.silence_s == pytest.approx(1.0 + 1.5 + 2.0)
    assert told.longest_silence_s == pytest.approx(2.0)
    assert told.dead_air_s == 0
    assert told.turns == 4  # caller, agent (the "mhm" took none), caller, agent
    assert (told.caller_interruptions, told.agent_interruptions) == (0, 0)


def test_a_silent_talk_is_dead_air_from_end_to_end() -> None:
    told = shape([], [], 10.0)
    assert (told.silence_s, told.dead_air_s, told.longest_silence_s, told.turns) == (10.0, 10.0, 10.0, 0)
