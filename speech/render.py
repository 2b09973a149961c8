"""``python -m speech.render``: renders texts in a process of its own, so that the controller needs no numpy.

Arguments: the provider and its prefix.  Standard input: JSON lines, ``{"ready": [language, …]}``, or jobs
``{"text": …, "language": …, "target": …}`` and then ``{"render": how many}``.  Standard output: one JSON line
a job as it ends, ``{"target": …, "error": …}``.  It ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from speech.synthesis import SynthesisError, Synthesizer, synthesizer_type
from speech.wav_file import write_wav

_NICENESS = 10
"""Calls come first."""


async def render(voice: Synthesizer, jobs: list[dict[str, str]]) -> None:
    """Render every job, as many at once as there are cores."""
    turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(job: dict[str, str]) -> None:
        async with turns:
            error = await _render_one(voice, job)
        sys.stdout.write(json.dumps({"target": job["target"], "error": error}, ensure_ascii=True) + "\n")
        sys.stdout.flush()

    await asyncio.gather(*(one(job) for job in jobs))


async def _render_one(voice: Synthesizer, job: dict[str, str]) -> str:
    """Render one job and give what went wrong, empty when nothing did."""
    try:
        pcm = await voice.synthesize(job["text"], job["language"])
        await asyncio.to_thread(write_wav, Path(job["target"]), pcm)
    except SynthesisError as error:
        return str(error)
    except OSError as error:
        return f"{job['target']} can't be written: {error.strerror}"
    return ""


def main(provider: str, prefix: str) -> None:
    """Serve the controller until it closes our input."""
    voice = synthesizer_type(provider).create(Path(prefix))
    jobs: list[dict[str, str]] = []
    for line in sys.stdin:
        told = json.loads(line)
        if "ready" in told:
            voice.get_ready(told["ready"])
        elif "render" in told:
            asyncio.run(render(voice, jobs))
            jobs.clear()
        else:
            jobs.append(told)


if __name__ == "__main__":
    os.nice(_NICENESS)
    try:
        main(*sys.argv[1:])
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(0)  # nobody is there to be answered; a flush at exit would fail too
