"""Copies of the example sites that ask a server of ours, and are open or closed as a test needs it."""

from __future__ import annotations

import re
from pathlib import Path

SITES = Path(__file__).parent.parent.parent / "dialplans"
_SERVER = re.compile(r"https://[a-z.]+\.example")
_HOURS = re.compile(r"^hours:\n  (\w+):\n(?:    .*\n)+", re.MULTILINE)


def copy_site(name: str, folder: Path, url: str, *, is_open: bool) -> Path:
    """Copy a site into a new folder; nothing but servers' addresses and opening hours is changed."""
    folder.mkdir()
    text = (SITES / name / f"{name}.yaml").read_text(encoding="utf-8")
    text = _SERVER.sub(url, text)
    hours = "00:00-24:00" if is_open else "closed"
    text = _HOURS.sub(rf'hours:\n  \1:\n    daily: "{hours}"\n', text)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder
