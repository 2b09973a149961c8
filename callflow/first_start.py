"""What a new installation gets: two demo agents, two phones, an admin token; all secrets generated."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING

from callflow.settings import SettingsError
from records.tokens import new_token

if TYPE_CHECKING:
    from pathlib import Path

    from records.directory import Directory

_PHONES = ("phone-1", "phone-2")
_AGENTS = (
    ("1001", "Ada", {"sales": 4}),
    ("1002", "Lin", {"support": 5, "sales": 1}),
)


def write_secret(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def master_key(home: Path) -> bytes:
    """Give the key that wraps the subjects' keys (32 bytes), made at the first start."""
    path = home / "secrets" / "master.key"
    if not path.exists():
        write_secret(path, secrets.token_hex(32))
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        raise SettingsError(
            f"{path}: this is not the key that was written there (64 hexadecimal digits). Bring it back from "
            "your backup: without it nobody's personal values can be read."
        ) from None


async def seed(directory: Directory, home: Path) -> None:
    """Fill an empty directory with the demo's people and phones, and make the first API token."""
    if not await directory.agents() and not await directory.phones():
        phones = [{"name": name, "secret": secrets.token_urlsafe(12)} for name in _PHONES]
        agents = [{"number": number, "name": name, "pin": _pin()} for number, name, _ in _AGENTS]
        # written before the directory, so that a start cut short here is simply repeated
        write_secret(
            home / "secrets" / "phones.json", json.dumps({"phones": phones, "agents": agents}, indent=2)
        )
        for phone in phones:
            await directory.save_phone(phone["name"], phone["secret"])
        for (number, name, skills), agent in zip(_AGENTS, agents, strict=True):
            await directory.save_agent(number, name, skills, pin=agent["pin"])
    token_path = home / "secrets" / "api-token"
    if not token_path.exists():
        token = new_token()
        await directory.tokens.remove("first")  # of a start that was cut short, or of a file that was lost
        await directory.tokens.save("first", "admin", token)
        write_secret(token_path, token)


def _pin() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"
