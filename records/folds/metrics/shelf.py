"""Rows of counters by quarter hour: the last ones may change, older ones are final; old ones leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from records.folds.metrics.counters import Counters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

KEPT_SLOTS = 101
"""Quarter hours that are kept: a day of 25 hours, and the present one."""

HOT_SLOTS = 4
"""Rows of older quarter hours never change: what still comes is counted in further rows, of late facts."""

Rows = dict[str, Counters]
"""``DIMENSION NAME`` → counters, of one quarter hour."""


class Shelf:
    """Makes rows as they are asked for."""

    def __init__(
        self,
        kept: int,
        on_cold: Callable[[int, Rows], None] | None,
        on_dropped: Callable[[int, Rows], None] | None,
    ) -> None:
        """Both are given rows of a quarter hour, those of late facts apart: all rows come, each once.

        ``on_cold``: when they can't change any more; ``on_dropped``: when they are no longer kept.
        """
        self.slots: dict[int, Rows] = {}
        self.late: dict[int, Rows] = {}
        """Rows of late facts, beside the cold ones."""
        self.newest = 0
        self.cold = 0
        """Quarter hours before this one are cold."""
        self._encoded: dict[int, msgspec.Raw] = {}
        """Quarter hours that have not changed since they were encoded: most of a day's are over for good."""
        self._kept = kept
        self._on_cold, self._on_dropped = on_cold, on_dropped

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def rows_of(self, slot: int) -> Iterator[Rows]:
        """Give the rows of a quarter hour: none, one or two sets of them, to be added up."""
        for source in (self.slots, self.late):
            if slot in source:
                yield source[slot]

    def may_change(self, slot: int, rows: Rows) -> bool:
        """Tell whether such rows are not final: of the last quarter hours, or of late facts."""
        return slot >= self.cold or rows is self.late.get(slot)

    def changing(self) -> Iterator[Rows]:
        """Give all rows that are not final."""
        for slot in self.slots.keys() | self.late.keys():
            yield from (rows for rows in self.rows_of(slot) if self.may_change(slot, rows))

    # ── counting ─────────────────────────────────────────────────────────────────────────────────

    def row(self, slot: int, name: str) -> Counters:
        """Give a row to count in; made when there is none."""
        source = self.late if slot < self.cold else self.slots
        if slot in self._encoded and source is self.slots:
            del self._encoded[slot]
        rows = source.get(slot)
        if rows is None:
            rows = source[slot] = {}
        row = rows.get(name)
        if row is None:
            row = rows[name] = Counters()
        return row

    def rows(self, names: Mapping[str, int]) -> Iterator[Counters]:
        """Give several rows, by name → quarter hour."""
        return (self.row(slot, name) for name, slot in names.items())

    def reach(self, slot: int) -> int:
        """Go on to a quarter hour; gives the oldest one that is kept if it is a new one, else 0."""
        if slot <= self.newest:
            return 0
        self.newest = slot
        before, self.cold = self.cold, slot - HOT_SLOTS + 1
        if self._on_cold is not None:
            for old in sorted(self.slots):
                if before <= old < self.cold:
                    self._on_cold(old, self.slots[old])
        oldest = slot - self._kept + 1
        self._drop([old for old in self.slots.keys() | self.late.keys() if old < oldest])
        return oldest

    def drop_all(self) -> None:
        """Give away every quarter hour."""
        self._drop(list(self.slots.keys() | self.late.keys()))

    def _drop(self, slots: list[int]) -> None:
        for slot in slots:
            self._encoded.pop(slot, None)
            late = self.late.pop(slot, None)
            if late is not None and self._on_cold is not None:
                self._on_cold(slot, late)
            for rows in (self.slots.pop(slot, None), late):
                if rows is not None and self._on_dropped is not None:
                    self._on_dropped(slot, rows)

    # ── snapshots ────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> dict[str, Any]:
        """Give the rows as data for msgspec's JSON."""
        for slot, rows in self.slots.items():
            if slot not in self._encoded:
                self._encoded[slot] = msgspec.Raw(msgspec.json.encode(rows))
        slots = {str(slot): raw for slot, raw in self._encoded.items()}
        return {
            "slots": slots,
            "late": {str(slot): msgspec.to_builtins(rows) for slot, rows in self.late.items()},
        }

    def restore(self, state: Any, *, newest: int, cold: int) -> None:
        """Take a snapshot's rows."""
        self.newest, self.cold = newest, cold
        self.slots = msgspec.convert(state["slots"], dict[int, Rows], str_keys=True)
        self.late = msgspec.convert(state["late"], dict[int, Rows], str_keys=True)
        self._encoded = {}
