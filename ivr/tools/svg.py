"""A chart drawn as SVG, by no other program."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ivr.tools.layout import BACK, INDENT_PX, PAD_PX, ROW_PX, TITLE_PX, place, row_y

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.tools.chart import Box, Chart
    from ivr.tools.layout import Line, Picture, Placed

_MARGIN = 24
_HEAD = 34
_STYLE = """
text { font: 12px "Noto Sans", "Noto Sans CJK SC", "DejaVu Sans", Arial, sans-serif; fill: #1d2733 }
.head { font-size: 15px; font-weight: 600 }
.title { font-weight: 600; fill: #fff }
.way { fill: #1f5f99 }
.back { fill: #8a5a00 }
.box { fill: #fff; stroke: #35506b; stroke-width: 1.2 }
.bar { fill: #35506b }
.number { fill: #e6f2e6; stroke: #3d7a4a; stroke-width: 1.2 }
.line { fill: none; stroke: #7b94ad; stroke-width: 1.4 }
"""


def svg(chart: Chart) -> str:
    """Draw a chart."""
    picture = place(chart)
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN + _HEAD
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
            f' viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
            f"<title>{escape(chart.title)}</title>",
            f"<style>{_STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
            ' orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#7b94ad"/></marker></defs>',
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="#f7f9fb"/>',
            f'<text class="head" x="{_MARGIN}" y="{_MARGIN + 8}">{escape(chart.title)}, version'
            f" {escape(chart.version)}</text>",
            f'<g transform="translate({_MARGIN} {_MARGIN + _HEAD})">',
            *(_line(line) for line in picture.lines),
            *_numbers(chart, picture),
            *(part for box in chart.boxes.values() for part in _box(box, picture)),
            "</g>",
            "</svg>",
            "",
        ]
    )


def _line(line: Line) -> str:
    (x, y), *rest = line.points
    path = [f"M{x:.1f} {y:.1f}"]
    for number, (to_x, to_y) in enumerate(rest):
        # between columns an arrow bends; through one, every second piece, it runs straight
        if number % 2 == 0:
            middle = (x + to_x) / 2
            path.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        else:
            path.append(f"L{to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return f'<path class="line" d="{" ".join(path)}" marker-end="url(#tip)"/>'


def _numbers(chart: Chart, picture: Picture) -> Iterator[str]:
    for placed, (number, _) in zip(picture.entries, chart.entries, strict=True):
        yield _rectangle("number", placed, placed.height / 2)
        yield _text("", placed.x + 14, placed.y + TITLE_PX / 2, f"☎ {number}")


def _box(box: Box, picture: Picture) -> Iterator[str]:
    placed = picture.boxes[box.name]
    yield f'<g id="{escape(box.name)}">'
    yield _rectangle("box", placed, 4)
    yield (
        f'<path class="bar" d="M{placed.x:.1f} {placed.y + TITLE_PX - 4:.1f} v{8 - TITLE_PX} q0 -4 4 -4'
        f' h{placed.width - 8:.1f} q4 0 4 4 v{TITLE_PX - 8} z"/>'
    )
    yield _text("title", placed.x + PAD_PX, placed.y + TITLE_PX / 2 - 2, box.name)
    for index, row in enumerate(box.rows):
        back = (box.name, index) in picture.backward
        shown = _text(
            "back" if back else "way" if row.to else "",
            placed.x + PAD_PX + row.depth * INDENT_PX,
            row_y(placed, index),
            f"{row.text}{BACK}" if back else row.text,
        )
        yield f'<a href="#{escape(row.to)}">{shown}</a>' if row.to else shown
    yield "</g>"


def _rectangle(kind: str, placed: Placed, radius: float) -> str:
    return (
        f'<rect class="{kind}" x="{placed.x:.1f}" y="{placed.y:.1f}" width="{placed.width:.1f}"'
        f' height="{placed.height:.1f}" rx="{radius:g}"/>'
    )


def _text(kind: str, x: float, y: float, text: str) -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text{shown} x="{x:.1f}" y="{y + ROW_PX * 0.23:.1f}" xml:space="preserve">{escape(text)}</text>'
