"""``ringhall serve``: look before leaping, render Asterisk's configuration, then become the small parent.

Everything that needs the settings happens here; then this process replaces itself (same process id) by
``callflow.supervisor``, which imports nothing but the standard library and stays small for as long as the
server runs.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import socket
import sys
import time
from typing import TYPE_CHECKING

from callflow.supervisor import leftover_controller, stop_controller
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from callflow.settings import Settings


_FIRST_NUMBER = re.compile(
    r"^numbers:\s*(?:\{\s*|(?:#[^\n]*\s+)*)(?P<quote>[\"']?)(?P<number>\+?[0-9][0-9 ().-]*)(?P=quote)\s*:",
    re.MULTILINE,
)


class CannotServe(Exception):  # noqa: N818 - named for what happened
    """The server can't be started; the message says why and what to do."""


def serve(settings: Settings, controller: Sequence[str] = ("-m", "callflow.controller")) -> int:
    """Start Asterisk and the controller and keep both running until SIGINT or SIGTERM.

    ``controller``: what Python is given to run as the controller.
    Returns 1 when it can't, with a message on standard error; otherwise it does not return: the process
    goes on as the supervisor.
    """
    began = time.monotonic()
    try:
        lock = _lock(settings.home)
        plan = _plan(settings, lock, controller)
    except (CannotServe, ConfigError, AsteriskFailed) as error:
        print(f"ringhall: error: {error}", file=sys.stderr)  # noqa: T201 - this is the command's output
        return 1
    os.set_inheritable(lock, True)
    sys.stdout.flush()
    command = [sys.executable, "-m", "callflow.supervisor", json.dumps(plan | {"began": began})]
    os.execv(sys.executable, command)  # noqa: S606 - our own program
    return 0  # not reached: the line above ends this program


def _lock(home: Path) -> int:
    """Take the home for this process; one parent at a time."""
    path = home / "parent.lock"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotServe(
            f"{error.filename}: {error.strerror}. Choose a folder that you may write to with RINGHALL_HOME."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(lock, 20).decode().strip()
        raise CannotServe(
            f"a server runs already on {home} (process {owner or 'unknown'}). Stop it first (Ctrl-C, or"
            f" `kill {owner or 'PROCESS'}`), or choose another folder with RINGHALL_HOME."
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _plan(settings: Settings, lock: int, controller: Sequence[str]) -> dict[str, object]:
    """Prepare everything and write down what the supervisor has to keep running."""
    home = settings.home
    # A controller of a parent that was killed has the old settings: the new one takes its calls over.
    if (left := leftover_controller(home)) is not None:
        stop_controller(left)
    asterisk = None
    if settings.ari_url is None:
        asterisk = _asterisk(settings)
    if settings.api_port:
        _free(settings.api_host, settings.api_port, "tcp", "the API", "api_port")
    return {
        "home": str(home),
        "lock": lock,
        "asterisk": asterisk,
        "guard": None if asterisk is None else _guard(settings),
        "controller": [sys.executable, *controller],
        "environment": {"RINGHALL_HOME": str(home), "RINGHALL_PREFIX": str(settings.prefix)},
        "hints": _hints(settings),
    }


def _asterisk(settings: Settings) -> dict[str, object]:
    """Render the configuration; keep an Asterisk that still runs, and its calls, if that is possible."""
    own = settings.asterisk_home
    process = own.process
    mark = own.folder / "run" / "fingerprint"
    running = process.pid
    fingerprint = own.render() + (settings.prefix / ".complete").read_text(encoding="utf-8")
    notice = ""
    if running is not None and (not mark.exists() or mark.read_text(encoding="utf-8") != fingerprint):
        if _channels(own.process.cli("core show channels count")):
            notice = (
                "Asterisk runs on with its calls and its old settings; the new ones hold after the next"
                " stop and start"
            )
        else:
            process.stop()
            running = None
    if running is None:
        sip = settings.asterisk
        where = {
            "udp": ("SIP over UDP", sip.bind_address, sip.sip_port, "asterisk.sip_port"),
            "tcp": ("SIP over TCP", sip.bind_address, sip.sip_port, "asterisk.sip_port"),
            "http": ("ARI", sip.control_address, sip.http_port, "asterisk.http_port"),
            "ami": ("AMI", sip.control_address, sip.ami_port, "asterisk.ami_port"),
        }
        for kind, (what, host, port, setting) in where.items():
            _free(host, port, "udp" if kind == "udp" else "tcp", what, setting)
        mark.write_text(fingerprint, encoding="utf-8")
    return {"program": str(process.program), "folder": str(process.folder), "notice": notice}


def _guard(settings: Settings) -> dict[str, object]:
    """Say where the parent finds Asterisk's legs, and the password: others see arguments."""
    own = settings.asterisk_home
    return {
        "host": settings.asterisk.control_address,
        "port": settings.asterisk.http_port,
        "user": own.control_user,
        "secrets": str(own.secrets_file),
    }


def _channels(count: str) -> int:
    """Read the number of channels from ``core show channels count``."""
    found = re.search(r"(\d+) active channel", count)
    return int(found[1]) if found else 0


def _free(host: str, port: int, kind: str, what: str, setting: str) -> None:
    """Make sure that a port can be listened on, in the way that the server will."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as probe:
        if kind == "tcp":  # connections of a server that just ended linger; they are no hindrance
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            if kind == "tcp":
                probe.listen(1)
        except OSError as error:
            variable = f"RINGHALL_{setting.replace('.', '__').upper()}"
            reason = {
                errno.EADDRINUSE: "is in use by another program: stop that",
                errno.EADDRNOTAVAIL: "can't be used, as this machine has no such address: correct that",
                errno.EACCES: "may be used by the administrator only: run as root",
            }.get(error.errno or 0, f"can't be used ({error.strerror}): mend that")
            raise CannotServe(
                f"port {port} on {host} ({what}) {reason}, or choose another with {variable}"
                f" (`{setting}` in ringhall.toml)."
            ) from error


def _hints(settings: Settings) -> dict[str, str]:
    """Say where to dial and where to register, for the last lines that are printed."""
    sip = settings.asterisk
    if settings.ari_url is not None:
        return {"dial": "", "register": "", "api": f"http://{settings.api_host}:{settings.api_port}"}
    wildcard = sip.bind_address in {"0.0.0.0", "::"}  # noqa: S104 - only compared
    here = "127.0.0.1" if wildcard else sip.bind_address
    outside = sip.external_address or (_outward() if wildcard else here)
    number = _first_number(settings.dialplans)
    callers = {address for trunk in sip.trunks for address in trunk.addresses}
    return {
        "dial": f"sip:{number}@{here if '127.0.0.1' in callers else outside}:{sip.sip_port}",
        "from": ", ".join(sorted(callers)) or "the trunks in the settings",
        "register": f"{outside}:{sip.sip_port}" if outside == here else f"{outside}:{sip.sip_port} or {here}",
        "api": f"http://{settings.api_host}:{settings.api_port}",
    }


def _outward() -> str:
    """Give the address by which others reach this machine (no packet is sent to find out)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation, RFC 5737
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _first_number(dialplans: Path) -> str:
    """Give a number that can be dialled, for a hint: the controller alone reads the site properly."""
    for path in sorted(dialplans.glob("*.yaml")) if dialplans.is_dir() else []:
        text = path.read_text(encoding="utf-8", errors="replace")
        if found := _FIRST_NUMBER.search(text):
            return re.sub(r"[ ().-]", "", found["number"])
    return "NUMBER"
