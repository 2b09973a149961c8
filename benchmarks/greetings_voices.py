"""Speech to build greetings of: recorded sentences and words where there are some, else espeak-ng's.

``folder`` holds ``labels.csv`` (path, dataset, speaker, …) and the WAV files that it names, 8 kHz mono μ-law.
Voices are either for choosing thresholds (``design``) or for measuring (``evaluation``), none for both;
sets whose licence allows measuring only are never used for design.
"""

from __future__ import annotations

import csv
import io
import random
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import soxr

from speech.level import active_rms, levelled
from telephony.programs import ProgramMissing, find_program
from telephony.wav import MU_LAW, pcm_of, read_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Wave = NDArray[np.float64]

Split = Literal["design", "evaluation"]

RATE = 8000
_FRAME = 160
MEASURING_ONLY = frozenset({"ravdess", "banglaser"})
WORDS = "fsdd"
"""The set of single words."""
_EVERY_FILE_OF = 40
"""At most so many files of a speaker are read."""

HELLOS = ("Hello", "Hello?", "Yes?", "Hi", "Hey", "Yeah, hello", "Good evening", "Yes, hello?", "Who is it?")
NAMES = (
    "Hello, John speaking", "Smith", "This is Mary", "Miller family, hello", "Good morning, Anne here",
    "Hi, this is Peter Jones", "Hello, who is calling please?", "Yes, Robert Brown",
)  # fmt: skip
COMPANIES = (
    "Good morning, Smith and Sons, how can I help you?",
    "Thank you for calling Green Garden Centre, this is Julia speaking, what can I do for you?",
    "Northern Bank, customer service, you are speaking to Alan, how may I help?",
    "Doctor Wilson's surgery, good afternoon, reception speaking",
    "Good afternoon, City Garage, Michael speaking",
    "Hello and welcome to the Grand Hotel, my name is Susan, how can I help you today?",
    "Accounts department, Barbara Hill speaking, good morning",
)
MACHINES = (
    "Hello, you have reached the voicemail of John Smith. I can't take your call at the moment. "
    "Please leave a message after the tone, and I will call you back as soon as I can.",
    "The person you are calling is not available. Please leave your message after the tone.",
    "Hi, this is Mary. I am not here right now. Leave me a message. Thanks, bye.",
    "Your call has been forwarded to an automatic voice message system. The mailbox of five five five, "
    "one two three four, is not available. At the tone, please record your message. When you have finished "
    "recording, you may hang up, or press one for more options.",
    "You are through to the Miller family. Nobody is at home. Please leave your name, your number and a "
    "short message after the beep.",
    "Welcome to Northern Bank. All our lines are busy. Our office hours are nine to five, Monday to Friday. "
    "Please leave a message and we will return your call on the next working day.",
    "Sorry I missed you. Speak after the beep.",
)
ANNOUNCEMENTS = (
    "We are sorry. The number you have dialled is not in service. Please check the number and dial again.",
    "The number you have called is temporarily not available. Please try again later.",
    "The subscriber you have called cannot be reached at the moment.",
)
_SPOKEN: dict[Split, tuple[tuple[str, int, int], ...]] = {
    "design": (
        ("en-us+m1", 160, 45), ("en-gb+f1", 150, 60), ("en-us+f3", 175, 50), ("en-gb+m3", 140, 40),
        ("en-us+klatt", 155, 50), ("en-gb-scotland+m7", 170, 45),
    ),
    "evaluation": (
        ("en-us+m2", 150, 50), ("en-gb+f2", 165, 55), ("en-us+f4", 145, 60), ("en-gb+m4", 180, 40),
        ("en-gb-x-rp+klatt3", 155, 45), ("en-us+m6", 170, 50), ("en-029+f5", 160, 50),
    ),
}  # fmt: skip
"""espeak-ng's voice, words a minute, pitch."""


class NoVoices(Exception):  # noqa: N818 - named for what is missing
    """There is neither recorded speech nor espeak-ng; the message says how to get some."""


@dataclass
class Voice:
    """What one speaker says; float samples at 8 kHz, shape (n,), active level −16 dB."""

    name: str
    recorded: bool
    hellos: list[Wave] = field(default_factory=list)
    """0.2 to 0.9 s."""
    names: list[Wave] = field(default_factory=list)
    """0.7 to 1.7 s."""
    companies: list[Wave] = field(default_factory=list)
    """1.3 s and more."""
    sentences: list[Wave] = field(default_factory=list)
    """Of machines' greetings: one after the other, or whole greetings."""
    announcements: list[Wave] = field(default_factory=list)


def voices(split: Split, folder: Path | None) -> list[Voice]:
    """Give the voices of a split, the recorded ones first.  Raises :class:`NoVoices`."""
    found = [*(recorded(split, folder) if folder else ()), *spoken(split)]
    if not found:
        raise NoVoices("no speech: give a folder of recordings (--speech), or run `make tools` for espeak-ng")
    return found


def recorded(split: Split, folder: Path) -> list[Voice]:
    """Give the speakers of the recordings; every other one of each set, where the licence allows it."""
    labels = folder / "labels.csv"
    if not labels.is_file():
        return []
    by_speaker: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(labels.read_text(encoding="utf-8"))):
        if (path := folder / row["path"]).is_file():
            by_speaker[row["dataset"], row["speaker"]].append(path)
    sets: dict[str, list[str]] = defaultdict(list)
    for kind, speaker in sorted(by_speaker):
        sets[kind].append(speaker)
    found = []
    for (kind, speaker), paths in sorted(by_speaker.items()):
        design = kind not in MEASURING_ONLY and sets[kind].index(speaker) % 2 == 0
        if design == (split == "design"):
            found.append(_speaker(speaker, kind, random.Random(speaker).sample(sorted(paths), len(paths))))
    return found


def _speaker(name: str, kind: str, paths: Sequence[Path]) -> Voice:
    voice = Voice(name, recorded=True)
    dice = random.Random(name)
    for path in paths[:_EVERY_FILE_OF]:
        wave = levelled(bare(decoded(path)))
        if kind == WORDS:
            voice.hellos.append(wave)
            continue
        for pieces, shortest, longest in ((voice.hellos, 0.25, 0.8), (voice.names, 0.7, 1.5)):
            pieces.append(beginning(wave, dice.uniform(shortest, longest)))
        if len(wave) >= 1.3 * RATE:
            voice.companies.append(wave)
        voice.sentences.append(wave)
    return voice


def decoded(path: Path) -> Wave:
    """Read a WAV file of μ-law (ITU-T G.711) as samples of ±1."""
    form = read_format(path)
    if (form.encoding, form.rate, form.channels) != (MU_LAW, RATE, 1):
        raise ValueError(f"{path}: {form}, not 8,000 Hz mono μ-law")
    code = ~np.frombuffer(path.read_bytes()[form.offset : form.offset + form.size], dtype=np.uint8)
    steps = ((code & 15).astype(np.int32) * 2 + 33 << ((code >> 4) & 7).astype(np.int32)) - 33
    wave: Wave = np.where(code & 128, -steps, steps) / 8192.0
    return wave


def bare(wave: Wave) -> Wave:
    """Cut what comes before the first and after the last 20 ms that are at most 20 dB below its level."""
    frames = len(wave) // _FRAME
    levels = np.sqrt((wave[: frames * _FRAME].reshape(frames, _FRAME) ** 2).mean(axis=1))
    loud = np.flatnonzero(levels >= 0.1 * active_rms(wave))
    return wave[loud[0] * _FRAME : (loud[-1] + 1) * _FRAME] if loud.size else wave


def beginning(wave: Wave, seconds: float) -> Wave:
    """Cut speech where it is quietest, within 0.15 s of ``seconds``."""
    frames = len(wave) // _FRAME
    levels = (wave[: frames * _FRAME].reshape(frames, _FRAME) ** 2).mean(axis=1)
    wanted = round(seconds * RATE / _FRAME)
    first, last = max(5, wanted - 7), min(frames, wanted + 8)
    if first >= last:
        return wave
    end = (first + int(levels[first:last].argmin())) * _FRAME + _FRAME // 2
    cut = wave[:end].copy()
    cut[-80:] *= np.linspace(1, 0, len(cut[-80:]))
    return cut


def spoken(split: Split) -> list[Voice]:
    """Give espeak-ng's voices; none where it is not there."""
    try:
        program = find_program("espeak-ng")
    except ProgramMissing:
        return []
    found = []
    for name, speed, pitch in _SPOKEN[split]:

        def say(texts: Iterable[str], command: Sequence[str]) -> list[Wave]:
            return [_say(command, text) for text in texts]

        command = [str(program), "-v", name, "-s", str(speed), "-p", str(pitch), "--stdout"]
        parts = (HELLOS, NAMES, COMPANIES, MACHINES, ANNOUNCEMENTS)
        found.append(Voice(f"espeak {name}", False, *(say(texts, command) for texts in parts)))
    return found


def _say(command: Sequence[str], text: str) -> Wave:
    done = subprocess.run([*command, text], check=True, capture_output=True)
    rate, pcm = pcm_of(done.stdout)
    wave = soxr.resample(np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768, rate, RATE)
    return levelled(bare(wave))
