"""A private server kept running by the real parent, so that what is killed comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess

from callflow.private_server import PrivateServer, ServerFailed
from records.database import migrate


class KeptServer(PrivateServer):
    """``ringhall serve`` on a folder and ports of its own."""

    _parent: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Fill the directory, start the parent, and wait until calls are taken."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.share_prompts()
        await migrate(self.settings.database)
        await self.fill_directory()
        self._parent = self.spawn(["-c", "from callflow.cli import main; main()", "serve"], "parent.log")
        await self.until(self.ready_now, 60.0, "ready server")

    async def stop(self) -> None:
        """End the parent, which ends its children; whoever is left is killed."""
        if self._parent is not None:
            self._parent.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(self._parent.wait, 25)
            except subprocess.TimeoutExpired:
                self._parent.kill()
                await asyncio.to_thread(self._parent.wait)
                await self.kill_controller()
        await asyncio.to_thread(self.settings.asterisk_home.process.stop)
        await self.dispose()

    @property
    def controller_pid(self) -> int:
        """Process id of the controller that the parent started last."""
        try:
            return int((self.home / "controller.pid").read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise ServerFailed(f"there is no controller: {error}") from error

    async def kill_controller(self) -> None:
        """SIGKILL; the parent starts the next one."""
        with contextlib.suppress(ProcessLookupError, ServerFailed):
            os.kill(self.controller_pid, signal.SIGKILL)
