"""Where the programs of others (``sipp``, ``baresip``, …) are, and free ports for them to listen on."""

from __future__ import annotations

import os
import random
import shutil
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

OWN_PORTS = range(20_000, 32_000)
"""Where :func:`free_ports` looks."""


class ProgramMissing(Exception):  # noqa: N818 - named for what happened
    """A program is neither in Ringhall's private prefix nor on PATH; the message says how to get it."""


def private_prefix() -> Path:
    """Give the folder that ``make setup`` unpacks Asterisk and the tools into (``RINGHALL_PREFIX``)."""
    given = os.environ.get("RINGHALL_PREFIX")
    return Path(given) if given else Path(__file__).resolve().parent.parent / ".prefix"


def find_program(name: str, prefix: Path | None = None) -> Path:
    """Find a program's wrapper in the private prefix, else the program on PATH.

    Raises :class:`ProgramMissing` with the remedy.
    """
    prefix = prefix or private_prefix()
    wrapper = prefix / "bin-run" / name
    if os.access(wrapper, os.X_OK):
        return wrapper
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    raise ProgramMissing(f"{name} is neither in {prefix} nor on PATH; run `make tools`")


def ends_with_us(command: list[str]) -> list[str]:
    """Make a command end (SIGKILL) when the process that started it ends, however that came about.

    Without util-linux' ``setpriv`` the command stays as it is.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else command


def free_ports(count: int, host: str = "127.0.0.1", *, kind: Literal["udp", "tcp"] = "udp") -> list[int]:
    """Give ``count`` different ports that nobody uses at this moment.

    They are not reserved: whoever uses them must do so soon, and tell if somebody else was quicker.  They lie
    below those that Linux gives to outgoing connections, of which a busy test opens many.  ``kind`` is what
    matters; the other kind is free too, since SIP programs open both.
    """
    ports: list[int] = []
    with ExitStack() as stack:
        for _ in range(1000):
            if len(ports) == count:
                return ports
            port = random.choice(OWN_PORTS)
            with ExitStack() as attempt:
                try:
                    for family in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                        attempt.enter_context(socket.socket(socket.AF_INET, family)).bind((host, port))
                except OSError:
                    continue
                stack.enter_context(attempt.pop_all())
                ports.append(port)
    raise OSError(f"no {count} free {kind} ports on {host} from {OWN_PORTS[0]} to {OWN_PORTS[-1]}")


def free_port_run(count: int, host: str = "127.0.0.1", *, step: int = 1) -> int:
    """Give a port that starts a run of ``count`` free UDP ports, the first one divisible by ``step``.

    For RTP, which wants a range of its own.  Raises OSError when no such run is found.
    """
    for _ in range(200):
        start = free_ports(1, host)[0]
        start -= start % step
        if start < 1024 or start + count > 65535:
            continue
        try:
            with ExitStack() as stack:
                for port in range(start, start + count):
                    stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind((host, port))
        except OSError:
            continue
        return start
    raise OSError(f"no {count} free UDP ports in a row on {host}")
