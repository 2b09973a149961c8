"""What the benchmark runs on, and what processes use, from /proc."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from telephony.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What a process has used so far."""

    cpu_s: float
    rss_mb: float


def usage(pid: int) -> Usage:
    """Read a process's CPU time (user and system, all threads, all descendants) and its resident memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+) kB", status)
    return Usage(_cpu_s(pid, _processes()), int(resident[1]) / 1024 if resident else 0.0)


def _cpu_s(pid: int, processes: Mapping[int, list[str]]) -> float:
    """Give what a process has used, with its children, those that have ended included."""
    used = sum(map(int, processes[pid][11:15])) * _TICK_S
    return used + sum(
        _cpu_s(child, processes) for child, fields in processes.items() if int(fields[1]) == pid
    )


def _processes() -> dict[int, list[str]]:
    """Give the fields of every process's ``/proc/PID/stat`` from the third (its state) on."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            found[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
    return found


def load_of_machine() -> float:
    """Give the load average of the last minute: what else ran shows in it."""
    return os.getloadavg()[0]


def conditions() -> dict[str, object]:
    """Name the machine and the versions."""
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "uvloop": version("uvloop"),
        "asterisk": _first_line(["asterisk", "-V"]),
        "sipp": _first_line(["sipp", "-v"]),
        "root": os.geteuid() == 0,
        "load_before": round(load_of_machine(), 2),
    }


def quantile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that ``share`` of all do not exceed (nearest rank); 0 of nothing."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]


def spread_ms(values: Sequence[float]) -> dict[str, float]:
    """Give p50, p95 and max of seconds, in milliseconds."""
    named = {"p50": quantile(values, 0.5), "p95": quantile(values, 0.95), "max": max(values, default=0.0)}
    return {name: round(value * 1000, 1) for name, value in named.items()}


def _first_line(command: list[str]) -> str:
    told = subprocess.run(
        [str(find_program(command[0])), *command[1:]], capture_output=True, text=True, check=False, timeout=10
    )
    lines = [line.strip() for line in (told.stdout + told.stderr).splitlines() if line.strip()]
    return lines[0] if lines else "unknown"
