"""Records of calls that have ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec

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
from callflow.protocol import Hearing
from records.folds.call_record import CallRecord
from records.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Iterable

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


class RecordInFull(CallRecord, kw_only=True):
    """A call's record with the curves of its listeners."""

    curves: dict[str, dict[str, list[float]]] = msgspec.field(default_factory=dict)
    """Listener → curve → its points; none after their time, or when the caller was erased."""


class RecordRoutes:
    """Handlers."""

    tag: ClassVar[str] = "records"

    def __init__(self, queries: Queries, hearing: Iterable[Hearing]) -> None:
        self._queries = queries
        self._hearing = tuple(hearing)

    @classmethod
    def create(cls, runtime: Runtime) -> RecordRoutes:
        """Make the group."""
        return cls(runtime.require(Queries), runtime.all_of(Hearing))

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
    async def record(self, asked: Asked, call: CallId) -> RecordInFull:  # noqa: ARG002
        """Final when the wrap-up after it is over."""
        record = await self._queries.record(call)
        if record is None:
            raise NO_SUCH_RECORD(f"there is no record of call {call}", where="path.call")
        told = {name: getattr(record, name) for name in CallRecord.__struct_fields__}
        return RecordInFull(**told, curves=self._curves(record))

    def _curves(self, record: CallRecord) -> dict[str, dict[str, list[float]]]:
        found: dict[str, dict[str, list[float]]] = {}
        for listener in record.listening:
            for hearing in self._hearing:
                if curves := hearing.curves(record.subject, record.call, listener):
                    found[listener] = curves
        return found


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _time(at_us: int) -> datetime:
    try:
        return datetime.fromtimestamp(at_us / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise WrongCursor("this cursor is none that the list gave", where="query.cursor") from None
