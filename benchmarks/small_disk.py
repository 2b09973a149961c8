"""A file system of a few megabytes that can really be filled."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SmallDiskError(Exception):
    """None can be mounted here; the message says why."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount one of ``size`` (``256k``, ``4m``) on a new folder; raises SmallDiskError."""
    folder.mkdir(parents=True)
    if os.geteuid() != 0:
        raise SmallDiskError("a small disk can't be mounted: that needs root")
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        raise SmallDiskError("a small disk can't be mounted: mount and umount are not installed")
    command = [mount, "-t", "tmpfs", "-o", f"size={size}", "ringhall-small-disk", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True, text=True)
    if mounted.returncode:
        raise SmallDiskError(f"a small disk can't be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all that is left of a disk; gives the file whose removal frees it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    return ballast
