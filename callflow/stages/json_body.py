"""A JSON body as an admin writes it: texts with values in them, in mappings and lists."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from callflow.expressions import ExpressionError, Template, parse_template
from callflow.expressions.fields import note_names, told_error
from callflow.values import told

MOST_DEPTH = 20


def _read(value: Any, info: ValidationInfo, depth: int = 0) -> Any:
    if depth > MOST_DEPTH:
        raise told("depth", f"this is nested deeper than {MOST_DEPTH} levels", "Send something flatter.")
    if isinstance(value, dict):
        return {name: _read(inner, info, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_read(inner, info, depth + 1) for inner in value]
    if isinstance(value, Template):
        return value
    if not isinstance(value, str):
        raise told("body", "a text is expected here", "Write a text, pairs of name and value, or a list.")
    try:
        template = parse_template(value)
    except ExpressionError as error:
        raise told_error(error) from None
    note_names(template.names, info)
    return template


JsonBody = Annotated[
    Any,
    PlainValidator(_read),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "array"}, {"type": "string"}]}),
]
"""Texts with ``{values}`` in mappings and lists."""
