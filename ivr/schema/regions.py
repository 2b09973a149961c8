"""The section ``regions``: what a caller's number tells of where they call from."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, RootModel

from callflow.values import told
from ivr.schema.site import normalised


def _prefix(value: str) -> str:
    bare = normalised(value)
    if not bare:
        raise told(
            "prefix", f'"{value[:40]}" is no beginning of a number', "Write digits, such as +8621 or 021."
        )
    return bare


class Prefixes(RootModel[tuple[Annotated[str, AfterValidator(_prefix)], ...]]):
    """The beginnings of the numbers of a region."""

    model_config = ConfigDict(frozen=True)

    root: Annotated[tuple[Annotated[str, AfterValidator(_prefix)], ...], Field(min_length=1)]
