"""Network namespaces joined by cables, so that an address can be near or far."""

from __future__ import annotations

import ctypes
import os
import secrets
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


_NAMES = Path("/run/netns")


def ip(*words: str, within: str = "") -> None:
    subprocess.run([*entering(within), "ip", *words], check=True, capture_output=True)


def entering(namespace: str) -> list[str]:
    """Give the words before a command that is to run in a namespace.

    ``ip -n`` and ``ip netns exec`` mount file systems, which a chroot does not let them.
    """
    return ["nsenter", f"--net={_NAMES / namespace}", "--"] if namespace else []


@contextmanager
def namespaces(*names: str) -> Iterator[dict[str, str]]:
    """Make namespaces; gives their real names, which nobody else's test uses."""
    mark = secrets.token_hex(3)
    real = {name: f"ringhall-{mark}-{name}" for name in names}
    made = []
    mounted = _NAMES.is_mount()
    try:
        for name in real.values():
            ip("netns", "add", name)
            made.append(name)
            ip("link", "set", "lo", "up", within=name)
        yield real
    finally:
        for name in made:
            ip("netns", "del", name)
        if made and not mounted:  # by the first ``ip netns add``; it stays while others have namespaces
            subprocess.run(["umount", _NAMES], check=False, capture_output=True)


def hindrance() -> str:
    """Say why namespaces can't be made, joined and entered here; empty when they can."""
    try:
        with namespaces("one", "other") as names:
            cable(names["one"], "10.66.3.1", names["other"], "10.66.3.2")
            with inside(names["one"]):
                return ""
    except FileNotFoundError as error:
        return f"there is no {error.filename}"
    except subprocess.CalledProcessError as error:
        return f"{' '.join(error.cmd)}: {error.stderr.decode().strip()}"
    except OSError as error:
        return str(error)


def cable(one: str, one_address: str, other: str, other_address: str) -> None:
    """Join two namespaces, each with a route to the other's address, whatever networks they are in."""
    mark = secrets.token_hex(3)
    ends = (f"v{mark}a", f"v{mark}b")
    ip("link", "add", ends[0], "netns", one, "type", "veth", "peer", "name", ends[1], "netns", other)
    sides = ((one, ends[0], one_address, other_address), (other, ends[1], other_address, one_address))
    for namespace, end, address, peer in sides:
        ip("addr", "add", f"{address}/32", "dev", end, within=namespace)
        ip("link", "set", end, "up", within=namespace)
        ip("route", "add", peer, "dev", end, within=namespace)


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Open sockets in a namespace; they stay in it."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(_NAMES / namespace, os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(here)
        os.close(here)
        os.close(there)


def _enter(handle: int) -> None:
    if _libc.setns(handle, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
