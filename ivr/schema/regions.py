"""The section ``regions``: what a caller's number tells of where they call from."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, RootModel, WithJsonSchema

from callflow.values import told
from ivr.schema.site import NUMBER_PATTERN, normalised


def _prefix(value: str) -> str:
    bare = normalised(value)
    if not bare:
        raise told(
            "prefix", f'"{value[:40]}" is no beginning of a number', "Write digits, such as +8621 or 021."
        )
    return bare


Prefix = Annotated[
    str, AfterValidator(_prefix), WithJsonSchema({"type": "string", "pattern": f"^{NUMBER_PATTERN}$"})
]


class Prefixes(RootModel[tuple[Prefix, ...]]):
    """The beginnings of the numbers of a region."""

    model_config = ConfigDict(frozen=True)

    root: Annotated[tuple[Prefix, ...], Field(min_length=1)]
