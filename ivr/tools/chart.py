"""A site as a chart: a box a menu, in it its steps as they are written, and where each way out leads."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from ivr.steps import StageStep
from ivr.tools.source_lines import SourceLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.load import Source
    from ivr.steps import Site, Step, Way

LONGEST_TEXT = 44
"""Characters of a row's text."""


class Row(msgspec.Struct, frozen=True):
    """A line in a menu's box: a step, or one of its ways out."""

    text: str
    depth: int = 0
    """How far it is indented: the ways of a step stand below it, steps written on the spot below those."""
    to: str = ""
    """Menu that it leads to."""


class Box(msgspec.Struct, frozen=True):
    """A menu."""

    name: str
    rows: tuple[Row, ...]


class Chart(msgspec.Struct, frozen=True):
    """A site's numbers and menus."""

    title: str
    version: str
    entries: tuple[tuple[str, str], ...]
    """Number → menu."""
    boxes: dict[str, Box]

    def arrows(self) -> Iterator[tuple[str, int, str]]:
        """Give (menu, index of the row, menu that it leads to)."""
        for box in self.boxes.values():
            for index, row in enumerate(box.rows):
                if row.to in self.boxes:
                    yield box.name, index, row.to

    def ranks(self) -> dict[str, int]:
        """Give each menu's distance from the nearest number, in steps from menu to menu; from 0."""
        leads: dict[str, list[str]] = {}
        for source, _, to in self.arrows():
            leads.setdefault(source, []).append(to)
        ranks: dict[str, int] = {}
        ahead = deque((menu, 0) for _, menu in self.entries if menu in self.boxes)
        while ahead:
            menu, rank = ahead.popleft()
            if menu not in ranks:
                ranks[menu] = rank
                ahead.extend((to, rank + 1) for to in leads.get(menu, ()))
        for menu in self.boxes:
            ranks.setdefault(menu, 0)
        return ranks


def chart_of(site: Site, sources: Iterable[Source], language: str = "") -> Chart:
    """Make the chart of a site, with its prompts in ``language`` (else in the site's first)."""
    lines = SourceLines(sources, language or site.languages[0])
    boxes = {name: Box(name, tuple(_rows(site, lines, name, 0))) for name in site.blocks if "/" not in name}
    return Chart(site.name, site.version, tuple(site.numbers.items()), boxes)


def _rows(site: Site, lines: SourceLines, block: str, depth: int) -> Iterator[Row]:
    for step in site.blocks[block].steps:
        ways = list(_grouped(step))
        text = shortened(lines.said(step))
        if len(ways) == 1 and ways[0][0] == "" and "/" not in ways[0][1]:
            yield Row(text, depth, ways[0][1])
            continue
        yield Row(text, depth)
        for change in _changes(site, step):
            yield Row(shortened(change), depth + 1)
        for label, to in ways:
            if "/" in to:
                yield Row(f"{label}:", depth + 1)
                yield from _rows(site, lines, to, depth + 2)
            else:
                yield Row(f"{label} → {to}", depth + 1, to)


def _changes(site: Site, step: Step) -> Iterable[str]:
    """Give what becomes of a call while a stage has it, as the definition that the step names tells."""
    named = getattr(step.step, step.name, None) if isinstance(step, StageStep) else None
    if isinstance(named, str):
        for definitions in site.sections.values():
            changes = getattr(definitions.get(named), "changes_while_waiting", None)
            if changes is not None:
                return list(changes)
    return ()


def _grouped(step: Step) -> Iterator[tuple[str, str]]:
    """Give the ways that lead elsewhere, those to the same menu together."""
    together: dict[str, list[Way]] = {}
    for way in step.ways():
        if way.to:
            together.setdefault(way.to, []).append(way)
    for to, ways in together.items():
        yield ", ".join(way.label for way in ways), to


def shortened(text: str, most: int = LONGEST_TEXT) -> str:
    """Cut a text to ``most`` columns; a Chinese character takes two."""
    if columns(text) <= most:
        return text
    kept = ""
    for character in text:
        if columns(kept) + columns(character) >= most:
            break
        kept += character
    return f"{kept.rstrip()}…"


def columns(text: str) -> int:
    """Give the width of a text, in columns of a terminal."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
