"""Call records as rows of ``call_records`` and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from records import models
from records.folds.call_record import CallRecord, LegHeard, MenuVisit, OfferTried, TransferMade

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

_COLUMNS = tuple(column.name for column in models.call_records.columns)


def row_of(record: CallRecord) -> dict[str, object]:
    """Give the row of a call that has ended."""
    row: dict[str, object] = {name: getattr(record, name) for name in _COLUMNS}
    row["menus"] = msgspec.to_builtins(record.menus)
    row["offers"] = msgspec.to_builtins(record.offers)
    row["transfers"] = msgspec.to_builtins(record.transfers)
    row["quality"] = msgspec.to_builtins(record.quality)
    return row


def record_of(row: RowMapping) -> CallRecord:
    """Give the record that a row holds."""
    values = {name: row[name] for name in _COLUMNS}
    values["menus"] = msgspec.convert(row["menus"], list[MenuVisit])
    values["offers"] = msgspec.convert(row["offers"], list[OfferTried])
    values["transfers"] = msgspec.convert(row["transfers"], list[TransferMade])
    values["quality"] = msgspec.convert(row["quality"], list[LegHeard])
    return CallRecord(**values)
