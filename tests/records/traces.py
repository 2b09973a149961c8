"""Event traces as text: a bug report's trace becomes a test by pasting it.

A line is seconds since nine o'clock, the event's type, and its fields; ``~`` stands for a space in a value.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_type_hints

import msgspec

from records.events import AnyEvent, Recorded

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_TYPES: dict[str, type[msgspec.Struct]] = {kind.__name__: kind for kind in get_args(AnyEvent)}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def trace(text: str) -> list[Recorded]:
    recorded = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        seconds, kind, *fields = line.split()
        recorded.append(
            Recorded(
                site="Harbour",
                node="n1",
                stream="main",
                seq=number,
                epoch=1,
                at=at(float(seconds)),
                event=_event(_TYPES[kind], fields),
            )
        )
    return recorded


def _event(kind: type[msgspec.Struct], fields: list[str]) -> Any:
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields:
        name, _, text = field.partition("=")
        if hints[name] is str:
            values[name] = text.replace("~", " ")
        else:
            values[name] = msgspec.json.decode(text)
    return msgspec.convert(values | {"type": kind.__name__}, kind)
