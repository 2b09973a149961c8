"""What a layout does: it recognises a folder, and reads from a file's name what is said and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

import msgspec

from emotion.corpora.utterance import Sex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath


class BadName(ValueError):  # noqa: N818 - named for what is wrong
    """A file's name, or its line in a table, does not say what it should; the message says which part."""


class LeftOut(Exception):  # noqa: N818 - no error
    """A file that is right and not wanted: a song, a video."""


class Recorded(msgspec.Struct, frozen=True):
    """What the layout knows of a file."""

    speaker: str
    """Within the corpus."""
    emotion: str
    language: str
    sex: Sex = ""
    text: str = ""
    corpus: str = ""
    """Where one folder holds several; else empty."""


class Layout(Protocol):
    """One way to arrange a corpus, made for one folder."""

    name: ClassVar[str]
    licence: ClassVar[str]
    """Of the corpus, as its publishers state it."""

    def __init__(self, root: Path) -> None:
        """Take the folder, and read the tables that lie in it.  Raises :class:`BadName`, OSError."""
        ...

    @classmethod
    def fits(cls, root: Path, files: Sequence[PurePosixPath]) -> bool:
        """Tell whether most of these files (paths within ``root``) are named as this layout has it."""
        ...

    def wanted(self, files: Sequence[PurePosixPath]) -> Sequence[PurePosixPath]:
        """Give the files to read, of those found; also those that a table names and that lack."""
        ...

    def read(self, file: PurePosixPath) -> Recorded:
        """Tell what a file is.  Raises :class:`BadName` or :class:`LeftOut`."""
        ...


class ByName:
    """What layouts have in common whose files' names tell everything."""

    def wanted(self, files: Sequence[PurePosixPath]) -> Sequence[PurePosixPath]:
        """Give all of them."""
        return files


def most(hits: int, files: Sequence[PurePosixPath]) -> bool:
    """Tell whether more than half of the files fit: a corpus may hold a file too many."""
    return hits > len(files) / 2


def code(table: dict[str, str], found: str, what: str) -> str:
    """Look a code up.  Raises :class:`BadName`, naming the codes there are."""
    try:
        return table[found]
    except KeyError:
        raise BadName(f"{found!r} is no code of {what}; there are {', '.join(sorted(table))}") from None
