"""Simulated beginnings of answered calls: people who greet, and machines with their beeps.

There are no labelled greetings here.  Speech is recorded where there is some (:mod:`greetings_voices`); when
who says what, and what the line does to it, is assumed in :class:`World`.  People and machines speak with the
same voices over the same lines: only timing and tones differ.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.greetings_voices import RATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.greetings_voices import Voice, Wave

FRAME = 160


@dataclass(frozen=True)
class World:
    """What is assumed.  Shares are of all people or all machines; seconds."""

    people: Mapping[str, float] = field(
        default_factory=lambda: {
            "hello": 0.52,
            "hello twice": 0.08,
            "name": 0.16,
            "company": 0.10,
            "late ringing, hello": 0.03,
            "late ringing, company": 0.01,
            "key, hello": 0.02,
            "silent": 0.06,
            "television": 0.02,
        }
    )
    """``television``: somebody who says nothing, or late; ``key``: a key or a beep of their phone is heard
    first; ``late ringing``: the last of the ringing comes after the answer."""
    machines: Mapping[str, float] = field(
        default_factory=lambda: {
            "own voice": 0.45,
            "network's voicemail": 0.30,
            "no beep": 0.07,
            "announcement": 0.10,
            "fax": 0.05,
            "rings on": 0.03,
        }
    )
    person_delay: tuple[float, float] = (0.55, 0.5)
    """Lognormal: median and sigma of the silence before the first word, of somebody who lifts a phone."""
    headset: float = 0.15
    """The share of those who answer for firms whose headset answers by itself: they begin within 0.2–0.8 s of
    the sound it makes, since nobody is quicker to notice one."""
    told_late: float = 0.015
    """The share of calls whose answer is told 0.1–0.6 s late, hence whose beginning is lost."""
    machine_delay: tuple[float, float] = (0.35, 0.8)
    """As above."""
    background: float = 0.12
    """The share of people with a television or other people in the room."""


@dataclass
class Greeting:
    """One call from its answer on."""

    kind: str
    person: bool
    voice: str
    frames: list[tuple[int, bytes]]
    """Position in samples and 20 ms; those that were lost are missing."""
    over_s: float | None = None
    """When the greeting was over; None when nobody greeted."""
    beep_s: tuple[float, float] | None = None
    """When the last beep began and ended."""


class Greetings:
    """Makes greetings with the voices of one split; the same dice make the same."""

    def __init__(self, voices: Sequence[Voice], seed: int, world: World | None = None) -> None:
        self._world = world or World()
        self._dice = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._voices = voices

    def person(self, kind: str | None = None) -> Greeting:
        """Make one of a person."""
        world, dice = self._world, self._dice
        kind = kind or dice.choices(list(world.people), list(world.people.values()))[0]
        said = _Track()
        delay = dice.lognormvariate(np.log(world.person_delay[0]), world.person_delay[1])
        if "company" in kind and dice.random() < world.headset:
            delay = dice.uniform(0.2, 0.8)
        voice, words = self._words(
            "companies" if "company" in kind else "names" if kind == "name" else "hellos"
        )
        if kind.startswith("late ringing"):
            rest_s = dice.uniform(0.05, 0.45)
            said.put(0.0, self._ringback(rest_s))
            delay = max(delay, rest_s + 0.1)
        elif kind.startswith("key"):
            begin = dice.uniform(0.0, 0.4)
            said.put(begin, self._key())
            delay += begin + 0.2
        over_s = None
        if kind not in {"silent", "television"} or (kind == "television" and dice.random() < 0.3):
            delay += 1.0 if kind == "television" else 0.0
            over_s = said.put(delay, words)
            if kind == "hello twice":
                over_s = said.put(over_s + dice.uniform(0.3, 1.2), self._words("hellos", voice)[1])
        clean = said.wave(4.0)
        if kind == "television" or dice.random() < world.background:
            clean = clean + self._room(len(clean), dice.uniform(-30, -12))
        if dice.random() < world.told_late and over_s is not None:
            lost_s = min(max(0.0, over_s - 0.2), delay + dice.uniform(0.1, 0.6))
            clean, over_s = clean[round(lost_s * RATE) :], over_s - lost_s
        return Greeting(kind, True, voice.name, self._frames(clean[: 3 * RATE]), over_s)

    def machine(self, kind: str | None = None) -> Greeting:
        """Make one of a machine, the beep and two seconds of silence included."""
        world, dice = self._world, self._dice
        kind = kind or dice.choices(list(world.machines), list(world.machines.values()))[0]
        said, beep_s = _Track(), None
        at_s = dice.lognormvariate(np.log(world.machine_delay[0]), world.machine_delay[1])
        voice = dice.choice(self._with("sentences"))
        if kind == "fax":
            at_s = dice.uniform(0.2, 2.2)
            for begin_s in (at_s, at_s + 4.5):
                said.put(
                    begin_s, tone(2100 + dice.uniform(-10, 10), dice.uniform(2.6, 4.0), dice.uniform(-14, -4))
                )
        elif kind == "rings on":
            for number in range(3):
                said.put(number * 4.0, self._ringback(dice.uniform(1.0, 2.0)))
        elif kind == "announcement":
            at_s = said.put(min(at_s, 2.0), self._sit()) + dice.uniform(0.1, 0.6)
            for _ in range(2):
                at_s = self._speak(said, at_s, voice, "announcements", 4.0) + dice.uniform(0.5, 1.5)
        else:
            at_s = self._speak(said, at_s, voice, "sentences", dice.uniform(3.0, 18.0))
            if kind != "no beep":
                beep_s = self._beep(said, at_s + dice.uniform(0.05, 1.5))
        clean = said.wave(2.0)
        return Greeting(kind, False, voice.name, self._frames(clean), None, beep_s)

    def _with(self, part: str) -> list[Voice]:
        """Give those who have something to say of this kind; recorded and spoken voices in equal shares."""
        have = [voice for voice in self._voices if getattr(voice, part)]
        recorded = [voice for voice in have if voice.recorded]
        made = [voice for voice in have if not voice.recorded]
        return recorded if not made or (recorded and self._dice.random() < 0.6) else made

    def _words(self, part: str, voice: Voice | None = None) -> tuple[Voice, Wave]:
        voice = voice or self._dice.choice(self._with(part))
        return voice, self._dice.choice(getattr(voice, part))

    def _speak(self, said: _Track, at_s: float, voice: Voice, part: str, seconds: float) -> float:
        """Speak sentences with pauses until it has lasted for long enough; gives the end."""
        until_s = at_s + seconds
        sayings = getattr(voice, part) or voice.sentences
        while True:
            at_s = said.put(at_s, self._dice.choice(sayings))
            if at_s >= until_s:
                return at_s
            at_s += self._dice.uniform(0.15, 0.8)

    def _beep(self, said: _Track, at_s: float) -> tuple[float, float]:
        """Beep; one in twelve beeps for each message that waits before."""
        dice = self._dice
        hz, level = dice.choice((440.0, 1000.0, 1400.0, dice.uniform(400, 1900))), dice.uniform(-28, -8)
        if dice.random() < 1 / 12:
            for _ in range(dice.randint(1, 4)):
                at_s = said.put(at_s, tone(hz, 0.15, level)) + 0.2
        return at_s, said.put(at_s, tone(hz, np.exp(dice.uniform(np.log(0.12), np.log(1.2))), level))

    def _sit(self) -> Wave:
        dice = self._dice
        high = dice.random() < 0.5
        pitches = dice.choice(((950.0, 1400.0, 1800.0), (985.2, 1428.5, 1776.7), (913.8, 1370.6, 1776.7)))
        level, length = dice.uniform(-24, -10), 0.38 if high else 0.3
        gap = np.zeros(round(dice.uniform(0, 0.03) * RATE))
        return np.concatenate([part for hz in pitches for part in (tone(hz, length, level), gap)])

    def _ringback(self, seconds: float) -> Wave:
        pitches = self._dice.choice(((440.0, 480.0), (425.0,), (400.0, 450.0)))
        level = self._dice.uniform(-26, -12)
        rings: Wave = np.sum([tone(hz, seconds, level) for hz in pitches], axis=0)
        return rings

    def _key(self) -> Wave:
        """A DTMF key, or a beep of the phone."""
        dice = self._dice
        pitches = [dice.choice((697.0, 770.0, 852.0, 941.0)), dice.choice((1209.0, 1336.0, 1477.0))]
        if dice.random() < 0.5:
            pitches = [dice.uniform(400, 2500)]
        keyed: Wave = np.sum([tone(hz, 0.08, -18) for hz in pitches], axis=0)
        return keyed

    def _room(self, count: int, level_db: float) -> Wave:
        """Somebody speaks without end, far off: ``level_db`` beside the speech of the greeting."""
        parts: list[Wave] = []
        while sum(map(len, parts)) < count + RATE:
            parts.append(self._words("sentences")[1])
        begin = self._dice.randrange(RATE)
        return np.concatenate(parts)[begin : begin + count] * 10 ** (level_db / 20)

    def _frames(self, clean: Wave) -> list[tuple[int, bytes]]:
        """Send it over a line: echo, noise, level, G.711, lost packets."""
        dice = self._dice
        wave = clean.copy()
        if dice.random() < 0.15:
            late = round(dice.uniform(0.02, 0.12) * RATE)
            wave[late:] += clean[:-late] * 10 ** (dice.uniform(-25, -12) / 20)
        wave *= 10 ** (dice.uniform(-14, 6) / 20)
        noise = self._noise.standard_normal(len(wave))
        if dice.random() < 0.5:  # rather a room's than a line's
            noise = np.convolve(noise, np.ones(6) / np.sqrt(6), mode="same")
        wave += noise * 10 ** (dice.uniform(-75, -42) / 20)
        codec = dice.choice((mu_law, a_law))
        wave = codec(wave)
        if dice.random() < 0.2:
            wave = a_law(mu_law(wave))
        lost = dice.uniform(0.005, 0.03) if dice.random() < 0.05 else 0.0
        pcm = np.clip(np.round(wave * 32767), -32768, 32767).astype("<i2")
        return [
            (at, pcm[at : at + FRAME].tobytes())
            for at in range(0, len(pcm) - FRAME + 1, FRAME)
            if not lost or dice.random() >= lost
        ]


class _Track:
    """Sounds put one beside the other."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, Wave]] = []
        self._end = 0

    def put(self, at_s: float, wave: Wave) -> float:
        """Put a sound; gives the time of its end."""
        at = round(at_s * RATE)
        self._parts.append((at, wave))
        self._end = max(self._end, at + len(wave))
        return (at + len(wave)) / RATE

    def wave(self, after_s: float) -> Wave:
        """Give it all, with silence after."""
        whole = np.zeros(self._end + round(after_s * RATE))
        for at, wave in self._parts:
            whole[at : at + len(wave)] += wave
        return whole


def tone(hz: float, seconds: float, level_db: float) -> Wave:
    """Make a sine with edges of 3 ms; ``level_db`` below full scale."""
    count = round(seconds * RATE)
    wave: Wave = np.sin(2 * np.pi * hz * np.arange(count) / RATE) * 10 ** (level_db / 20)
    edge = min(24, count // 2)
    wave[:edge] *= np.linspace(0, 1, edge)
    wave[count - edge :] *= np.linspace(1, 0, edge)
    return wave


def mu_law(wave: Wave) -> Wave:
    """Quantise as μ-law does (its continuous characteristic, μ = 255, 127 steps each side)."""
    clipped = np.clip(wave, -1, 1)
    steps = np.round(np.log1p(255 * np.abs(clipped)) / np.log(256) * 127)
    return _signed(np.expm1(steps / 127 * np.log(256)) / 255, clipped)


def a_law(wave: Wave) -> Wave:
    """Quantise as A-law does (its continuous characteristic, A = 87.6, 127 steps each side)."""
    clipped = np.clip(wave, -1, 1)
    size, whole = 87.6 * np.abs(clipped), 1 + np.log(87.6)
    steps = np.round(np.where(size < 1, size, 1 + np.log(np.maximum(size, 1))) / whole * 127) / 127 * whole
    return _signed(np.where(steps < 1, steps, np.exp(steps - 1)) / 87.6, clipped)


def _signed(size: NDArray[np.float64], like: Wave) -> Wave:
    signed: Wave = np.copysign(size, like)
    return signed
