"""The prompts of a site, rendered once: text by a synthesizer, recordings as they are, cached by content."""

from __future__ import annotations

import asyncio
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from callflow.pace import Pace
from callflow.protocol import PromptError
from speech.rendering import Job, RenderingEnded, RenderingProcess
from speech.synthesis import DEFAULT, SynthesisError, synthesizer_type
from speech.wav_file import convert_recording
from telephony.wav import WavError, read_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callflow.protocol import Prompt

_log = structlog.get_logger(__name__)

_RECORDING = "recording/1"
_SUFFIX = ".wav"
_MOST_SHOWN = 5


class RenderedPrompts:
    """A :class:`callflow.protocol.PromptBook` whose sounds lie in one folder as ``<hash>.wav``."""

    def __init__(self, folder: Path, prefix: Path, provider: str = DEFAULT) -> None:
        self._folder = folder
        self._prefix = prefix
        self._provider = provider
        self._fingerprint = ""
        self._process = RenderingProcess(provider, prefix)
        self._whole: dict[str, tuple[int, int]] = {}
        """Size and time of change (ns) of each file that was found to be a whole sound, by name."""
        self._sounds: dict[tuple[Prompt, str], list[str]] = {}
        self._first: dict[Prompt, str] = {}
        self.rendered = 0
        """Texts that were rendered because the cache did not have them."""

    async def start(self) -> None:
        """Start the rendering process before there are calls; without it the first prompts do."""
        with suppress(OSError):  # told when something is to be rendered
            await self._process.start()

    async def close(self) -> None:
        """End the rendering process."""
        await self._process.stop()

    async def expect(self, languages: Iterable[str]) -> None:
        """Let the rendering process get ready: prompts are likely to be asked for soon."""
        await self._process.get_ready(languages)

    async def prepare(self, prompts: Iterable[Prompt], languages: Iterable[str]) -> None:
        """Make every prompt ready in those of ``languages`` that it has, or in its first one.

        Raises :class:`PromptError` with every reason when one can't be.
        """
        wanted, pace = tuple(languages), Pace()
        changed: dict[tuple[Prompt, str], str] = {}
        jobs: dict[Path, tuple[str, str]] = {}
        recorded: dict[str, str] = {}
        problems: dict[str, None] = {}
        try:
            there = await asyncio.to_thread(_listing, self._folder)
            if not self._fingerprint:  # looking an entry point up takes longer than calls should wait
                self._fingerprint = synthesizer_type(self._provider).fingerprint
        except (OSError, SynthesisError) as error:
            raise PromptError(f"prompts can't be rendered: {error}") from error
        for prompt in (sound for whole in prompts for sound in whole.sounds()):
            await pace.give_way()
            texts, recordings = dict(prompt.texts), dict(prompt.recordings)
            for language in _languages_of(prompt, wanted):
                try:
                    if language in recordings:
                        path = recordings[language]
                        if path not in recorded:
                            recorded[path] = await asyncio.to_thread(self._recording, path)
                        name = recorded[path]
                    else:
                        name = self._name(self._fingerprint, language, texts[language])
                        if not self._is_whole(name, there):
                            jobs[self._folder / name] = (texts[language], language)
                except (OSError, WavError) as error:
                    problems[f"the recording {recordings[language]} can't be used: {error}"] = None
                    continue
                # what is known already leaves nothing behind for the garbage collector to walk
                sound = f"{self._folder}/{name.removesuffix(_SUFFIX)}"
                if self._sounds.get((prompt, language)) != [sound]:
                    changed[prompt, language] = sound
        found = [*problems, *await self._render(jobs)]
        if found:
            raise PromptError(_listed(found))
        for (prompt, language), sound in changed.items():
            await pace.give_way()
            self._sounds[prompt, language] = [sound]
            self._first.setdefault(prompt, language)

    def sounds(self, prompt: Prompt, language: str) -> list[str]:
        """Give the sounds to play in ``language``, else in the language that comes nearest.

        Raises :class:`PromptError` for a prompt that was not prepared, and for one whose values are missing.
        """
        if prompt.parts:
            return [sound for part in prompt.parts for sound in self.sounds(part, language)]
        found = self._sounds.get((prompt, language)) or self._sounds.get((prompt, language.partition("-")[0]))
        if found is None and prompt in self._first:
            found = self._sounds[prompt, self._first[prompt]]
        if found is None:
            if not prompt.texts and not prompt.recordings:
                return []
            raise PromptError(f"the prompt {_shown(prompt)} was not prepared before the call")
        return found

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    @staticmethod
    def _name(*content: str) -> str:
        digest = hashlib.sha256("\0".join(content).encode()).hexdigest()
        return digest[:32] + _SUFFIX

    def _is_whole(self, name: str, there: Mapping[str, tuple[int, int]]) -> bool:
        """Tell whether a sound is in the cache; each is read once, and again only when it has changed."""
        state = there.get(name)
        if state is None:
            return False
        if self._whole.get(name) != state and _usable(self._folder / name):
            self._whole[name] = state
        return self._whole.get(name) == state

    def _recording(self, path: str) -> str:
        source = Path(path)
        name = self._name(_RECORDING, hashlib.sha256(source.read_bytes()).hexdigest())
        if not _usable(self._folder / name):
            convert_recording(source, self._folder / name)
        return name

    async def _render(self, jobs: dict[Path, tuple[str, str]]) -> list[str]:
        """Render texts in a child process and give what went wrong."""
        if not jobs:
            return []
        started = asyncio.get_running_loop().time()
        work = [Job(text, language, target) for target, (text, language) in jobs.items()]
        try:
            results = await self._process.render(work)
        except (RenderingEnded, OSError) as error:
            return [f"prompts can't be rendered: {error}"]
        problems = [
            f'"{job.text[:60]}" ({job.language}) can\'t be spoken: {said}'
            for job in work
            if (said := results[str(job.target)])
        ]
        self.rendered += len(jobs) - len(problems)
        seconds = round(asyncio.get_running_loop().time() - started, 2)
        _log.info("prompts_rendered", count=len(jobs) - len(problems), failed=len(problems), seconds=seconds)
        return problems


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Give size and time of change of each file in the cache, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                state = entry.stat()
                found[entry.name] = state.st_size, state.st_mtime_ns
    return found


def _languages_of(prompt: Prompt, wanted: tuple[str, ...]) -> list[str]:
    """Give the languages in which a prompt is to be rendered."""
    has = [language for language, _ in (*prompt.recordings, *prompt.texts)]
    ordered = list(dict.fromkeys([language for language, _ in prompt.texts] + has))
    return [language for language in ordered if language in wanted] or ordered[:1]


def _usable(target: Path) -> bool:
    """Tell whether a cached sound is there and whole (a power cut may have left an empty file)."""
    try:
        return read_format(target).size > 0
    except (OSError, WavError):
        return False


def _listed(problems: list[str]) -> str:
    shown = problems[:_MOST_SHOWN]
    if len(problems) > _MOST_SHOWN:
        shown.append(f"… and {len(problems) - _MOST_SHOWN} more prompts")
    return "\n".join(shown)


def _shown(prompt: Prompt) -> str:
    first = (*prompt.texts, *prompt.recordings)[0][1]
    return f'"{first[:60]}"'
