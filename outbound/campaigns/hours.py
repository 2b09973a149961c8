"""Hours in which a campaign calls, as they are written: ``{mon-fri: "09:00-20:00", sat: "10:00-14:00"}``."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from callflow.values import told
from outbound.rules.hours import Window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(rf"({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))?", re.ASCII)
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_REMEDY = 'Write {mon-fri: "09:00-20:00"}, several spans of a day with a comma between them.'


def _windows(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    if not isinstance(value, dict) or not value:
        raise told("hours", "this is no week", _REMEDY)
    return tuple(window for days, spans in value.items() for window in _of_days(str(days), str(spans)))


def _of_days(days: str, spans: str) -> list[Window]:
    found = _DAY.fullmatch(days)
    if found is None:
        raise told("hours", f'"{days[:20]}" names no days', _REMEDY, at=(days,))
    first = _DAYS.index(found[1])
    last = _DAYS.index(found[2]) if found[2] else first
    if last < first:
        raise told("hours", f'"{days}" goes backwards', "Write two entries.", at=(days,))
    windows = []
    for span in spans.split(","):
        times = _SPAN.fullmatch(span.strip())
        if times is None:
            raise told("hours", f'"{span.strip()[:20]}" is no span of time', _REMEDY, at=(days,))
        begin, end = int(times[1]) * 60 + int(times[2]), int(times[3]) * 60 + int(times[4])
        if not begin < end <= 24 * 60:
            raise told(
                "hours",
                f"{span.strip()} never opens",
                "Write the earlier time first; a span ends at 24:00 at the latest.",
                at=(days,),
            )
        windows.append(Window(frozenset(range(first, last + 1)), begin, end))
    return windows


Hours = Annotated[
    tuple[Window, ...],
    BeforeValidator(_windows),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": f"^{_DAY.pattern}$"},
            "additionalProperties": {"type": "string"},
        }
    ),
]
"""Windows by the wall clock of the one who is called."""
