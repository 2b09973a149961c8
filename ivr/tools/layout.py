"""Where the boxes of a chart stand and how its arrows run: columns from left to right, few crossings.

The layered method of Sugiyama, Tagawa and Toda (1981): an arrow that passes a column takes a place in it,
and each column is put in the order of its neighbours' middles, to and fro.  Units are pixels.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Union

import msgspec

from ivr.tools.chart import columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.tools.chart import Box, Chart, Row

ROW_PX = 18
TITLE_PX = 26
INDENT_PX = 12
PAD_PX = 10
BETWEEN_COLUMNS_PX = 90
BETWEEN_BOXES_PX = 26
LANE_PX = 10
COLUMN_PX = 7.3
"""Width of one column of text."""
BACK = " (back)"
_SWEEPS = 8

Point = tuple[float, float]
Slot = Union[str, "Lane"]


class Lane(msgspec.Struct, frozen=True):
    """The place of an arrow in a column that it only passes."""

    arrow: int
    rank: int


class Placed(msgspec.Struct, frozen=True):
    """A box in its place."""

    x: float
    y: float
    width: float
    height: float


class Line(msgspec.Struct, frozen=True):
    """An arrow's way through the picture."""

    points: tuple[Point, ...]


class Picture(msgspec.Struct, frozen=True):
    """Everything placed."""

    width: float
    height: float
    entries: tuple[Placed, ...]
    boxes: dict[str, Placed]
    lines: tuple[Line, ...]
    backward: frozenset[tuple[str, int]]
    """(menu, row) of arrows that lead back to the left: named, not drawn."""


def width_of(box: Box) -> float:
    """Give a box's width."""
    texts = [columns(box.name) * COLUMN_PX * 1.15]
    texts += [row.depth * INDENT_PX + (columns(row.text) + room(row)) * COLUMN_PX for row in box.rows]
    return max(120.0, max(texts) + 2 * PAD_PX)


def room(row: Row) -> int:
    """Give the columns beside a row's text for the word that an arrow leads back."""
    return len(BACK) if row.to else 0


def height_of(box: Box) -> float:
    """Give a box's height."""
    return TITLE_PX + ROW_PX * len(box.rows) + PAD_PX


def row_y(placed: Placed, row: int) -> float:
    """Give the height of the middle of a row."""
    return placed.y + TITLE_PX + ROW_PX * (row + 0.5)


def place(chart: Chart) -> Picture:
    """Place everything."""
    return _Layout(chart).picture()


class _Layout:
    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._ranks = chart.ranks()
        everything = list(chart.arrows())
        self._arrows = [one for one in everything if self._ranks[one[2]] > self._ranks[one[0]]]
        self._backward = frozenset(
            (menu, row) for menu, row, to in everything if self._ranks[to] <= self._ranks[menu]
        )
        self._columns = self._filled()
        self._neighbours = self._linked()

    def picture(self) -> Picture:
        self._order()
        entry_width = max((columns(number) * COLUMN_PX + 44 for number, _ in self._chart.entries), default=0)
        boxes: dict[str, Placed] = {}
        lanes: dict[Lane, Point] = {}
        x = entry_width + BETWEEN_COLUMNS_PX
        height = 0.0
        for column in self._columns:
            width = max(
                (width_of(self._chart.boxes[one]) for one in column if isinstance(one, str)), default=0
            )
            y = 0.0
            for slot in column:
                if isinstance(slot, Lane):
                    lanes[slot] = (x, y + LANE_PX / 2)
                    y += LANE_PX
                else:
                    box = self._chart.boxes[slot]
                    boxes[slot] = Placed(x, y, width_of(box), height_of(box))
                    y += height_of(box) + BETWEEN_BOXES_PX
            height = max(height, y)
            lanes.update({lane: (x, lanes[lane][1]) for lane in column if isinstance(lane, Lane)})
            x += width + BETWEEN_COLUMNS_PX
        entries = self._entries(boxes, entry_width)
        lines = [*self._entry_lines(entries, boxes), *self._lines(boxes, lanes)]
        height = max([height, *(one.y + one.height for one in entries)])
        return Picture(x - BETWEEN_COLUMNS_PX, height, tuple(entries), boxes, tuple(lines), self._backward)

    # ── columns ──────────────────────────────────────────────────────────────────────────────────

    def _filled(self) -> list[list[Slot]]:
        filled: list[list[Slot]] = [[] for _ in range(max(self._ranks.values(), default=-1) + 1)]
        for name in self._chart.boxes:
            filled[self._ranks[name]].append(name)
        for number, (source, _, to) in enumerate(self._arrows):
            for rank in range(self._ranks[source] + 1, self._ranks[to]):
                filled[rank].append(Lane(number, rank))
        return filled

    def _linked(self) -> dict[Slot, list[tuple[Slot, float]]]:
        """Give each slot's neighbours in the columns beside it, and how far down in them the arrow ends."""
        linked: dict[Slot, list[tuple[Slot, float]]] = {}
        for number, (source, row, to) in enumerate(self._arrows):
            way: list[Slot] = [
                source,
                *(Lane(number, rank) for rank in range(self._ranks[source] + 1, self._ranks[to])),
                to,
            ]
            rows = max(1, len(self._chart.boxes[source].rows))
            for left, right in pairwise(way):
                linked.setdefault(right, []).append((left, row / rows if left == source else 0.5))
                linked.setdefault(left, []).append((right, 0.0))
        return linked

    def _order(self) -> None:
        ranked = [{slot: float(index) for index, slot in enumerate(column)} for column in self._columns]
        for sweep in range(_SWEEPS):
            forward = sweep % 2 == 0
            for rank in range(len(self._columns)) if forward else reversed(range(len(self._columns))):
                beside = rank - 1 if forward else rank + 1
                if not 0 <= beside < len(self._columns):
                    continue
                middles = {
                    slot: self._middle(slot, ranked[beside], ranked[rank]) for slot in self._columns[rank]
                }
                self._columns[rank].sort(key=lambda slot: middles[slot])
                ranked[rank] = {slot: float(index) for index, slot in enumerate(self._columns[rank])}

    def _middle(self, slot: Slot, beside: dict[Slot, float], here: dict[Slot, float]) -> float:
        found = [beside[other] + part for other, part in self._neighbours.get(slot, ()) if other in beside]
        return sum(found) / len(found) if found else here[slot]

    # ── arrows ───────────────────────────────────────────────────────────────────────────────────

    def _entries(self, boxes: dict[str, Placed], width: float) -> list[Placed]:
        """Put each number beside its menu, below the number before it."""
        found: list[Placed] = []
        lowest: dict[str, float] = {}
        end = 0.0
        order = sorted(range(len(self._chart.entries)), key=lambda one: boxes[self._chart.entries[one][1]].y)
        placed: dict[int, Placed] = {}
        for index in order:
            box = boxes[self._chart.entries[index][1]]
            y = max(end, lowest.get(self._chart.entries[index][1], box.y))
            placed[index] = Placed(0, y, width, TITLE_PX)
            end = y + TITLE_PX + 8
        found.extend(placed[index] for index in range(len(self._chart.entries)))
        return found

    def _entry_lines(self, entries: Iterable[Placed], boxes: dict[str, Placed]) -> Iterable[Line]:
        for placed, (_, menu) in zip(entries, self._chart.entries, strict=True):
            start = (placed.x + placed.width, placed.y + placed.height / 2)
            yield Line((start, (boxes[menu].x, boxes[menu].y + TITLE_PX / 2)))

    def _lines(self, boxes: dict[str, Placed], lanes: dict[Lane, Point]) -> Iterable[Line]:
        ends = self._column_ends(boxes)
        for number, (source, row, to) in enumerate(self._arrows):
            from_box, to_box = boxes[source], boxes[to]
            points: list[Point] = [(from_box.x + from_box.width, row_y(from_box, row))]
            for rank in range(self._ranks[source] + 1, self._ranks[to]):
                x, y = lanes[Lane(number, rank)]
                points += [(x, y), (ends[rank], y)]
            points.append((to_box.x, to_box.y + TITLE_PX / 2))
            yield Line(tuple(points))

    def _column_ends(self, boxes: dict[str, Placed]) -> dict[int, float]:
        ends: dict[int, float] = {}
        for name, placed in boxes.items():
            rank = self._ranks[name]
            ends[rank] = max(ends.get(rank, 0.0), placed.x + placed.width)
        return ends
