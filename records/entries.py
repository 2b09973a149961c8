"""An entry on its way from ``append`` to the database, and events as bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from records import models
from records.events import AnyEvent, Recorded
from records.frames import Kind, pack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from records.events import Event

ENVELOPE = tuple(
    models.events.c[name] for name in ("stream", "seq", "epoch", "at_us", "site", "node", "body")
)
"""The columns that give an event back, as :func:`recorded_of` takes them."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode_event(event: Event) -> bytes:
    """Give an event as JSON, its type under ``type``."""
    return _encoder.encode(event)


def decode_event(body: bytes | str) -> AnyEvent:
    """Read an event; raises msgspec.ValidationError for a type or form that this version does not know."""
    return _decoder.decode(body)


def microseconds(steady: float) -> int:
    """Turn Unix seconds into whole microseconds, the precision that the log keeps."""
    return round(steady * 1_000_000)


def utc_of(at_us: int) -> datetime:
    """Turn microseconds since 1970 into an aware UTC time."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC)


class _Columns(msgspec.Struct):
    """What the table of events holds beside the body."""

    type: str
    call: str | None = None
    agent: str | None = None
    queue: str | None = None


_columns = msgspec.json.Decoder(_Columns)


def event_row(stream: str, entry: Entry) -> dict[str, object]:
    """Give an event as a row of the table ``events``, also one of a type that this version does not know."""
    columns = _columns.decode(entry.body)
    return {
        "stream": stream,
        "seq": entry.seq,
        "epoch": entry.epoch,
        "at_us": entry.at_us,
        "site": entry.site,
        "node": entry.node,
        "type": columns.type,
        "call": columns.call or None,
        "agent": columns.agent or None,
        "queue": columns.queue or None,
        "body": entry.body.decode(),
    }


def recorded_of(row: Sequence[Any]) -> Recorded | None:
    """Give the event of a row of ``ENVELOPE``; None for one of a kind that this version does not know."""
    # by place: by name takes half as long again, and millions come this way at a restart
    stream, seq, epoch, at_us, site, node, body = row
    try:
        event = decode_event(body)
    except msgspec.MsgspecError:
        return None
    return Recorded(site=site, node=node, stream=stream, seq=seq, epoch=epoch, at=utc_of(at_us), event=event)


class Entry:
    """One thing to be written: an event, or a change in the vault."""

    __slots__ = ("_recorded", "at_us", "body", "entry", "epoch", "journaled", "kind", "node", "seq", "site")

    def __init__(
        self,
        *,
        kind: Kind,
        entry: int,
        seq: int,
        epoch: int,
        at_us: int,
        body: bytes,
        site: str,
        node: str,
        recorded: Recorded | None = None,
        journaled: bool = True,
    ) -> None:
        self.kind = kind
        self.entry = entry
        """Place in the journal, counted over all kinds of entries."""
        self.seq = seq
        self.epoch = epoch
        self.at_us = at_us
        self.body = body
        self.site = site
        self.node = node
        self._recorded = recorded
        self.journaled = journaled
        """False while the journal can't be written: then memory alone holds it."""

    def frame(self) -> bytes:
        """Give the entry as the journal holds it."""
        return pack(self.kind, self.entry, self.seq, self.at_us, self.body)

    def recorded(self, stream: str) -> Recorded:
        """Give the event in its envelope; raises msgspec.ValidationError (see :func:`decode_event`)."""
        if self._recorded is None:
            self._recorded = Recorded(
                site=self.site,
                node=self.node,
                stream=stream,
                seq=self.seq,
                epoch=self.epoch,
                at=utc_of(self.at_us),
                event=decode_event(self.body),
            )
        return self._recorded
