"""Types for what an admin writes in YAML, shared by every schema of steps and sections.

YAML values arrive as they were written, as strings; these types give them their meaning.  Used together
with :class:`callflow.protocol.Refers`::

    class QueueStep(BaseModel):
        queue: Annotated[str, Refers("queue")]
        max_wait: Duration | None = None
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from callflow.protocol import Defines

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = r"\d+(?:\.\d+)? ?(?:ms|s|m|h)"
_DURATION = re.compile(rf"{_PART}(?: ?{_PART})*", re.ASCII)
_NUMBER_AND_UNIT = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|m|h)", re.ASCII)
_LONGEST_S = 7 * 24 * 3600.0
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


def told(
    kind: str, message: str, remedy: str, *, near: str = "", at: tuple[str | int, ...] = ()
) -> PydanticCustomError:
    """Make a validation error for an admin: what is wrong (no full stop) and what to do (a sentence).

    ``near``: a name that may have been meant.  ``at``: keys and indexes that lead from the value that is
    validated to the place in it that is wrong.
    """
    return PydanticCustomError(kind, message, {"remedy": remedy, "near": near, "at": at})


def parse_duration(value: Any) -> float:
    """Turn ``20s``, ``10m``, ``800ms``, ``1h`` or ``1m30s`` into seconds.

    Numbers from Python code pass as seconds.  Raises :class:`PydanticCustomError`.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value if isinstance(value, str) else ""
    if not _DURATION.fullmatch(text):
        raise told("duration", "this is not a time", "Write it with its unit, such as 20s, 800ms or 10m.")
    seconds = sum(float(number) * _UNIT_S[unit] for number, unit in _NUMBER_AND_UNIT.findall(text))
    if seconds > _LONGEST_S:
        raise told("duration", "this time is longer than 7 days", "Write a shorter one.")
    return float(seconds)


def parse_yes_no(value: Any) -> bool:
    """Turn yes, no, true or false into a bool.  Raises :class:`PydanticCustomError`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _YES_NO:
        return _YES_NO[value.lower()]
    raise told("yes_no", "this is neither yes nor no", "Write yes or no.")


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["20s", "800ms", "10m"]}
    ),
]
"""Seconds, written with a unit."""

YesNo = Annotated[
    bool,
    BeforeValidator(parse_yes_no),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["yes", "no", True, False]},
                {
                    "pattern": "^([Yy][Ee][Ss]|[Nn][Oo]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$",
                    "type": "string",
                },
            ]
        }
    ),
]
"""A bool, written yes or no."""


_DAYS = re.compile(r"(\d{1,5}) ?d", re.ASCII)
_MOST_DAYS = 36_500


def _days(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[1]) <= _MOST_DAYS:
        raise told("days", "this is no number of days", "Write it as 90d.")
    return int(found[1])


Days = Annotated[
    int,
    BeforeValidator(_days),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,5} ?d$", "examples": ["90d"]}),
]
"""A number of days, written as ``90d``."""

KEYS = "0123456789*#"


def _phone_key(value: str) -> str:
    if len(value) != 1 or value not in KEYS:
        raise told("key", f'"{value[:20]}" is not a key', 'A key is one of "0" to "9", "*" and "#".')
    return value


PhoneKey = Annotated[
    str, AfterValidator(_phone_key), WithJsonSchema({"type": "string", "pattern": "^[0-9*#]$"})
]
"""A key of a telephone."""


def matching(pattern: str, message: str, remedy: str) -> tuple[AfterValidator, WithJsonSchema]:
    """Make the metadata of a string that must match: ``Annotated[str, *matching(…)]``."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise told("pattern", f'"{value[:40]}" {message}', remedy)
        return value

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


_VARIABLE = "[a-z][a-z0-9_]{0,39}"
_RESERVED = frozenset(
    {
        "caller",
        "call",
        "consent",
        "dialed",
        "heard",
        "hours",
        "language",
        "no",
        "not",
        "notice",
        "now",
        "queue",
        "site",
        "yes",
    }
    | {"and", "or", "in", "true", "false", "contains", "starts", "ends", "with"}
)


def _free_name(value: str) -> str:
    if value in _RESERVED:
        raise told("variable", f'"{value}" is a name of Ringhall itself', "Choose another one.")
    return value


Variable = Annotated[
    str,
    *matching(_VARIABLE, "is no name for a variable", "Use small letters, digits and _."),
    AfterValidator(_free_name),
    Defines("variable"),
    WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE}$", "not": {"enum": sorted(_RESERVED)}}),
]
"""The name of a variable that a step sets: ``call.facts[name]``."""
