"""Sound in which nobody is angry: neutral speech, and what is no speech at all."""

from __future__ import annotations

import csv
import io
import subprocess
import wave
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion.corpora.sound import read
from telephony.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

RATE = 8000
SENTENCES = {
    "en": "Good morning. I would like to know when my parcel arrives. It was sent on Monday, and I am at "
    "home on Thursday. Thank you very much, that helps me a lot.",
    "de": "Guten Morgen. Ich möchte wissen, wann mein Paket ankommt. Es wurde am Montag abgeschickt, und am "
    "Donnerstag bin ich zu Hause. Vielen Dank, das hilft mir sehr.",
    "es": "Buenos días. Quisiera saber cuándo llega mi paquete. Lo enviaron el lunes y el jueves estoy en "
    "casa. Muchas gracias, eso me ayuda mucho.",
    "fr": "Bonjour. Je voudrais savoir quand mon colis arrive. Il a été envoyé lundi et je suis chez moi "
    "jeudi. Merci beaucoup, cela m'aide.",
    "ru": "Доброе утро. Я хотел бы узнать, когда придёт моя посылка. Её отправили в понедельник, а в "
    "четверг я дома. Большое спасибо.",
}
"""Said by espeak-ng, which has no moods."""
_PROMPTS_S = 600
_GAP = np.zeros(RATE // 2, dtype=np.int16)


def neutral_speech(data: Path, prefix: Path) -> dict[str, Samples]:
    """Give neutral speech by what it is: each kind of it one after another, as one caller's."""
    with (data / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] in {"aishell1", "aishell3", "fsdd"}]
    by_speaker: dict[str, list[Path]] = {}
    for row in rows:
        by_speaker.setdefault(f"{row['dataset']} {row['speaker']}", []).append(data / row["path"])
    found = {name: _joined(read(path) for path in paths) for name, paths in by_speaker.items()}
    prompts = sorted((prefix / "usr/share/asterisk/sounds/en").glob("*.wav"))
    found["Asterisk's prompts, en"] = _joined(read(path) for path in prompts)[: _PROMPTS_S * RATE]
    espeak = find_program("espeak-ng", prefix)
    for language, text in SENTENCES.items():
        found[f"espeak-ng, {language}"] = _joined(
            _espoken(str(espeak), text, language, rate) for rate in (140, 165, 190)
        )
    return found


def no_speech(prefix: Path) -> dict[str, Samples]:
    """Give music on hold, ring-back, keys, silence, a keyboard, by what it is."""
    dice = np.random.default_rng(1)
    seconds = np.arange(60 * RATE) / RATE
    ringing = (seconds % 4 < 1) * np.sin(2 * np.pi * 425 * seconds)
    low, high = np.array((697, 770, 852, 941)), np.array((1209, 1336, 1477))
    key = (seconds // 0.25).astype(int)
    pressed = (seconds % 0.25 < 0.12) * (
        np.sin(2 * np.pi * np.array(low)[key % 4] * seconds)
        + np.sin(2 * np.pi * np.array(high)[key % 3] * seconds)
    )
    typing = np.zeros(len(seconds))
    for at in np.cumsum(dice.exponential(0.15, 350)):
        if at < 59:
            click = slice(int(at * RATE), int(at * RATE) + 240)
            typing[click] += dice.normal(size=240) * np.exp(-np.arange(240) / 40)
    found = {
        "ring-back": _whole(0.2 * ringing), "keys": _whole(0.1 * pressed), "keyboard": _whole(0.1 * typing),
        "silence": np.zeros(60 * RATE, dtype=np.int16), "hiss": _whole(0.003 * dice.normal(size=60 * RATE)),
    }  # fmt: skip
    for tune in sorted((prefix / "usr/share/asterisk/moh").glob("*.wav")):
        found[f"music, {tune.stem}"] = read(tune)
    return found


def seconds_of(sounds: Mapping[str, Mapping[str, Any]]) -> float:
    """Give how long all of them are."""
    return float(sum(one["minutes"] for one in sounds.values())) * 60


def _whole(sound: NDArray[np.floating[Any]]) -> Samples:
    return np.asarray(np.rint(np.clip(sound, -1, 1) * 32767), dtype=np.int16)


def _joined(sounds: Iterable[Samples]) -> Samples:
    return np.concatenate([part for sound in sounds for part in (sound, _GAP)])


def _espoken(program: str, text: str, language: str, words_a_minute: int) -> Samples:
    made = subprocess.run(
        [program, "-v", language, "-s", str(words_a_minute), "--stdout", text],
        capture_output=True,
        check=True,
    ).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    at = np.arange(0, len(samples) - 1, rate / RATE)
    return np.asarray(np.rint(np.interp(at, np.arange(len(samples)), samples)), dtype=np.int16)
