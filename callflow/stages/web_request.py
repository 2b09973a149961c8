"""What another system is asked over HTTP, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from callflow.stages.json_path import JsonPath

DONE, NOT_FOUND, FAILURE = "done", "not_found", "failure"


class WebRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask."""

    method: str
    url: str
    body: Any = None
    """Sent as JSON unless it is None; bytes are JSON already."""
    timeout_s: float
    """For each try, the whole answer included."""
    tries: int = 1
    cache_s: float = 0.0
    """How long a good answer is used again, for the same address and body."""
    save: tuple[tuple[str, JsonPath], ...] = ()
    """Variables and where they are found in the answer."""
    headers: tuple[tuple[str, str], ...] = ()


class WebAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    outcome: str
    status: int = 0
    values: Mapping[str, str] = {}
    """Variable → value, for all that were found."""
    detail: str = ""
    """Why it failed, without the address."""
    host: str = ""
    tries: int = 0
    cached: bool = False
    took_s: float = 0.0
    again: bool = False
    """True when another try makes sense."""
