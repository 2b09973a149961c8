"""``ringhall explain CALL --emotion``: a call's curves, drawn by the part whose listener made them.

A picture is a function in the entry points ``ringhall.pictures``, named as its listener: (call, its events,
curves, now in steady seconds) → SVG.  It raises ValueError, with words for people, where there is nothing to
draw.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from callflow import parts
from callflow.first_start import master_key
from callflow.listening.curves import kept_curves
from records.database import backend_of
from records.events import CallArrived, CallPlaced, is_withheld
from records.vault import Vault, VaultReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from callflow.settings import Settings
    from records.events import Recorded
    from records.vault_changes import Change

    Picture = Callable[[str, Sequence[Recorded], Mapping[str, list[float]], float], str]

PICTURES = "ringhall.pictures"


class NoPictureError(Exception):
    """There is nothing to draw; the message says why."""


def draw(settings: Settings, listener: str, call: str, events: list[Recorded], into: Path | None) -> Path:
    """Draw what a listener made of a call into a file, and give its path.  Raises :class:`NoPictureError`."""
    path = into or Path(f"{call}-{listener}.svg")
    found: dict[str, Picture] = parts.load(PICTURES, listener)
    if not found:
        raise NoPictureError(f"no installed part draws {listener}")
    now = time.time()
    shown = [one for one in events if not is_withheld(one.event, now)]
    try:
        path.write_text(
            found[listener](call, shown, _curves(settings, listener, call, events, now), now), "utf-8"
        )
    except ValueError as error:
        raise NoPictureError(f"call {call}: {error}") from None
    except OSError as error:
        raise NoPictureError(
            f"{path} can't be written: {error.strerror}; choose another with --out"
        ) from None
    return path


def _curves(
    settings: Settings, listener: str, call: str, events: list[Recorded], now: float
) -> dict[str, list[float]]:
    began = next((one.event for one in events if isinstance(one.event, CallArrived | CallPlaced)), None)
    if began is None or not (settings.home / "secrets" / "master.key").exists():
        return {}
    reader = VaultReader(backend_of(settings.database)[1], slow_s=5.0)
    vault = Vault(master_key(settings.home), reader, _keep_nothing)
    try:
        return kept_curves(vault, began.subject, call, listener, now)
    finally:
        vault.close()


def _keep_nothing(_change: Change) -> int:
    raise AssertionError("drawing changes nothing")
