"""Pitch, cepstrum and tilt beside other people's ways to them: slow ones with scipy, and librosa's.

librosa is no part of a development environment (200 MB with its compiler): ``pip install librosa`` lets its
tests run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from emotion.corpora.sound import read
from emotion.features import NAMES, measured, summed_up
from emotion.voice.rhythm import active
from emotion.voice.spectrum import COLUMNS
from telephony.programs import private_prefix
from tests.emotion import references
from tests.emotion.sounds import RATE, Floats, harmonics, noise, samples, syllables
from tests.emotion.speakers import ANGRY, CALM, needs_emodb, speech

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from emotion.voice.measured import Measured

PROMPT = private_prefix() / "usr/share/asterisk/sounds/en/vm-options.wav"
SECONDS = 4


class Heard(NamedTuple):
    sound: Floats
    """Within ±1."""
    found: Measured
    voiced: NDArray[np.bool_]
    """Hops with a voice."""


def hiss(falls_db: float, seconds: float = 3.0) -> Floats:
    """Give noise that falls by so many dB an octave."""
    bins = np.fft.rfft(noise(seconds, 3))
    at = np.maximum(np.fft.rfftfreq(int(seconds * RATE), 1 / RATE), 50)
    found = np.fft.irfft(bins * (at / 1000) ** (-falls_db / 6.02))
    return np.asarray(0.1 * found / found.std())


GLIDE = 120 * 2 ** (np.arange(3 * RATE) / (2 * RATE))
SOUNDS: dict[str, Callable[[], NDArray[np.int16]]] = {
    "low voice": lambda: samples(harmonics(95.0, 2.0) + noise(2.0) / 50),
    "high voice": lambda: samples(harmonics(330.0, 2.0) + noise(2.0) / 50),
    "from 300 Hz on": lambda: samples(harmonics(110.0, 2.0, first=3) + noise(2.0) / 50),
    "glide": lambda: samples(harmonics(GLIDE, 3.0) + noise(3.0) / 50),
    "syllables": lambda: samples(syllables(3.0, 4.0) + noise(3.0) / 50),
}


def of_speaker(number: str, emotion: str) -> Any:
    return pytest.param(lambda: speech(number, emotion, SECONDS), marks=needs_emodb, id=f"{number}{emotion}")


EVERY = [
    *(pytest.param(make, id=name) for name, make in SOUNDS.items()),
    pytest.param(
        lambda: read(PROMPT)[: SECONDS * RATE],
        marks=pytest.mark.skipif(not PROMPT.is_file(), reason=f"there is no {PROMPT}"),
        id="prompt",
    ),
    *(of_speaker(number, emotion) for number in ("03", "11", "08", "13") for emotion in (CALM, ANGRY)),
]
"""Two men and two women of EMO-DB, calm and angry, and a voice actress."""


@pytest.fixture(params=EVERY, scope="module")
def heard(request: pytest.FixtureRequest) -> Heard:
    sound = request.param()
    found = measured(sound)
    return Heard(sound / 32768, found, active(found.level_db) & (found.hz > 0))


@pytest.fixture(scope="module")
def crossed(heard: Heard) -> tuple[Floats, Floats]:
    """Give pitch and strength by cross-correlation."""
    return references.pitch(heard.sound, len(heard.found))


def agree(ours: Floats, theirs: Floats) -> None:
    """Hold pitches of hops in which both are sure against each other.

    A gross error is one of more than 20 per cent (Rabiner et al., *A comparative performance study of several
    pitch detection algorithms*, 1976).
    """
    assert len(ours) > 30
    away = np.abs(ours / theirs - 1)
    assert (away > 0.2).mean() <= 0.05
    assert np.median(away) < 0.025
    assert 12 * abs(np.log2(np.median(ours / theirs))) < 0.25


def test_pitch_is_that_of_cross_correlation(heard: Heard, crossed: tuple[Floats, Floats]) -> None:
    hz, strength = crossed
    sure = (heard.found.hz > 0) & (strength > 0.8)
    agree(heard.found.hz[sure], hz[sure])


def test_a_voice_is_found_where_cross_correlation_finds_one(
    heard: Heard, crossed: tuple[Floats, Floats]
) -> None:
    """But for a few hops: it looks at more of the wave, some of which may be the next sound."""
    voiced, strength = heard.found.hz > 0, crossed[1]
    assert (voiced & (strength < 0.3)).mean() <= 0.05
    assert voiced[strength > 0.95].mean() > 0.9


def test_the_cepstrum_is_that_of_its_definition(heard: Heard) -> None:
    sound, found, voiced = heard
    theirs, ours = references.cepstrum(sound, len(found)), found.spectrum[:, len(COLUMNS) :]
    assert np.abs(ours - theirs)[voiced].max() < 0.5  # dB; in the faintest bands, for what keeps off log 0
    assert np.abs(ours - theirs)[voiced].mean() < 0.02
    told = dict(zip(NAMES, summed_up(found), strict=True))
    for k in range(1, 13):
        of_k = theirs[voiced, k - 1]
        assert told[f"mfcc{k}"] == pytest.approx(of_k.mean(), abs=0.1)
        assert told[f"mfcc{k}_spread"] == pytest.approx(of_k.std(), abs=0.1)


def test_the_tilt_is_that_of_a_line_through_the_spectrum(heard: Heard) -> None:
    sound, found, voiced = heard
    theirs = references.tilt(sound, len(found))[voiced]
    ours = found.spectrum[voiced, COLUMNS.index("tilt")]
    assert np.abs(ours - theirs).max() < 0.5  # dB an octave
    assert dict(zip(NAMES, summed_up(found), strict=True))["tilt"] == pytest.approx(theirs.mean(), abs=0.1)


@pytest.mark.parametrize("falls_db", [0.0, 3.0, 6.0, 9.0])
def test_the_tilt_of_noise_is_what_it_was_made_with(falls_db: float) -> None:
    found = measured(samples(hiss(falls_db))).spectrum[:, COLUMNS.index("tilt")]
    assert found.mean() == pytest.approx(-falls_db, abs=0.4)


# ── librosa ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def librosa() -> Any:
    return pytest.importorskip("librosa", reason="librosa is not installed (pip install librosa)")


def test_pitch_is_that_of_librosa_s_pyin(heard: Heard, librosa: Any) -> None:
    sound, found, _ = heard
    hz, _, sure = librosa.pyin(
        sound, fmin=75, fmax=500, sr=RATE, frame_length=512, hop_length=references.HOP, center=False
    )
    # its windows of 64 ms have their middle 12 ms behind that of ours
    ours, theirs, sure = found.hz[1 : 1 + len(hz)], hz[: len(found) - 1], sure[: len(found) - 1]
    both = (ours > 0) & (theirs > 0) & (sure > 0.05)  # of the rest it says itself that it guesses
    agree(ours[both], theirs[both])


def test_the_cepstrum_is_librosa_s(heard: Heard, librosa: Any) -> None:
    sound, found, voiced = heard
    bands = librosa.feature.melspectrogram(
        y=sound, sr=RATE, n_fft=256, hop_length=references.HOP, window=np.hanning(256), center=False,
        power=2.0, n_mels=22, fmin=200, fmax=3700, htk=True, norm=1,
    )  # fmt: skip
    levels = librosa.power_to_db(bands, amin=1e-12, top_db=None)
    theirs = librosa.feature.mfcc(S=levels, n_mfcc=13, dct_type=2, norm="ortho")[1:, : len(found)].T
    ours = found.spectrum[:, len(COLUMNS) :]
    assert np.abs(ours - theirs)[voiced].max() < 0.5
    assert np.abs(ours - theirs)[voiced].mean() < 0.02


def test_the_centre_of_the_spectrum_is_librosa_s(heard: Heard, librosa: Any) -> None:
    sound, found, voiced = heard
    hz, power = references.power(sound, len(found))
    band = (hz >= 200) & (hz < 3700)
    theirs = librosa.feature.spectral_centroid(S=power[:, band].T, freq=hz[band])[0]
    ours = found.spectrum[:, COLUMNS.index("centroid_hz")]
    assert np.abs(ours - theirs)[voiced].max() < 10
