"""Records of calls that have ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from callflow.api import (
    Asked,
    CallId,
    ErrorKind,
    Moment,
    Page,
    Paging,
    Role,
    WrongCursor,
    opened,
    route,
    sealed,
)
from records.folds.call_record import CallRecord
from records.queries import Queries

if TYPE_CHECKING:
    from callflow.protocol import Runtime

NO_SUCH_RECORD = ErrorKind(
    "no-such-record",
    404,
    "No call of that id has ended.",
    "see /api/v1/records, and /api/v1/calls for those on",
)
_READERS = {Role.SUPERVISOR, Role.INTEGRATION}


class Search(Paging, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which records; all that is given must fit."""

    since: Moment | None = None
    """Calls that arrived at that time or later."""
    until: Moment | None = None
    """Calls that arrived before."""
    queue: str = ""
    """The last queue that the call waited in."""
    agent: str = ""
    """The last agent who talked with the caller."""
    outcome: str = ""
    """completed, abandoned, hung_up_in_menu, …"""


class RecordRoutes:
    """Handlers."""

    tag: ClassVar[str] = "records"

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    @classmethod
    def create(cls, runtime: Runtime) -> RecordRoutes:
        """Make the group."""
        return cls(runtime.require(Queries))

    @route("GET", "/records", "Search the call records", roles=_READERS, errors=[WrongCursor])
    async def records(self, asked: Asked, query: Search) -> Page[CallRecord]:  # noqa: ARG002 - a handler's shape
        """Newest first; calls that end while you page are never given twice."""
        before = None
        if query.cursor:
            at_us, call = opened(query.cursor, int, str)
            before = (_time(at_us), call)
        found = await self._queries.records(
            query.since,
            query.until,
            queue=query.queue or None,
            agent=query.agent or None,
            outcome=query.outcome or None,
            before=before,
            limit=query.limit + 1,
        )
        page = found[: query.limit]
        more = len(found) > len(page)
        return Page(page, sealed(_microseconds(page[-1].arrived_at), page[-1].call) if more else "")

    @route("GET", "/records/{call}", "One call's record", roles=_READERS, errors=[NO_SUCH_RECORD])
    async def record(self, asked: Asked, call: CallId) -> CallRecord:  # noqa: ARG002
        """Final when the wrap-up after it is over."""
        record = await self._queries.record(call)
        if record is None:
            raise NO_SUCH_RECORD(f"there is no record of call {call}", where="path.call")
        return record


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _time(at_us: int) -> datetime:
    try:
        return datetime.fromtimestamp(at_us / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise WrongCursor("this cursor is none that the list gave", where="query.cursor") from None
