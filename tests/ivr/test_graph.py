"""The picture of a site's menus: as Mermaid text, and as SVG in which nothing covers anything."""

import random
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from acd.queue_stage import QueueStage
from acd.service import AcdService
from ivr.commands.graph import app
from ivr.load import Source, load
from ivr.tools.chart import Chart, chart_of, columns, shortened
from ivr.tools.layout import place
from ivr.tools.mermaid import mermaid
from ivr.tools.svg import svg
from tests.ivr.parts import SECTIONS, STAGES
from tests.ivr.traces import PLACE

SITE = """
site: Say "<S>"
languages: [en]
numbers: {"1": main, "2": main, "+49 30": night}
skills: [sales]
queues: {cards: {needs: {sales: 1}}}
menus:
  main:
    - menu:
        say: One or two?
        keys:
          "1": cards
          "2":
            - play: One moment
            - menu: {say: Sure?, keys: {"1": night}, no_input: {then: cards}, invalid: {then: cards}}
        no_input: {then: cards}
        invalid: {then: cards}
  cards:
    - queue: cards
      on_max_wait: main
    - goto: night
  night:
    - hangup
"""


def chart(text: str = SITE) -> Chart:
    source = Source("x.yaml", PLACE, text.encode())
    loaded = load([source], STAGES, SECTIONS)
    assert loaded.site is not None, loaded.problems
    return chart_of(loaded.site, [source])


def test_rows_are_the_steps_as_written() -> None:
    rows = [(row.depth, row.text, row.to) for row in chart().boxes["main"].rows]
    assert rows == [
        (0, "menu “One or two?”", ""),
        (1, "1, no_input, invalid → cards", "cards"),
        (1, "2:", ""),
        (2, "play “One moment”", ""),
        (2, "menu “Sure?”", ""),
        (3, "1 → night", "night"),
        (3, "no_input, invalid → cards", "cards"),
    ]


def test_what_becomes_of_those_who_wait_is_shown() -> None:
    text = SITE.replace(
        "queues: {cards: {needs: {sales: 1}}}",
        "queues: {cards: {needs: {sales: 2}, relax: [{after: 30s, needs: {sales: 1}}],"
        " overflow: [{to: loans, after: 2m}]}, loans: {}}",
    )
    source = Source("x.yaml", PLACE, text.encode())
    site = load([source], {"queue": QueueStage}, [AcdService.section]).site
    assert site is not None
    assert [(row.depth, row.text) for row in chart_of(site, [source]).boxes["cards"].rows] == [
        (0, "queue: cards"),
        (1, "after 30s: needs sales 1"),
        (1, "after 2m: to loans"),
        (1, "on_max_wait → main"),
        (0, "goto: night"),
    ]


def test_mermaid() -> None:
    text = mermaid(chart())
    assert 'title: "Say #quot;#lt;S#gt;#quot;, version' in text
    assert '  n2(["☎ +4930"])\n' in text
    assert '  m0 -->|"1, no_input, invalid"| m1\n' in text
    assert '  m0 -->|"2 1"| m2\n' in text
    assert '  m1 -->|"on_max_wait"| m0\n' in text
    assert "  m1 --> m2\n" in text


def test_svg_is_whole_and_says_everything() -> None:
    drawn = svg(chart())
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {
        "main",
        "cards",
        "night",
        "☎ 1",
        "1, no_input, invalid → cards",
        "on_max_wait → main (back)",
    } <= texts
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def big(menus: int) -> Chart:
    some = random.Random(7)
    lines = ["site: Big", "languages: [en]", "numbers: {default: m0}", "menus:"]
    for number in range(menus):
        ahead = [min(menus - 1, number + some.randint(1, 9)) for _ in range(3)] + [number + 1]
        keys = ", ".join(f'"{key}": m{min(menus - 1, to)}' for key, to in enumerate(ahead))
        lines += [
            f"  m{number}:",
            f"    - menu: {{say: Menu {number}, keys: {{{keys}}}}}",
            "    - hangup",
        ]
    return chart("\n".join(lines) + "\n")


@pytest.mark.parametrize("menus", [1, 7, 60])
def test_nothing_covers_anything(menus: int) -> None:
    picture = place(big(menus))
    for one, other in combinations([*picture.boxes.values(), *picture.entries], 2):
        apart = (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.y + one.height <= other.y
            or other.y + other.height <= one.y
        )
        assert apart
    for line in picture.lines:
        # the straight pieces are those through a column
        for (x, y), (to_x, _) in list(zip(line.points, line.points[1:], strict=False))[1::2]:
            for box in picture.boxes.values():
                inside = x < box.x + box.width and box.x < to_x and box.y < y < box.y + box.height
                assert not inside
    for box in picture.boxes.values():
        assert box.x + box.width <= picture.width + 0.01
        assert box.y + box.height <= picture.height + 0.01


def test_a_large_site_is_drawn_in_time() -> None:
    import time

    began = time.monotonic()
    svg(big(2000))
    assert time.monotonic() - began < 10.0


def test_texts_are_cut_by_their_width() -> None:
    assert shortened("short") == "short"
    assert shortened("销售请按一技术支持请按二", 10) == "销售请按…"
    assert columns("销a") == 3


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(SITE)
    assert "flowchart LR" in CliRunner().invoke(app, [str(file)]).stdout
    out = tmp_path / "x.svg"
    assert CliRunner().invoke(app, [str(file), "--svg", str(out)]).exit_code == 0
    assert out.read_text().startswith("<svg")
    nowhere = CliRunner().invoke(app, [str(file), "--svg", str(tmp_path / "no" / "x.svg")])
    assert (nowhere.exit_code, nowhere.stderr.count("\n")) == (1, 1)
    other = CliRunner().invoke(app, [str(file), "--language", "fr"])
    assert (other.exit_code, other.stderr) == (
        1,
        'ringhall graph: the site has no language "fr"; it has en\n',
    )
