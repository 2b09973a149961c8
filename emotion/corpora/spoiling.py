"""What telephone lines do to a voice, to see what a model bears and to train it to bear more.

Pure: samples of 8 kHz, 16 bit, shape (n,), and a random generator where chance plays a part; the result has
the same shape.  What real coders do is in ``codecs``; ``lines`` gives all of it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.int16]
    Floats = NDArray[np.float64]

RATE = 8000
FRAME = 160
"""Samples of a packet: 20 ms."""
_ACTIVE_DB = 25.0
"""Frames that are no further than this below the loudest tenth are speech."""
AGC_TARGET_DB = -22.0
"""dB below full scale; ITU-T G.169 leaves the level to the operator, −20 to −26 are usual."""
_AGC_MOST_DB, _AGC_LEAST_DB = 18.0, -12.0
_AGC_SILENT_DB = -50.0
_AGC_BLOCK = 80
_AGC_ATTACK_S, _AGC_RELEASE_S = 0.02, 0.5


def gain(samples: Samples, db: float) -> Samples:
    """Make it louder or quieter by ``db``; what is beyond full scale is cut off, as a line does."""
    return _whole(samples * 10 ** (db / 20))


def agc(samples: Samples) -> Samples:
    """Level it as an automatic gain control does.

    The usual feed-forward design (Giannoulis, Massberg and Reiss, *Digital dynamic range compressor design*,
    J. Audio Eng. Soc. 60, 2012), in decibels: the level of 10 ms blocks, followed in 20 ms upwards and 500 ms
    downwards, is brought to :data:`AGC_TARGET_DB` by a gain of −12 to +18 dB, which stands still in silence.
    """
    count = -(-len(samples) // _AGC_BLOCK)
    if not count:
        return samples.copy()
    padded = np.zeros(count * _AGC_BLOCK)
    padded[: len(samples)] = samples / 32768
    levels = 10 * np.log10((padded.reshape(count, _AGC_BLOCK) ** 2).mean(axis=1) + 1e-12)
    up, down = (np.exp(-_AGC_BLOCK / RATE / seconds) for seconds in (_AGC_ATTACK_S, _AGC_RELEASE_S))
    gains = np.zeros(count + 1)
    level: float | None = None
    for number, now in enumerate(levels):
        if now < _AGC_SILENT_DB:
            gains[number + 1] = gains[number]
            continue
        keep = up if level is not None and now > level else down
        level = float(now) if level is None else keep * level + (1 - keep) * float(now)
        gains[number + 1] = np.clip(AGC_TARGET_DB - level, _AGC_LEAST_DB, _AGC_MOST_DB)
    gains[0] = gains[1]
    at = np.arange(len(samples)) / _AGC_BLOCK
    return _whole(samples * 10 ** (np.interp(at, np.arange(count + 1), gains) / 20))


def white(samples: Samples, snr_db: float, dice: np.random.Generator) -> Samples:
    """Add white noise, ``snr_db`` below the speech."""
    return mixed(samples, dice.normal(size=len(samples)), snr_db)


def hum(samples: Samples, snr_db: float, dice: np.random.Generator, hz: float = 50.0) -> Samples:
    """Add the hum of the mains, with odd harmonics that fall by their number, ``snr_db`` below the speech."""
    phase = 2 * np.pi * (hz * np.arange(len(samples)) / RATE + dice.uniform())
    return mixed(samples, sum((np.sin(k * phase) / k for k in (1, 3, 5, 7)), np.zeros(len(samples))), snr_db)


def babble(
    samples: Samples, snr_db: float, dice: np.random.Generator, others: Sequence[Samples], paces: float = 0.0
) -> Samples:
    """Add other people who talk, ``snr_db`` below the speech: of ``others``, six from anywhere in them.

    ``paces``: so many octaves higher and faster, or lower and slower, each may be: several people of one.
    """
    noise = np.zeros(len(samples))
    for number in dice.choice(len(others), size=6, replace=len(others) < 6) if others else ():
        other = others[number]
        if len(other) and (loud := speech_power(other)) > 0:
            other = np.roll(other, dice.integers(len(other)))
            if paces:
                at = np.arange(0, len(other) - 1, 2 ** dice.uniform(-paces, paces))
                other = _whole(np.interp(at, np.arange(len(other)), other))
            noise += np.resize(other, len(samples)) / np.sqrt(loud)
    return mixed(samples, noise, snr_db)


def lost(samples: Samples, share: float, dice: np.random.Generator, *, repeat: bool) -> Samples:
    """Lose packets of 20 ms by chance, ``share`` of them, each by itself.

    In their place comes silence, or with ``repeat`` the last packet that came, by half at each time again:
    the simplest concealment there is.
    """
    heard = samples.copy()
    scale = 1.0
    for start in range(0, len(samples), FRAME):
        piece = heard[start : start + FRAME]
        if dice.uniform() >= share:
            scale = 1.0
        elif repeat and start:
            # the one before is in place already, repeated or not, but for its halving
            piece[:] = heard[start - FRAME : start][: len(piece)] * scale
            scale = 0.5
        else:
            piece[:] = 0
    return heard


def coloured(samples: Samples, dice: np.random.Generator, step_db: float = 2.0) -> Samples:
    """Give it the tone of some other line and telephone.

    A smooth curve over seven octave-wide bands that wanders by ``step_db`` (one standard deviation) from each
    to the next; what lies below 200 Hz is cut off in one of three.
    """
    if not len(samples):
        return samples.copy()
    at = np.array([0, 200, 400, 800, 1600, 2400, 3200, 4000])
    curve = np.cumsum(dice.normal(0, step_db, len(at)))
    curve[0] -= dice.choice([0.0, 0.0, 20.0])
    gains = np.interp(np.fft.rfftfreq(len(samples), 1 / RATE), at, curve - curve[1:].mean())
    return _whole(np.fft.irfft(np.fft.rfft(samples) * 10 ** (gains / 20), len(samples)))


def mixed(samples: Samples, noise: Floats, snr_db: float) -> Samples:
    """Add noise, shape (n,), so that the speech is ``snr_db`` louder; nothing to silence."""
    power, loud = float((noise**2).mean()) if len(noise) else 0.0, speech_power(samples)
    if power <= 0 or loud <= 0:
        return samples.copy()
    return _whole(samples + noise * np.sqrt(loud / power / 10 ** (snr_db / 10)))


def speech_power(samples: Samples) -> float:
    """Give the mean square of the 20 ms frames in which somebody speaks; 0 when nobody does.

    Frames within 25 dB of the loudest tenth: pauses would else let noise be quieter in a halting voice (the
    aim of ITU-T P.56, by a simpler rule).
    """
    count = len(samples) // FRAME
    if not count:
        return float((samples.astype(np.float64) ** 2).mean()) if len(samples) else 0.0
    power = (samples[: count * FRAME].reshape(count, FRAME).astype(np.float64) ** 2).mean(axis=1)
    loud = np.quantile(power, 0.9)
    active = power[power >= loud / 10 ** (_ACTIVE_DB / 10)]
    return float(active.mean()) if loud > 0 else float(power.mean())


def _whole(wave: NDArray[np.floating[Any]]) -> Samples:
    whole: Samples = np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
    return whole
