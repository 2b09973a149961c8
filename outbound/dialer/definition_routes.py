"""Campaigns defined over the HTTP API: each becomes a file of the site's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NoReturn

import msgspec
from msgspec import Meta

from callflow.api import Asked, ErrorKind, Role, route
from callflow.protocol import DefinedElsewhere, DefinitionBook, DefinitionRefused, FolderClosed, NotDefined
from outbound.campaigns.definition import CAMPAIGNS
from outbound.dialer.dialing import DRAINING, RUNNING
from outbound.dialer.service import Campaigns

if TYPE_CHECKING:
    from callflow.protocol import Runtime, WrittenDefinition

CampaignName = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,40}$", description="Names its file, too.")]
_SEES = {Role.SUPERVISOR, Role.INTEGRATION}
_CHANGES = {Role.INTEGRATION}

NOT_DEFINED = ErrorKind(
    "not-defined-here", 404, "No campaign of this name was defined over the API.", "see GET /api/v1/campaigns"
)
DEFINITION_WRONG = ErrorKind(
    "definition-wrong",
    400,
    "The site can't go live with this: `where` is the field, or the place in another file of the site.",
    "see docs/outbound.md for what stands in a campaign",
)
ELSEWHERE = ErrorKind(
    "defined-elsewhere",
    409,
    "A file that the admin wrote or changed defines the campaign: `where` says which.",
    "change it there",
)
FOLDER = ErrorKind(
    "site-folder-closed",
    503,
    "The site's folder can't be written, or its files are out of use after a rollback.",
    "the message says which",
)
DIALS = ErrorKind(
    "campaign-dials", 409, "The campaign runs, or has calls on.", "stop it, and wait until its calls are over"
)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Query of a change."""

    version: Annotated[str, Meta(max_length=40)] = ""
    """The one that was read: refused if the file was changed since.  Empty: whatever there is."""


class DefinitionView(msgspec.Struct, frozen=True):
    """A campaign that was defined over the API."""

    campaign: str
    file: str
    """In the site's folder; it may be read, edited and put under version control."""
    version: str
    definition: dict[str, Any]
    """As an entry of ``campaigns:`` in the site's YAML."""


class DefinitionRoutes:
    """Handlers."""

    tag: ClassVar[str] = "campaigns"

    def __init__(self, service: Campaigns, book: DefinitionBook) -> None:
        self._service = service
        self._book = book

    @classmethod
    def create(cls, runtime: Runtime) -> DefinitionRoutes:
        """Make the group."""
        books = runtime.all_of(DefinitionBook)
        if not books:
            raise LookupError("no part keeps the site's files")
        return cls(runtime.require(Campaigns), books[0])

    @route(
        "GET", "/campaigns/{campaign}/definition", "Show what defines a campaign", roles=_SEES,
        errors=[NOT_DEFINED, ELSEWHERE, FOLDER],
    )  # fmt: skip
    async def definition(self, asked: Asked, campaign: CampaignName) -> DefinitionView:  # noqa: ARG002
        """As its file has it; those of an admin's own files are not given."""
        try:
            return _view(await self._book.definition(CAMPAIGNS.name, campaign))
        except DefinitionRefused as error:
            self._tell(campaign, error)

    @route(
        "PUT", "/campaigns/{campaign}/definition", "Define a campaign", roles=_CHANGES,
        errors=[DEFINITION_WRONG, ELSEWHERE, FOLDER],
    )  # fmt: skip
    async def define(
        self, asked: Asked, campaign: CampaignName, query: Wanted, body: dict[str, Any]
    ) -> DefinitionView:
        """The body is an entry of the site's ``campaigns:`` as JSON, and is checked as the site's files are.

        It is written as a file of the site's folder and live when this answers.  It starts nothing.
        """
        try:
            return _view(
                await self._book.define(CAMPAIGNS.name, campaign, body, asked.by, version=query.version)
            )
        except DefinitionRefused as error:
            self._tell(campaign, error)

    @route(
        "DELETE", "/campaigns/{campaign}/definition", "Remove a campaign", roles=_CHANGES,
        errors=[NOT_DEFINED, DEFINITION_WRONG, ELSEWHERE, FOLDER, DIALS],
    )  # fmt: skip
    async def undefine(self, asked: Asked, campaign: CampaignName) -> None:
        """Its list and its attempts stay.  Refused while it runs or has calls on."""
        state, on = self._service.state(campaign), len(self._service.attempts.on(campaign))
        if campaign in self._service.runs and (state in {RUNNING, DRAINING} or on):
            raise DIALS(f"{campaign} is {state} and has {on} calls on", where=campaign)
        try:
            await self._book.undefine(CAMPAIGNS.name, campaign, asked.by)
        except DefinitionRefused as error:
            self._tell(campaign, error)

    def _tell(self, campaign: str, error: DefinitionRefused) -> NoReturn:
        """Raise the API's error of what was refused."""
        kind = next(kind for of, kind in _KINDS.items() if isinstance(error, of))
        message = str(error)
        if kind is NOT_DEFINED and campaign in self._service.runs:
            message += "; the site has it from a file of the admin's own"
        raise kind(message, where=error.where, remedy=error.remedy) from None


_KINDS: dict[type[DefinitionRefused], ErrorKind] = {
    NotDefined: NOT_DEFINED,
    DefinedElsewhere: ELSEWHERE,
    FolderClosed: FOLDER,
    DefinitionRefused: DEFINITION_WRONG,
}


def _view(found: WrittenDefinition) -> DefinitionView:
    return DefinitionView(found.name, found.file, found.version, found.definition)
