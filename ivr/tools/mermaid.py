"""A chart as Mermaid text, which many wikis, editors and code hosts draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.tools.chart import Box, Chart


def mermaid(chart: Chart) -> str:
    """Write a chart as a Mermaid flowchart."""
    return "\n".join(_lines(chart)) + "\n"


def _lines(chart: Chart) -> Iterator[str]:
    ids = {name: f"m{number}" for number, name in enumerate(chart.boxes)}
    yield "---"
    yield f'title: "{_escaped(chart.title)}, version {chart.version}"'
    yield "---"
    yield "flowchart LR"
    for number, (dialed, _) in enumerate(chart.entries):
        yield f'  n{number}(["☎ {_escaped(dialed)}"])'
    for name, box in chart.boxes.items():
        yield f'  {ids[name]}["{_label(box)}"]'
    for number, (_, menu) in enumerate(chart.entries):
        yield f"  n{number} --> {ids[menu]}"
    for menu, index, to in chart.arrows():
        label = _way(chart.boxes[menu], index)
        shown = f'|"{_escaped(label)}"|' if label else ""
        yield f"  {ids[menu]} -->{shown} {ids[to]}"


def _label(box: Box) -> str:
    steps = [row for row in box.rows if not row.to]
    shown = ["&nbsp;" * 2 * row.depth + _escaped(row.text) for row in steps]
    return "<br/>".join([f"<b>{_escaped(box.name)}</b>", *shown])


def _way(box: Box, index: int) -> str:
    """Give the label of a way: its key, after the keys of the branches it stands in."""
    row = box.rows[index]
    label = [row.text.rpartition(" → ")[0]] if " → " in row.text else []
    depth = row.depth
    for outer in reversed(box.rows[:index]):
        if outer.depth < depth:
            depth = outer.depth
            if outer.text.endswith(":") and depth % 2:
                label.insert(0, outer.text[:-1])
    return " ".join(label)


def _escaped(text: str) -> str:
    for character, entity in (("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("`", "#96;")):
        text = text.replace(character, entity)
    return text
