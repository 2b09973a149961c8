"""The synthesizer ``espeak``: espeak-ng, run as a program."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING, ClassVar

from speech.synthesis import SynthesisError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PINYIN = "cmn-latn-pinyin"
_VOICES = {"en": "en-us", "zh": _PINYIN, "cmn": _PINYIN}
"""Primary language → voice; other languages use the voice that has their tag's name."""
_WORDS_A_MINUTE = {_PINYIN: 165}
_USUAL_SPEED = 155
_TIMEOUT_S = 30.0


class EspeakNg:
    """Speaks many languages, in a voice that nobody takes for a person."""

    name: ClassVar[str] = "espeak"
    fingerprint: ClassVar[str] = "espeak-ng/3"

    def __init__(self, prefix: Path) -> None:
        self._prefix = prefix
        self._voices: frozenset[str] | None = None

    @classmethod
    def create(cls, prefix: Path) -> EspeakNg:
        """Make the synthesizer."""
        return cls(prefix)

    def get_ready(self, languages: Iterable[str]) -> None:
        """Import what speaking these languages takes."""
        import speech.level  # noqa: PLC0415 - numpy is wanted in the rendering process only

        if any(_VOICES.get(tag.lower().partition("-")[0]) == _PINYIN for tag in languages):
            import speech.mandarin  # noqa: F401, PLC0415 - its dictionary takes 0.3 s

    def program(self) -> str:
        """Give the program's path: the prefix's own, else one on PATH.  Raises SynthesisError."""
        own = self._prefix / "bin-run" / "espeak-ng"
        found = str(own) if os.access(own, os.X_OK) else shutil.which("espeak-ng")
        if found is None:
            raise SynthesisError(
                f"espeak-ng is neither in {self._prefix} nor on PATH; run 'make setup', or install espeak-ng"
            )
        return found

    async def synthesize(self, text: str, language: str) -> bytes:
        """Speak: 8 kHz mono, 16-bit little-endian samples at telephone level."""
        from speech.level import telephone  # noqa: PLC0415 - numpy is wanted in the rendering process only

        voice = await self.voice_for(language)
        spoken, markup = self.spoken(text, voice)
        speed = str(_WORDS_A_MINUTE.get(voice, _USUAL_SPEED))
        options = ["-v", voice, "-s", speed, "-b", "1", "--stdout", *(["-m"] if markup else [])]
        wave = await self._run(options, spoken)
        start = wave.find(b"data")
        if start < 0 or len(wave) < start + 8 + 2:
            raise SynthesisError(f"espeak-ng gave no sound for this text ({language})")
        rate = int.from_bytes(wave[24:28], "little")
        return await asyncio.to_thread(telephone, wave[start + 8 :], rate)

    @staticmethod
    def spoken(text: str, voice: str) -> tuple[str, bool]:
        """Give what the program is to read, and whether it is SSML."""
        if voice != _PINYIN:
            return text, False
        from speech.mandarin import to_ssml  # noqa: PLC0415 - its dictionary takes 0.3 s

        return to_ssml(text), True

    async def voice_for(self, language: str) -> str:
        """Give the voice for a language tag; raises :class:`SynthesisError` when there is none."""
        tag = language.lower()
        primary = tag.partition("-")[0]
        if self._voices is None:
            listed = (await self._run(["--voices"], "")).decode("utf-8", "replace")
            self._voices = frozenset(
                line.split()[1].lower() for line in listed.splitlines()[1:] if line.strip()
            )
        for voice in (tag if tag != primary else "", _VOICES.get(primary, primary)):
            if voice in self._voices:
                return voice
        raise SynthesisError(
            f"espeak-ng has no voice for the language '{language}'; correct the tag, or give recordings"
        )

    async def _run(self, options: list[str], text: str) -> bytes:
        program = self.program()
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *options,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise SynthesisError(f"{program} can't be run: {error.strerror}") from error
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                out, err = await process.communicate(text.encode())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise SynthesisError(f"espeak-ng did not finish within {_TIMEOUT_S:.0f} s") from None
        if process.returncode:
            said = err.decode("utf-8", "replace").strip().splitlines()
            raise SynthesisError(f"espeak-ng failed: {said[-1] if said else process.returncode}")
        return out
