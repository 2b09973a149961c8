"""What the benchmark runs on, and what processes use, from /proc."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from telephony.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What a process has used so far."""

    cpu_s: float
    rss_mb: float


def usage(pid: int) -> Usage:
    """Read a process's CPU time (user and system, all threads) and resident memory."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+) kB", status)
    return Usage((int(fields[11]) + int(fields[12])) * _TICK_S, int(resident[1]) / 1024 if resident else 0.0)


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
