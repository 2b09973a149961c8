"""One Asterisk as a process: start it, wait until it takes calls, find one that still runs, stop it.

Standard library only: the small parent that keeps Asterisk running uses it too.  Everything is synchronous
and bounded in time; asyncio code calls it by ``asyncio.to_thread``.

Run by the prefix's own loader, the process bears the loader's name, so it is known by its pid file and its
command line, never by name.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from telephony.programs import ends_with_us

BOOT_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0
LONGEST_SOCKET_PATH: Final = 107
"""Bytes that Linux allows in a UNIX socket's path."""


class AsteriskFailed(Exception):  # noqa: N818 - named for what happened
    """Asterisk did not start or did not answer; the message holds its own last words."""


class AsteriskProcess:
    """The Asterisk whose rendered configuration is in ``folder`` (see ``telephony.asterisk.home``).

    ``program`` is the wrapper that starts it.  At most one runs on a folder.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.config = folder / "etc" / "asterisk.conf"
        self.control_socket = folder / "run" / "asterisk.ctl"
        self.log_folder = folder / "log"
        self.console_log = self.log_folder / "console.log"
        self._pid_file = folder / "run" / "asterisk.pid"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the Asterisk that runs on this folder, whoever started it; None when none does."""
        if self._child is not None:
            return self._child.pid if self._child.poll() is None else None
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text(encoding="ascii"))
            # the pid may be somebody else's by now, or a zombie's, which has no command line
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if os.fsencode(self.config) in words:
                return pid
        return None

    def start(self, *, ends_with_starter: bool = False) -> int:
        """Start Asterisk in a process session of its own and return its pid; it is not ready yet.

        With ``ends_with_starter`` it ends (SIGKILL) when the thread that started it does, however that came
        about: for trying things, where nobody would find and stop it afterwards.
        Raises :class:`AsteriskFailed` when one runs already or the program can't be run.
        """
        if (running := self.pid) is not None:
            raise AsteriskFailed(f"an Asterisk already runs on {self.folder} (process {running})")
        self.console_log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with self.console_log.open("ab") as log:
                command = [os.fspath(self.program), "-f", "-C", os.fspath(self.config)]
                self._child = subprocess.Popen(  # noqa: S603 - our own program and folder
                    ends_with_us(command) if ends_with_starter else command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    cwd=self.folder,
                )
        except OSError as error:
            raise AsteriskFailed(f"{self.program} can't be run: {error.strerror}") from error
        return self._child.pid

    def wait_ready(self, timeout: float = BOOT_TIMEOUT_S) -> None:
        """Wait until every module is loaded and calls are taken.

        Raises :class:`AsteriskFailed` when it ends before, or is not ready after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while not self.is_ready(max(0.05, deadline - time.monotonic())):
            if self.pid is None:
                raise AsteriskFailed(f"Asterisk ended while starting.\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise AsteriskFailed(f"Asterisk was not ready after {timeout:.0f} s.\n{self.last_words()}")
            time.sleep(0.01)

    def is_ready(self, patience: float = 0.05) -> bool:
        """Tell whether every module is loaded; asks Asterisk and waits ``patience`` seconds for its word."""
        with contextlib.suppress(OSError), self._console(patience) as console:
            console.sendall(b"core waitfullybooted\0")
            heard = b""
            while chunk := console.recv(4096):
                heard += chunk
                if b"fully booted" in heard:
                    return True
        return False

    def cli(self, command: str, timeout: float = 10.0) -> str:
        """Run one command of Asterisk's command line and return what it prints."""
        try:
            done = subprocess.run(  # noqa: S603
                [self.program, "-C", self.config, "-rx", command],
                capture_output=True,
                timeout=timeout,
                check=False,
                text=True,
                errors="replace",
            )
        except subprocess.TimeoutExpired as error:
            raise AsteriskFailed(
                f"Asterisk on {self.folder} did not answer {command!r} in {timeout:.0f} s"
            ) from error
        if done.returncode:
            raise AsteriskFailed(f"Asterisk did not take {command!r}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def stop(self, timeout: float = STOP_TIMEOUT_S) -> None:
        """End Asterisk and its calls: asked first, killed if it is still there after ``timeout`` seconds."""
        pid = self.pid
        if pid is None:
            return
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            with contextlib.suppress(OSError), self._console(1.0) as console:
                console.sendall(b"core stop now\0")
                wait_end(handle, timeout)
            for number, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
                if wait_end(handle, 0):
                    break
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, number)
                wait_end(handle, patience)
        finally:
            os.close(handle)
        if self._child is not None:
            self._child.wait(5.0)

    def last_words(self, lines: int = 8) -> str:
        """Give the errors at the end of Asterisk's logs, for a message to a person."""
        found: list[str] = []
        for path in (self.console_log, self.folder / "log" / "messages.log"):
            with contextlib.suppress(OSError), path.open(errors="replace") as log:
                found += [line.rstrip() for line in list(log)[-200:] if "ERROR" in line or "rror:" in line]
        return "\n".join(f"  {line}" for line in found[-lines:]) or f"  Its log is {self.console_log}."

    def _console(self, timeout: float) -> socket.socket:
        console = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        console.settimeout(timeout)
        try:
            console.connect(os.fspath(self.control_socket))
        except OSError:
            console.close()
            raise
        return console


def wait_end(handle: int, timeout: float) -> bool:
    """Wait until the process behind a pidfd has ended; works for children and strangers alike."""
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return bool(poller.poll(timeout * 1000))
