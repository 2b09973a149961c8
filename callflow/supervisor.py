"""The small parent: keeps Asterisk and the controller running, each in a process session of its own.

The death of one never signals the other, and the parent's own death signals neither: the next parent finds
Asterisk by its pid file and keeps it, calls and all, and replaces the controller.  Only the standard library
is imported.  Run as ``python -m callflow.supervisor PLAN`` by ``callflow.parent``.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from callflow.log_rotation import LogRotation
from telephony.asterisk.alone import Guard, GuardThread
from telephony.asterisk.process import STOP_TIMEOUT_S, AsteriskFailed, AsteriskProcess, wait_end

if TYPE_CHECKING:
    from collections.abc import Callable

PROBE_S: Final = 0.05
"""How often a starting process is asked whether it is ready."""
SLOW_S: Final = 30.0
"""After so long the parent says that a process is not ready yet."""
STEADY_S: Final = 5.0
"""A process that became ready and ran so long is restarted at once; one that died sooner waits longer."""
LONGEST_PAUSE_S: Final = 15.0


def say(text: str) -> None:
    """Tell the person at the terminal."""
    show(f"ringhall: {text}")


def show(text: str) -> None:
    """Print; a terminal or pipe that went away is no reason to stop serving."""
    try:
        print(text, flush=True)  # noqa: T201 - this is the command's output
    except OSError:
        # what could not be written stays with Python, which would try again at its end and exit with 120
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class Keeper:
    """Keeps one process running: start, readiness, death, start again after a pause."""

    def __init__(
        self,
        name: str,
        start: Callable[[], int],
        is_ready: Callable[[], bool],
        last_words: Callable[[], str],
    ) -> None:
        self.name = name
        self._start = start
        self._is_ready = is_ready
        self._last_words = last_words
        self._told = ""
        self.handle: int | None = None
        self.ready = False
        self._began = 0.0
        self._said_slow = False
        self._failures = 0
        self._next_start: float | None = 0.0

    def adopt(self, pid: int) -> None:
        """Keep a process that runs already."""
        self.handle = os.pidfd_open(pid)
        self._next_start = None
        self._began = time.monotonic()

    def tick(self, now: float) -> None:
        """Start what is due and look whether what was started is ready."""
        if self._next_start is not None and now >= self._next_start:
            self._next_start = None
            self._began = now
            self._said_slow = False
            try:
                self.adopt(self._start())
            except (OSError, AsteriskFailed) as error:
                say(f"{self.name} can't be started: {error}")
                self._again(now)
        elif self.handle is not None and not self.ready:
            self.ready = self._is_ready()
            if self.ready and self._failures:
                say(f"{self.name} is back")
            elif not self.ready and not self._said_slow and now - self._began > SLOW_S:
                self._said_slow = True
                say(f"{self.name} is still not ready after {SLOW_S:.0f} s; waiting")

    def ended(self, now: float) -> None:
        """Take note of the process's death."""
        if self.handle is None:
            return
        how = _how_it_ended(self.handle)
        os.close(self.handle)
        words = "" if self.ready else self._last_words()
        if words and words != self._told:
            say(f"{self.name} could not start: {words}")
        self._told = words
        steady = self.ready and now - self._began > STEADY_S
        self.handle, self.ready = None, False
        if steady:
            self._failures = 0
        pause = self._again(now)
        say(f"{self.name} {how}; starting it again" + (f" in {pause:g} s" if pause else ""))

    def _again(self, now: float) -> float:
        pause = min(LONGEST_PAUSE_S, 0.5 * 2 ** (self._failures - 1)) if self._failures else 0.0
        self._failures += 1
        self._next_start = now + pause
        return pause

    def wait_s(self, now: float) -> float | None:
        """Seconds until :meth:`tick` has something to do; None: nothing until the process ends."""
        if self._next_start is not None:
            return max(0.0, self._next_start - now)
        return None if self.ready else PROBE_S


def _how_it_ended(handle: int) -> str:
    with contextlib.suppress(OSError):  # not our child: an adopted process tells nobody but its own parent
        result = os.waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOHANG)
        if result is not None and result.si_code == os.CLD_EXITED:
            return f"ended with status {result.si_status}"
        if result is not None:
            return f"was ended by {signal.Signals(result.si_status).name}"
    return "ended"


class Controller:
    """Starts the controller's process and asks it whether it is ready."""

    def __init__(self, home: Path, command: list[str], environment: dict[str, str]) -> None:
        self._home = home
        self._command = command
        self._environment = environment
        self.log = home / "log" / "controller.log"

    def start(self) -> int:
        """Start it in a session of its own; its output goes to a log in the home folder."""
        with self._open_log() as log:
            child = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **self._environment},
            )
        child.returncode = 0  # reaped by its pidfd, not by subprocess
        # whole or not at all: the next parent may read it at any moment
        partial = _pid_file(self._home).with_suffix(".partial")
        partial.write_text(f"{child.pid}\n", encoding="ascii")
        partial.rename(_pid_file(self._home))
        return child.pid

    def _open_log(self) -> IO[bytes]:
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        return open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")  # noqa: PTH123

    def last_words(self) -> str:
        """Give the reason that stands at the end of its log."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
            line = log.read().decode(errors="replace").rstrip().rpartition("\n")[2]
            try:
                return str(json.loads(line)["reason"])
            except (ValueError, KeyError, TypeError):
                return f"{line[:300]} (see {self.log})"
        return ""

    def is_ready(self) -> bool:
        """Ask ``GET /healthz`` on the control socket."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
            control.settimeout(0.5)
            control.connect(os.fspath(self._home / "control.sock"))
            control.sendall(b"GET /healthz HTTP/1.1\r\nHost: ringhall\r\nConnection: close\r\n\r\n")
            return control.recv(64).split(b" ")[1:2] == [b"200"]
        return False


def _guard(home: Path, plan: dict[str, Any] | None) -> GuardThread | None:
    """Make what looks after those who answer while no controller runs."""
    if plan is None:
        return None
    password = json.loads(Path(plan["secrets"]).read_text(encoding="utf-8"))["ari_password"]
    login = (plan["host"], plan["port"], plan["user"], password)
    return GuardThread(Guard(login, home / "control.sock"))


def _pid_file(home: Path) -> Path:
    return home / "controller.pid"


def leftover_controller(home: Path) -> int | None:
    """Find a controller of this home whose parent is gone; its process id, or None."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(_pid_file(home).read_text(encoding="ascii"))
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        if b"RINGHALL_HOME=" + os.fsencode(home) in environment:
            return pid
    return None


def stop_controller(pid: int) -> None:
    """End a controller: asked first, killed if it is still there after ten seconds."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            _stop(handle, lambda: False)
        finally:
            os.close(handle)


def _stop(handle: int, hurry: Callable[[], bool]) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while not wait_end(handle, 0.1):
            if hurry() or time.monotonic() > deadline:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                wait_end(handle, 5.0)
                return


class Supervisor:
    """Keeps Asterisk (unless it is a foreign one) and the controller until told to stop."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._home = Path(plan["home"])
        self._hints: dict[str, str] = plan["hints"]
        self._began: float = plan["began"]
        self._controller = Controller(self._home, plan["controller"], plan["environment"])
        self._keepers = [
            Keeper(
                "the controller",
                self._controller.start,
                self._controller.is_ready,
                self._controller.last_words,
            )
        ]
        self._asterisk: AsteriskProcess | None = None
        if plan["asterisk"] is not None:
            self._asterisk = AsteriskProcess(
                Path(plan["asterisk"]["program"]), Path(plan["asterisk"]["folder"])
            )
            own = self._asterisk
            keeper = Keeper("Asterisk", own.start, own.is_ready, own.last_words)
            if (pid := self._asterisk.pid) is not None:
                keeper.adopt(pid)
                say(plan["asterisk"]["notice"] or f"Asterisk still runs (process {pid}) and is kept")
            self._keepers.insert(0, keeper)
        self._guard = _guard(self._home, plan.get("guard"))
        folders = [self._controller.log.parent, *([self._asterisk.log_folder] if self._asterisk else [])]
        self._logs = LogRotation(folders)
        self._signals = 0
        self._wake, waker = socket.socketpair()
        waker.setblocking(False)
        self._wake.setblocking(False)
        self._waker = waker

    def run(self) -> int:
        """Run until SIGINT or SIGTERM; the exit status."""
        signal.set_wakeup_fd(self._waker.fileno())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._on_signal)
        told = False
        while not self._signals:
            now = time.monotonic()
            for keeper in self._keepers:
                keeper.tick(now)
            if self._guard is not None:
                self._guard.keep(on=not self._keepers[-1].ready)
            for complaint in self._logs.tick(now):
                say(complaint)
            if not told and all(keeper.ready for keeper in self._keepers):
                told = True
                self._tell()
            self._wait()
        self._stop()
        return 0

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._signals += 1

    def _wait(self) -> None:
        """Sleep until a process ends, a signal comes, or a keeper or the logs are due."""
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        for keeper in self._keepers:
            if keeper.handle is not None:
                poller.register(keeper.handle, select.POLLIN)
        now = time.monotonic()
        waits = [wait for keeper in self._keepers if (wait := keeper.wait_s(now)) is not None]
        ready = {number for number, _ in poller.poll(min([*waits, self._logs.wait_s(now)]) * 1000)}
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(64)
        for keeper in self._keepers:
            if keeper.handle in ready:
                keeper.ended(time.monotonic())

    def _stop(self) -> None:
        """End the controller, then Asterisk; a second signal ends both at once."""
        say("stopping")

        def hurry() -> bool:
            return self._signals > 1

        controller = self._keepers[-1].handle
        if controller is not None:
            _stop(controller, hurry)
        _pid_file(self._home).unlink(missing_ok=True)
        if self._asterisk is not None:
            self._asterisk.stop(0.0 if hurry() else STOP_TIMEOUT_S)
        say("stopped")

    def _tell(self) -> None:
        """Print where to dial and with which credentials to register."""
        hints = self._hints
        say(f"ready after {time.monotonic() - self._began:.1f} s")
        if hints["dial"]:
            show(f"\n  Call        {hints['dial']}  (from {hints['from']})")
        try:
            known = json.loads((self._home / "secrets" / "phones.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        for phone in known.get("phones", []):
            show(f"  Softphone   {phone['name']}  password {phone['secret']}  at {hints['register']}")
        for agent in known.get("agents", []):
            show(f"  Agent       {agent['number']} ({agent['name']})  PIN {agent['pin']}  logs in by *70")
        show(f"  API         {hints['api']}")
        show(f"  Logs        {self._home}/log, {self._home}/asterisk/log")
        show("\n  Ctrl-C stops everything.")


def main() -> int:
    """Entry point of ``python -m callflow.supervisor``."""
    plan = json.loads(sys.argv[1])
    os.set_inheritable(plan["lock"], False)
    return Supervisor(plan).run()


if __name__ == "__main__":
    sys.exit(main())
