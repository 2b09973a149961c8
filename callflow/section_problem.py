"""What a service finds wrong with its section of a dialplan, beyond what the schema of an entry tells."""

from __future__ import annotations

import msgspec


class SectionProblem(msgspec.Struct, frozen=True):
    """Something wrong within an entry of a section."""

    entry: str
    """The entry's name."""
    message: str
    """What is wrong, with no full stop."""
    remedy: str
    """What to do: a sentence."""
    at: tuple[str | int, ...] = ()
    """Keys and indexes that lead to the place within the entry."""
    warning: bool = False
    """Whether the site may go live all the same."""
