"""The callers of :mod:`benchmarks.talkers`, in a process of their own, driven over its standard input."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from callflow.private_server import ServerFailed
from telephony.programs import ends_with_us

_ROOT = Path(__file__).resolve().parent.parent


class TalkersProcess:
    """Its start, its commands and its end."""

    def __init__(self, server: str, says: Path | None = None) -> None:
        """``says``: a WAV of 8 kHz; noise without one."""
        self._arguments = [server, *([str(says)] if says else [])]
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            *ends_with_us([sys.executable, "-m", "benchmarks.talkers", *self._arguments]),
            cwd=_ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def ask(self, command: str) -> Any:
        """Give a command and take its answer; raises ServerFailed for one that failed."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - opened above
        assert stdout is not None  # noqa: S101
        stdin.write(f"{command}\n".encode())
        line = await stdout.readline()
        told = json.loads(line or '{"error": "it has ended"}')
        if isinstance(told, dict) and "error" in told:
            raise ServerFailed(f"talkers, {command}: {told['error']}")
        return told

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
