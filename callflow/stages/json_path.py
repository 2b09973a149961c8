"""The small part of JSONPath that dialplans use: ``$.customer.orders[0].state``."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema

from callflow.values import told

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\[\"([^\"\]]+)\"\]|\['([^'\]]+)'\]")
MOST_CHARACTERS = 200
LONGEST_VALUE = 2000
"""Characters of a value that a call keeps."""


class JsonPath:
    """A way into a JSON document."""

    __slots__ = ("source", "steps")

    def __init__(self, source: str) -> None:
        """Read a path.  Raises ValueError."""
        steps: list[str | int] = []
        at = 1
        if not source.startswith("$") or len(source) > MOST_CHARACTERS:
            raise ValueError(source)
        while at < len(source):
            step = _STEP.match(source, at)
            if step is None:
                raise ValueError(source)
            name, index, quoted, other = step.groups()
            steps.append(int(index) if index is not None else name or quoted or other)
            at = step.end()
        self.source = source
        self.steps = tuple(steps)

    def value(self, document: Any) -> str | None:
        """Give the text, number (as written), yes or no at the end of the path; None when there is none.

        Numbers must have been left as texts by the JSON parser.  Lists and objects are no values.
        """
        for step in self.steps:
            if isinstance(step, int):
                if not isinstance(document, list) or step >= len(document):
                    return None
                document = document[step]
            else:
                if not isinstance(document, dict) or step not in document:
                    return None
                document = document[step]
        if isinstance(document, bool):
            return "yes" if document else "no"
        return document[:LONGEST_VALUE] if isinstance(document, str) else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonPath) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"JsonPath({self.source!r})"


def _path(value: Any) -> Any:
    if isinstance(value, JsonPath):
        return value
    try:
        return JsonPath(value if isinstance(value, str) else "")
    except ValueError:
        raise told(
            "json_path", f'"{str(value)[:40]}" is no path into JSON', "Write one such as $.customer.tier."
        ) from None


PathText = Annotated[
    InstanceOf[JsonPath],
    BeforeValidator(_path),
    WithJsonSchema({"type": "string", "pattern": rf"^\$({_STEP.pattern})*$", "maxLength": MOST_CHARACTERS}),
]
"""A path as an admin writes it."""
