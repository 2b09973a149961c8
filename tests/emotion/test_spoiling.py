"""Bad lines do what they say, by so much as they say, and the same each time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emotion.corpora import spoiling
from emotion.corpora.codecs import CODECS, CodecError, coded
from emotion.corpora.lines import FOR_TRAINING, LINES, spoiler
from emotion.corpora.sound import telephone
from telephony.programs import ProgramMissing, find_program
from tests.emotion.folders import voice

VOICE = voice(3, angry=False, take=0, seconds=2.0)
PAUSES = np.concatenate([VOICE[:6000], np.zeros(20_000, np.int16), VOICE[6000:12_000]])
SECOND = [voice(number, angry=True, take=1) for number in range(4)]


def db(power: float | np.floating[Any]) -> float:
    return float(10 * np.log10(power))


def dice() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def _sox() -> None:
    try:
        find_program("sox")
    except ProgramMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("by", [-12.0, 6.0])
def test_gain(by: float) -> None:
    quiet = spoiling.gain(VOICE, -12)
    louder = spoiling.gain(quiet, by)
    assert db(np.mean(louder.astype(float) ** 2) / np.mean(quiet.astype(float) ** 2)) == pytest.approx(
        by, abs=0.1
    )


def test_too_loud_is_cut_off_not_wrapped() -> None:
    assert spoiling.gain(np.array([20_000, -20_000], np.int16), 12).tolist() == [32767, -32768]


@pytest.mark.parametrize("snr", [5.0, 15.0])
@pytest.mark.parametrize("kind", ["white", "hum", "babble", "crowd"])
@pytest.mark.parametrize("sound", [VOICE, PAUSES])
def test_noise_is_so_much_below_the_speech(kind: str, snr: float, sound: np.ndarray) -> None:
    sound = spoiling.gain(sound, -12)  # with room for the noise
    noisy = {
        "white": lambda: spoiling.white(sound, snr, dice()),
        "hum": lambda: spoiling.hum(sound, snr, dice()),
        "babble": lambda: spoiling.babble(sound, snr, dice(), SECOND),
        "crowd": lambda: spoiling.babble(sound, snr, dice(), SECOND, paces=0.4),
    }[kind]()
    noise = noisy.astype(float) - sound
    assert db(spoiling.speech_power(sound) / np.mean(noise**2)) == pytest.approx(snr, abs=0.2)


def test_pauses_do_not_make_speech_quieter() -> None:
    said = np.concatenate([PAUSES[:6000], PAUSES[26_000:]])
    assert db(spoiling.speech_power(PAUSES) / spoiling.speech_power(said)) == pytest.approx(0, abs=0.5)


def test_hum_is_of_the_mains() -> None:
    noise = spoiling.hum(VOICE, 10, dice()).astype(float) - VOICE
    spectrum = np.abs(np.fft.rfft(noise * np.hanning(len(noise)))) ** 2
    hz = np.fft.rfftfreq(len(noise), 1 / 8000)
    near = sum(spectrum[np.abs(hz - 50 * k) < 2].sum() for k in (1, 3, 5, 7))
    assert near / spectrum.sum() > 0.99


@pytest.mark.parametrize("level", [-12.0, 0.0])
def test_agc_brings_quiet_and_loud_to_the_same_level(level: float) -> None:
    sound = spoiling.gain(np.tile(VOICE, 3), level)
    heard = spoiling.agc(sound)[-16_000:]
    assert db(spoiling.speech_power(heard) / 32768**2) == pytest.approx(spoiling.AGC_TARGET_DB, abs=4)
    assert len(spoiling.agc(sound)) == len(sound)


def test_agc_answers_a_step_quickly_upwards_and_slowly_downwards() -> None:
    tone = 3000 * np.sin(2 * np.pi * 400 * np.arange(16_000) / 8000)
    step = np.concatenate([tone, tone * 3.16, tone]).astype(np.int16)
    heard = spoiling.agc(step).astype(float) / np.where(step == 0, 1, step)
    gain_db = 20 * np.log10(np.abs(heard[np.abs(step) > 500]))
    at = np.flatnonzero(np.abs(step) > 500) / 8000
    before, soon, late = (np.median(gain_db[(at > a) & (at < a + 0.05)]) for a in (1.9, 2.1, 4.1))
    settled = np.median(gain_db[(at > 5.5) & (at < 5.9)])
    assert before - soon == pytest.approx(10, abs=0.5)  # 100 ms after it became louder
    assert settled - late > 5  # 100 ms after it became quieter
    assert settled == pytest.approx(before, abs=0.5)


def test_agc_does_not_raise_silence() -> None:
    hiss = (np.random.default_rng(1).normal(0, 20, 16_000)).astype(np.int16)  # −64 dB
    assert (spoiling.agc(hiss) == hiss).all()


def test_lost_packets_are_as_many_as_said_and_whole() -> None:
    sound = np.full(160 * 20_000, 1000, np.int16)
    heard = spoiling.lost(sound, 0.03, dice(), repeat=False).reshape(-1, 160)
    gone = (heard == 0).all(axis=1)
    assert gone.mean() == pytest.approx(0.03, abs=0.004)
    assert (heard[~gone] == 1000).all()


def test_repeated_packets_fade() -> None:
    sound = np.repeat(np.arange(1, 2001) * 10, 160).astype(np.int16)
    heard = spoiling.lost(sound, 0.3, dice(), repeat=True).reshape(-1, 160)
    came = spoiling.lost(sound, 0.3, dice(), repeat=False).reshape(-1, 160)[:, 0] > 0
    runs = 0
    for number in range(1, 2000):
        if came[number]:
            assert (heard[number] == sound[number * 160]).all()
        elif came[number - 1]:
            assert (heard[number] == heard[number - 1]).all()
            runs += 1
        else:
            assert (heard[number] == heard[number - 1] // 2).all()
    assert runs > 100


@pytest.mark.parametrize("name", sorted({**LINES, **FOR_TRAINING}))
@pytest.mark.usefixtures("_sox")
def test_every_line_is_the_same_each_time_and_keeps_the_length(name: str) -> None:
    others = [*SECOND, VOICE]
    heard = spoiler(name, others)(VOICE)
    assert heard.dtype == np.int16
    assert heard.shape == VOICE.shape
    assert (spoiler(name, others)(VOICE) == heard).all()
    assert (heard != VOICE).any()
    for sound in (VOICE[:0], VOICE[:1], VOICE[:161], np.zeros(8000, np.int16)):
        assert spoiler(name, others)(sound).shape == sound.shape


def test_chance_goes_by_the_sound_and_the_seed() -> None:
    spoil = spoiler("white")
    first = spoil(VOICE)
    spoil(SECOND[0])
    assert (spoil(VOICE) == first).all()
    assert (spoiler("white", seed=2)(VOICE) != first).any()


def test_nobody_babbles_with_themselves() -> None:
    assert (spoiler("babble", [VOICE])(VOICE) == telephone(VOICE / 32768)).all()
    assert (spoiler("babble", [VOICE, SECOND[0]])(VOICE) == spoiler("babble", [SECOND[0]])(VOICE)).all()


@pytest.mark.parametrize("codec", sorted(CODECS))
@pytest.mark.usefixtures("_sox")
def test_a_coder_keeps_the_voice_but_not_its_samples(codec: str) -> None:
    heard = coded(VOICE, codec)

    def spectrum(sound: np.ndarray) -> np.ndarray:
        frames = sound[: len(sound) // 256 * 256].reshape(-1, 256) * np.hanning(256)
        power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0)[1:113].reshape(-1, 8).sum(axis=1)
        levels: np.ndarray = 10 * np.log10(power + 1)
        return levels

    # eight bands of 250 Hz up to 3.5 kHz: within a few decibels where the voice is
    loud = spectrum(VOICE) > spectrum(VOICE).max() - 25
    assert np.abs(spectrum(heard) - spectrum(VOICE))[loud].max() < 5
    error = heard.astype(float) - VOICE
    assert db(np.mean(VOICE.astype(float) ** 2) / np.mean(error**2)) < 25  # G.711 has 37 dB


@pytest.mark.usefixtures("_sox")
def test_the_stand_in_for_g729_has_its_bit_rate() -> None:
    from emotion.corpora.codecs import _RAW
    from emotion.corpora.codecs import _sox as sox

    size = len(sox((*_RAW, "-", *CODECS["amr"], "-"), VOICE.tobytes()))
    # 20 ms in 159 bits, and a byte of head each (RFC 4867)
    assert size == 6 + 100 * (20 + 1)
    assert len(sox((*_RAW, "-", *CODECS["gsm"], "-"), VOICE.tobytes())) == 100 * 33


@pytest.mark.usefixtures("_sox")
def test_sox_says_what_it_cannot_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CODECS, "gsm", ("-t", "nonsense"))
    with pytest.raises(CodecError, match="nonsense"):
        coded(VOICE, "gsm")
