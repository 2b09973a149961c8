"""Definitions that a program writes into the site's folder, beside those that the admin writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class WrittenDefinition(msgspec.Struct, frozen=True):
    """A definition in a file of its own."""

    name: str
    file: str
    """Where it is written."""
    version: str
    """Hash of the file: another one means that somebody has changed it."""
    definition: dict[str, Any]
    """As in the site's YAML."""


class DefinitionRefused(Exception):  # noqa: N818 - named for what happened
    """A definition can't go live; nothing was changed.  The message says what is wrong."""

    def __init__(self, message: str, *, where: str, remedy: str = "") -> None:
        super().__init__(message)
        self.where = where
        """A field (``body.hours.mon-fri``), or file, line and column."""
        self.remedy = remedy


class DefinedElsewhere(DefinitionRefused):
    """An admin's own file has it; or an admin has put more into its file, or changed that meanwhile."""


class FolderClosed(DefinitionRefused):
    """The site's folder can't be written, or its files are out of use after a rollback."""


class NotDefined(DefinitionRefused):
    """No file that a program wrote has it."""


@runtime_checkable
class DefinitionBook(Protocol):
    """A service that keeps definitions in the site's folder, and puts the site live with them.

    ``section`` is a :class:`~callflow.protocol.Section`'s name, ``who`` goes on record.
    """

    async def definition(self, section: str, name: str) -> WrittenDefinition:
        """Give one that a program wrote; raises NotDefined."""

    async def define(
        self, section: str, name: str, definition: Mapping[str, Any], who: str, *, version: str = ""
    ) -> WrittenDefinition:
        """Check one as the site's files are, write it, and put the site live.

        ``version``: what was read before it was changed; '' for whatever there is.
        Raises DefinitionRefused, with nothing changed.
        """

    async def undefine(self, section: str, name: str, who: str) -> None:
        """Remove one; raises DefinitionRefused."""
