"""Prompts by the real espeak-ng: rendered once, in both languages, from text and from recordings."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from callflow.protocol import Prompt, PromptBook, PromptError
from callflow.settings import load_settings
from speech.espeak import EspeakNg
from speech.level import active_rms
from speech.prompts import RenderedPrompts
from speech.service import PromptService
from speech.synthesis import SynthesisError
from speech.tones import has_tone, tone
from speech.wav_file import write_wav
from telephony.wav import read_format

PREFIX = load_settings().prefix
WELCOME = Prompt.say(
    en="Welcome to Harbour Trading. For English, press two.", zh="欢迎致电海港贸易，中文服务请按一"
)

needs_espeak = pytest.mark.skipif(
    not (PREFIX / "bin-run" / "espeak-ng").exists() and shutil.which("espeak-ng") is None,
    reason="espeak-ng is not there: run make setup",
)


BOOKS: list[RenderedPrompts] = []


def book(folder: Path, prefix: Path = PREFIX) -> RenderedPrompts:
    BOOKS.append(RenderedPrompts(folder / "prompts", prefix))
    return BOOKS[-1]


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    """End the rendering processes of a test's books."""
    yield
    while BOOKS:
        await BOOKS.pop().close()


def samples(sound: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    path = Path(f"{sound}.wav")
    form = read_format(path)
    assert form.playable
    return np.frombuffer(path.read_bytes()[form.offset :], "<i2")


@needs_espeak
async def test_both_languages_sound_like_speech(tmp_path: Path) -> None:
    prompts = book(tmp_path)
    await prompts.prepare([WELCOME], ["zh", "en"])
    for language in ("en", "zh"):
        (sound,) = prompts.sounds(WELCOME, language)
        heard = samples(sound)
        assert 2.0 < len(heard) / 8000 < 6.0
        assert 20 * np.log10(active_rms(heard / 32768)) == pytest.approx(-16, abs=1)
        assert np.abs(heard).max() < 32767 * 0.9
        assert np.abs(heard[:400]).max() > 500, "a prompt begins at once"
    assert prompts.sounds(WELCOME, "en") != prompts.sounds(WELCOME, "zh")
    assert prompts.sounds(WELCOME, "en-GB") == prompts.sounds(WELCOME, "en")
    assert prompts.sounds(WELCOME, "fr") == prompts.sounds(WELCOME, "en")


@needs_espeak
async def test_what_is_cached_is_not_rendered_again(tmp_path: Path) -> None:
    first = book(tmp_path)
    await first.prepare([WELCOME, WELCOME], ["zh", "en"])
    assert first.rendered == 2
    sound = first.sounds(WELCOME, "zh")[0]
    made = changed(sound)
    await first.prepare([WELCOME], ["zh", "en"])
    second = book(tmp_path)
    await second.prepare([WELCOME], ["zh", "en"])
    assert (first.rendered, second.rendered) == (2, 0)
    assert changed(sound) == made
    assert sorted(path.suffix for path in (tmp_path / "prompts").iterdir()) == [".wav", ".wav"]
    cut_off(sound)
    third = book(tmp_path)
    await third.prepare([WELCOME], ["zh", "en"])
    assert third.rendered == 1, "an empty file left by a power cut is rendered anew"


def changed(sound: str) -> int:
    return Path(f"{sound}.wav").stat().st_mtime_ns


def cut_off(sound: str) -> None:
    Path(f"{sound}.wav").write_bytes(b"")


@needs_espeak
async def test_only_the_languages_of_the_site_are_rendered(tmp_path: Path) -> None:
    prompts = book(tmp_path)
    await prompts.prepare([WELCOME, Prompt.say(de="Guten Tag")], ["en"])
    assert prompts.rendered == 2
    assert prompts.sounds(WELCOME, "zh") == prompts.sounds(WELCOME, "en")
    assert prompts.sounds(Prompt.say(de="Guten Tag"), "en")


@needs_espeak
async def test_mandarin_is_spoken_not_spelled() -> None:
    """Without the pinyin, espeak-ng reads hanzi it does not know as "Chinese letter"."""
    espeak = EspeakNg(PREFIX)
    voice = await espeak.voice_for("zh")
    text, markup = espeak.spoken("请按一，技术支持", voice)
    assert markup
    spoken = phonemes(espeak, voice, text)
    assert "(en)" not in spoken
    for syllable in ("tS;h'i", "'a5", "tS;'i51_", "ts.h"):
        assert syllable in spoken.replace("ʂ", "s"), spoken
    seconds = len(await espeak.synthesize("欢迎致电海港贸易", "zh")) / 16000
    assert seconds / 8 < 0.45, f"{seconds / 8:.2f} s a syllable is spelling, not speech"
    both = await espeak.synthesize("欢迎致电Harbour Bank，请按1键", "zh")
    assert 1.5 < len(both) / 16000 < 6


def phonemes(espeak: EspeakNg, voice: str, text: str) -> str:
    words = [espeak.program(), "-v", voice, "-x", "-q", "-m", "--stdin"]
    return subprocess.run(words, input=text, capture_output=True, text=True, check=True, timeout=10).stdout


@needs_espeak
async def test_a_language_without_a_voice_is_refused_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r'"nuqneH" \(tlh\) can\'t be spoken: .* no voice .* recordings'):
        await book(tmp_path).prepare([Prompt.say(tlh="nuqneH")], ["tlh"])


async def test_without_espeak_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    prompts = book(tmp_path, prefix=tmp_path)
    with pytest.raises(PromptError, match="run 'make setup', or install espeak-ng") as caught:
        await prompts.prepare([Prompt.say(en=f"Text {number}") for number in range(9)], ["en"])
    assert "and 4 more prompts" in str(caught.value)
    with pytest.raises(PromptError, match="was not prepared"):
        prompts.sounds(Prompt.say(en="Text 1"), "en")


@pytest.mark.parametrize(("script", "said"), [("exit 3", "espeak-ng failed: 3"), ("true", "no voice")])
async def test_a_program_that_fails(tmp_path: Path, script: str, said: str) -> None:
    program = tmp_path / "bin-run" / "espeak-ng"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(SynthesisError, match=said):
        await EspeakNg(tmp_path).synthesize("Hello", "en")


async def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("in the way")
    with pytest.raises(PromptError, match="prompts can't be rendered"):
        await book(tmp_path).prepare([WELCOME], ["en"])


async def test_an_unknown_provider_lists_those_there(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="no speech synthesizer 'espeek'; installed: espeak"):
        await RenderedPrompts(tmp_path, PREFIX, "espeek").prepare([WELCOME], ["en"])


async def test_an_empty_prompt_is_silence(tmp_path: Path) -> None:
    assert book(tmp_path).sounds(Prompt(), "en") == []


def mu_law(pcm: bytes) -> bytes:
    """Encode by G.711's rule, the other way round than the decoder's table is made."""
    out = bytearray()
    for sample in np.frombuffer(pcm, "<i2").tolist():
        sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
        magnitude = min(magnitude, 32635) + 132
        exponent = max(0, magnitude.bit_length() - 8)
        out.append(~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF)
    return bytes(out)


async def test_recordings_are_taken_as_they_are(tmp_path: Path) -> None:
    pcm = tone(440, 0.5).tobytes()
    linear, coded = tmp_path / "linear.wav", tmp_path / "coded.wav"
    write_wav(linear, pcm)
    data = mu_law(pcm)
    header = linear.read_bytes()[:20] + (7).to_bytes(2, "little") + linear.read_bytes()[22:28]
    header += (8000).to_bytes(4, "little") + (1).to_bytes(2, "little") + (8).to_bytes(2, "little")
    coded.write_bytes(header + b"data" + len(data).to_bytes(4, "little") + data)
    prompts = book(tmp_path, prefix=tmp_path / "nowhere")
    one = Prompt(recordings=(("en", str(linear)),), texts=(("en", "never spoken"),))
    other = Prompt(recordings=(("en", str(coded)),))
    await prompts.prepare([one, other], ["en"])
    assert prompts.rendered == 0
    assert samples(prompts.sounds(one, "en")[0]).tobytes() == pcm
    decoded = samples(prompts.sounds(other, "en")[0])
    assert has_tone(decoded, 8000, 440, seconds=0.5)
    assert np.abs(decoded.astype(int) - np.frombuffer(pcm, "<i2")).max() < 300


async def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    gone = Prompt(recordings=(("en", str(tmp_path / "gone.wav")),))
    with pytest.raises(PromptError, match=r"gone\.wav can't be used"):
        await book(tmp_path).prepare([gone], ["en"])


@needs_espeak
def test_the_controller_loads_no_numpy(tmp_path: Path) -> None:
    program = (
        "import asyncio, json, sys; from pathlib import Path; from callflow.protocol import Prompt;"
        "from speech.prompts import RenderedPrompts; import speech.service;"
        f"book = RenderedPrompts(Path({str(tmp_path)!r}), Path({str(PREFIX)!r}));"
        "asyncio.run(book.prepare([Prompt.say(en='Hello', zh='你好')], ['en', 'zh']));"
        "print(json.dumps([book.rendered, [m for m in ('numpy', 'soxr', 'pypinyin') if m in sys.modules]]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(run.stdout.splitlines()[-1]) == [2, []]


def children_now() -> set[int]:
    """Give the processes that this one has started."""
    return {
        int(child) for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    }


@pytest.fixture
def children() -> Iterator[set[int]]:
    before = children_now()
    yield before
    assert children_now() <= before, "a rendering process was left behind"


@needs_espeak
async def test_a_cancelled_rendering_leaves_no_process(tmp_path: Path, children: set[int]) -> None:
    work = asyncio.create_task(book(tmp_path).prepare([WELCOME], ["en", "zh"]))
    while children_now() <= children:  # noqa: ASYNC110 - a process makes no asyncio event when it appears
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


def test_the_service_is_a_prompt_book(tmp_path: Path) -> None:
    assert isinstance(PromptService(book(tmp_path)), PromptBook)


@needs_espeak
async def test_the_process_is_kept_and_replaced_when_it_died(tmp_path: Path, children: set[int]) -> None:
    prompts = book(tmp_path)
    await prompts.start()
    [first] = children_now() - children
    await prompts.expect(["en", "zh"])
    await prompts.prepare([WELCOME], ["en"])
    await prompts.prepare([WELCOME], ["en", "zh"])
    assert prompts.rendered == 2
    assert children_now() - children == {first}
    os.kill(first, 9)
    while first in children_now():  # noqa: ASYNC110 - a process makes no asyncio event when it disappears
        await asyncio.sleep(0.01)
    another = Prompt.say(en="Another one.")
    await prompts.prepare([another], ["en"])
    assert prompts.rendered == 3
    await prompts.close()
    await prompts.close()


@needs_espeak
async def test_a_process_that_dies_at_work_is_told(tmp_path: Path, children: set[int]) -> None:
    prompts = book(tmp_path)
    await prompts.start()
    [child] = children_now() - children
    many = [Prompt.say(en=f"Number {number}.") for number in range(200)]
    work = asyncio.create_task(prompts.prepare(many, ["en"]))
    while not list((tmp_path / "prompts").glob("*.wav")):  # noqa: ASYNC110 - a file makes no event for us
        await asyncio.sleep(0.01)
    os.kill(child, 9)
    with pytest.raises(PromptError, match=r"the rendering process ended after \d+ of 200 prompts"):
        await work
    await prompts.prepare(many[:3], ["en"])  # what was done is kept, the rest goes to another process
    await prompts.close()


@needs_espeak
async def test_a_sound_that_was_damaged_or_removed_is_rendered_anew(tmp_path: Path) -> None:
    prompts = book(tmp_path)
    await prompts.prepare([WELCOME], ["en"])
    [sound] = prompts.sounds(WELCOME, "en")
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"RIFF")):
        spoil(Path(f"{sound}.wav"))
        await prompts.prepare([WELCOME], ["en"])
        assert len(samples(sound)) > 8000
    assert prompts.rendered == 3
    await prompts.close()
