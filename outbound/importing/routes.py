"""Lists and do-not-call lists as files over the HTTP API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
import phonenumbers
from msgspec import Meta

from callflow.api import (
    WRONG_FIELD,
    Asked,
    ErrorKind,
    Page,
    Paging,
    Role,
    WrongCursor,
    cut,
    opened,
    route,
    sealed,
)
from outbound.dialer.books import BooksError
from outbound.dialer.routes import NO_BOOKS
from outbound.dialer.service import STOPPED, Campaigns
from outbound.importing.folder import ID_PATTERN, Import, Kind, Stand
from outbound.importing.service import ListImports, TooManyWaiting
from outbound.importing.upload import MOST_BYTES, TYPES, TooMuchError, UploadError
from outbound.leads.csv_list import ListError, columns_of
from outbound.leads.lead import Refused
from outbound.store.leads import counts
from outbound.store.lists import lists
from outbound.store.opened import StoreError
from records.errors import DatabaseError

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from outbound.store.opened import OutboundStore

ListName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,40}$", description="Campaigns name it as their list.")
]
ImportId = Annotated[str, Meta(pattern=ID_PATTERN, description="As the import's begin gave it.")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
_WRITES = {Role.INTEGRATION}
_READS = {Role.SUPERVISOR, Role.INTEGRATION}

NO_LIST = ErrorKind("no-such-list", 404, "There is no list of this name.", "see GET /api/v1/lists")
NO_IMPORT = ErrorKind(
    "no-such-import", 404, "There is no such import of this list (any more: the latest 100 are kept).",
    "see GET /api/v1/lists/{list}/imports",
)  # fmt: skip
NO_FILE = ErrorKind(
    "no-file", 400, "The body is no file.", "send the CSV as text/csv, or as the field file of a form"
)
TOO_LARGE_FILE = ErrorKind(
    "too-large-file", 413, f"The file is larger than {MOST_BYTES // 1024**2} MiB.",
    "split it under several names, or use: ringhall campaigns import",
)  # fmt: skip
IMPORTS_WAIT = ErrorKind(
    "imports-wait", 409, "So many files wait to be taken in that no other is.", "try again when one is done"
)
NO_ROOM = ErrorKind(
    "no-room", 507, "The file can't be kept on the server's disk.", "make room in the server's home folder"
)
LIST_IN_USE = ErrorKind(
    "list-in-use", 409, "A campaign that is not stopped calls the list.", "stop the campaign first"
)
_OF_UPLOADS = (NO_FILE, TOO_LARGE_FILE, IMPORTS_WAIT, NO_ROOM)


class FileAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a file is read."""

    home: Country
    """Country of numbers without an international prefix."""
    encoding: Annotated[str, Meta(max_length=40)] = ""
    """If it is not UTF-8: cp1252, gb18030."""
    file: Annotated[str, Meta(max_length=200)] = "upload.csv"
    """What the file is called in what is told of it."""


class ListFileAsked(FileAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a list is read."""

    countries: Annotated[str, Meta(max_length=400)] = ""
    """Whose numbers are wanted, if not home's alone: GB,IE."""
    consent: Annotated[str, Meta(max_length=200)] = ""
    """Where the consent of lines comes from that do not say."""
    columns: Annotated[str, Meta(max_length=1000)] = ""
    """What columns are whose names do not say: number=Handy,name=Kunde."""


class NumbersFileAsked(FileAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a file of numbers is read."""

    campaign: Annotated[str, Meta(max_length=80)] = ""
    """For the list of this campaign; empty: the whole site's."""


class ImportView(msgspec.Struct, frozen=True):
    """One import.  Times in Unix seconds."""

    id: str
    name: str
    """Of the list; of a do-not-call list the campaign, empty for the site's."""
    file: str
    by: str
    at: float
    state: Stand
    """waiting, running, done, failed, broken_off (the server stopped)."""
    why: str
    """What came in the way, and what would do."""
    version: str
    """That the list has when it is done."""
    good: int
    """Lines taken so far."""
    refused: int
    ended_at: float
    """0 while it is on."""


class ImportPage(msgspec.Struct, frozen=True):
    """An import, and some of the lines that were refused."""

    progress: ImportView
    items: list[Refused]
    """In the file's order; the first 100,000 are kept."""
    next: str = ""
    """Ask again with this ``cursor`` for what follows; empty at the end, and while it is on: so far."""


class ListView(msgspec.Struct, frozen=True):
    """A list as it is dialled."""

    name: str
    version: str
    imported_at: float
    """Unix seconds."""
    file: str
    home: str
    good: int
    refused: int
    open: int
    """Leads that may be called yet."""
    due: int
    """Those of them whose time has come."""
    over: dict[str, int]
    """Outcome (empty: by a rule) → leads that are called no more."""


class ListRoutes:
    """Handlers."""

    tag: ClassVar[str] = "lists"

    def __init__(self, imports: ListImports, campaigns: Campaigns) -> None:
        self._imports = imports
        self._campaigns = campaigns

    @classmethod
    def create(cls, runtime: Runtime) -> ListRoutes:
        """Make the group."""
        return cls(runtime.require(ListImports), runtime.require(Campaigns))

    @route("GET", "/lists", "Lists of people to call", roles=_READS, errors=[NO_BOOKS, WrongCursor])
    async def lists(self, asked: Asked, query: Paging) -> Page[ListView]:  # noqa: ARG002 - a handler's shape
        """By name, with how many of their leads are open, due and over."""

        store = self._campaigns.books.store
        try:
            found = await asyncio.to_thread(_views, store)  # counting must not hold up who is to be dialled
        except (DatabaseError, StoreError) as error:
            raise NO_BOOKS(str(error), where="lists") from None
        return cut(found, query, lambda one: one.name)

    @route(
        "DELETE",
        "/lists/{list_name}",
        "Delete a list",
        roles=_WRITES,
        errors=[NO_LIST, LIST_IN_USE, NO_BOOKS],
    )
    async def delete(self, asked: Asked, list_name: ListName) -> None:  # noqa: ARG002
        """With its leads; attempts and do-not-call lists stay.  An import of it ends."""
        for run in self._campaigns.runs.values():
            if run.definition.list == list_name and self._campaigns.state(run.name) != STOPPED:
                raise LIST_IN_USE(f"{run.name} is {self._campaigns.state(run.name)}", where=list_name)
        try:
            if not await self._imports.delete(list_name):
                raise NO_LIST(f"there is no list {list_name!r}", where=list_name)
        except BooksError as error:
            raise NO_BOOKS(str(error), where=list_name) from None

    @route(
        "POST", "/lists/{list_name}/import", "Import a list", roles=_WRITES, errors=_OF_UPLOADS, status=202,
        takes=TYPES,
    )  # fmt: skip
    async def import_list(self, asked: Asked, list_name: ListName, query: ListFileAsked) -> ImportView:
        """Make a CSV file the list of this name; as ``ringhall campaigns import``, and by the same code.

        It goes on after the answer.  Nothing of it is dialled before all is in, and the list stays as it was
        until then.
        """
        try:
            columns = columns_of(query.columns)
        except ListError as error:
            raise WRONG_FIELD(str(error), where="query.columns") from None
        wanted = self._new(asked, query, "list", list_name, _countries(query.home, query.countries))
        return await self._take(
            asked, msgspec.structs.replace(wanted, consent=query.consent, columns=columns)
        )

    @route("GET", "/lists/{list_name}/imports", "Imports of a list", roles=_READS, errors=[WrongCursor])
    async def imports(self, asked: Asked, list_name: ListName, query: Paging) -> Page[ImportView]:  # noqa: ARG002
        """As far as they are remembered, the oldest first."""
        found = await self._imports.all("list", list_name)
        return cut([_view(one) for one in found], query, lambda one: one.id)

    @route(
        "GET", "/lists/{list_name}/imports/{import_id}", "How an import stands", roles=_READS,
        errors=[NO_IMPORT, WrongCursor],
    )  # fmt: skip
    async def import_of_list(
        self,
        asked: Asked,  # noqa: ARG002
        list_name: ListName,
        import_id: ImportId,
        query: Paging,
    ) -> ImportPage:
        """With the lines that were refused, and why: the reasons show no number."""
        return await self._page("list", list_name, import_id, query)

    @route(
        "POST", "/do-not-call/import", "Import a do-not-call list", roles=_WRITES, errors=_OF_UPLOADS,
        status=202, takes=TYPES,
    )  # fmt: skip
    async def import_numbers(self, asked: Asked, query: NumbersFileAsked) -> ImportView:
        """Add a file's numbers: a number a line, or CSV; of whatever country.  Who is on it stays on it.

        Lines count as they are read.  What can't be called at all is refused: it needs no list.
        """
        wanted = self._new(asked, query, "do_not_call", query.campaign, _countries(query.home, ""))
        return await self._take(asked, wanted)

    @route(
        "GET", "/do-not-call/imports/{import_id}", "How an import of numbers stands", roles=_READS,
        errors=[NO_IMPORT, WrongCursor],
    )  # fmt: skip
    async def import_of_numbers(self, asked: Asked, import_id: ImportId, query: Paging) -> ImportPage:  # noqa: ARG002
        """With the lines that were refused, and why."""
        return await self._page("do_not_call", None, import_id, query)

    def _new(self, asked: Asked, query: FileAsked, kind: Kind, name: str, countries: list[str]) -> Import:
        identity, now = self._imports.new()
        return Import(
            id=identity, kind=kind, name=name, file=query.file, home=query.home, countries=countries,
            encoding=query.encoding, by=asked.by, at=now,
        )  # fmt: skip

    async def _take(self, asked: Asked, wanted: Import) -> ImportView:
        try:
            return _view(await self._imports.take(wanted, asked.raw))
        except TooManyWaiting as error:
            raise IMPORTS_WAIT(str(error), where=wanted.name or "do-not-call") from None
        except UploadError as error:
            raise NO_FILE(str(error), where="body") from None
        except TooMuchError as error:
            raise TOO_LARGE_FILE(str(error), where="body") from None
        except OSError as error:
            raise NO_ROOM(f"the file can't be kept: {error.strerror}", where="body") from None

    async def _page(self, kind: str, name: str | None, import_id: str, query: Paging) -> ImportPage:
        folder = self._imports.folder(import_id)
        after = opened(query.cursor, int)[0] if query.cursor else 0
        if after < 0:
            raise WrongCursor("this cursor is none that the list gave", where="query.cursor")
        found = await asyncio.to_thread(folder.read)
        if found is None or found.kind != kind or name not in {None, found.name}:
            raise NO_IMPORT(f"there is no import {import_id}", where=import_id)
        items, place = await asyncio.to_thread(folder.refused, after, query.limit)
        return ImportPage(_view(found), items, sealed(place) if place else "")


def _views(store: OutboundStore) -> list[ListView]:
    return [
        msgspec.convert(msgspec.to_builtins(row) | counts(store, row.name), ListView) for row in lists(store)
    ]


def _view(one: Import) -> ImportView:
    return ImportView(**{name: getattr(one, name) for name in ImportView.__struct_fields__})


def _countries(home: str, more: str) -> list[str]:
    wanted = [home, *(country.strip().upper() for country in more.split(",") if country.strip())]
    unknown = sorted(set(wanted) - set(phonenumbers.SUPPORTED_REGIONS))
    if unknown:
        where = "query.home" if home in unknown else "query.countries"
        raise WRONG_FIELD(f"{', '.join(unknown)}: no such country", where=where, remedy="write GB, DE, CN")
    return wanted
