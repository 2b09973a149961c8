"""Values in JSON Schema, in the forms in which YAML readers may give them."""

from __future__ import annotations

import re
from typing import Any

Schema = dict[str, Any]

_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_FOR_TEXTS = ("pattern", "minLength", "maxLength", "format", "enum", "const")
_WHOLE = ("0", "7", "42", "123", "1000", "20261231", "+491234567")
_MOST_LISTED = 400


def widened(schema: Schema) -> Schema:
    """Let a text be a number where an editor reads one, and a number be a quoted text."""
    kind = schema.get("type")
    if kind == "string":
        return _text(schema)
    if kind in {"integer", "number"}:
        return _number(schema, kind)
    return schema


def _text(schema: Schema) -> Schema:
    """A text such as ``1000`` or ``true`` is no string to an editor, unless it stands in quotes."""
    limits = {key: schema[key] for key in _FOR_TEXTS if key in schema}
    if "enum" in schema:
        numbers = [int(one) for one in schema["enum"] if re.fullmatch(r"0|[1-9]\d*", one)]
        rest = {key: value for key, value in schema.items() if key not in {"type", "enum"}}
        return {**rest, "enum": [*schema["enum"], *numbers]} if numbers else schema
    rest = {key: value for key, value in schema.items() if key not in limits and key != "type"}
    fits = re.compile(schema.get("pattern", "")).search
    types = ["string"]
    if any(map(fits, _WHOLE)):
        types.append("number" if fits("3.5") else "integer")
        if not fits("-3"):
            rest["minimum"] = 0
    if fits("true"):
        types.append("boolean")
    return {**rest, "type": types, **limits} if len(types) > 1 else schema


def _number(schema: Schema, kind: str) -> Schema:
    rest = {key: value for key, value in schema.items() if key not in _LIMITS and key != "type"}
    limits = {key: schema[key] for key in _LIMITS if key in schema}
    return {**rest, "anyOf": [{"type": kind, **limits}, _quoted(kind, limits)]}


def _quoted(kind: str, limits: dict[str, Any]) -> Schema:
    if kind == "number":
        return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
    least = limits.get("minimum", limits.get("exclusiveMinimum", -1) + 1)
    most = limits.get("maximum", limits.get("exclusiveMaximum", _MOST_LISTED + 2) - 1)
    if most - least <= _MOST_LISTED:
        listed = "|".join(str(number) for number in range(int(least), int(most) + 1))
        return {"type": "string", "pattern": f"^({listed})$"}
    return {"type": "string", "pattern": "^[0-9]+$" if least >= 0 else "^-?[0-9]+$"}
