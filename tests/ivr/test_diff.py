"""What changes for callers between two versions of a site, told in words."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.queue_stage import QueueStage
from acd.service import AcdService
from callflow import parts
from ivr.commands.diff import app
from ivr.load import Source, load
from ivr.steps import Site
from ivr.tools.differences import differences
from ivr.tools.key_paths import key_paths
from ivr.versions import GoneLive, Live, Versions
from tests.ivr.fakes import FakeQueueService
from tests.ivr.parts import SECTIONS, STAGES
from tests.ivr.traces import PLACE

SITE = """
site: Test
languages: [en, zh]
numbers: {"1000": main, "+86 1": night}
skills: [s]
queues: {cards: {needs: {s: 1}}, loans: {needs: {s: 1}}}
menus:
  main:
    - play: {en: Welcome, zh: 欢迎}
    - menu:
        say: {en: One or two, zh: 一}
        keys: {"1": cards, "2": [{play: {en: Wait, zh: 等}}, {queue: loans}]}
        no_input: {again: 1, then: cards}
        invalid: {again: 1, then: cards}
  cards:
    - queue: cards
      priority: 3
      on_max_wait: night
    - goto: night
  night:
    - hangup
"""


def site_of(text: str) -> Site:
    loaded = load([Source("t.yaml", PLACE, text.encode())], STAGES, SECTIONS)
    assert loaded.site is not None, loaded.problems
    return loaded.site


def changes(*replaced: tuple[str, str]) -> list[str]:
    text = SITE
    for before, after in replaced:
        assert before in text
        text = text.replace(before, after)
    return [str(change) for change in differences(site_of(SITE), site_of(text), {"queue"})]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("# nothing", "", []),
        (
            '"1000": main',
            '"2000": main, "1000": night',
            [
                "~ 1000: leads to night, no longer to main",
                "+ 2000: is taken, and leads to main",
                "+ 1000: leads to hangup",
                "- 1000, keys 1: leads nowhere any more; it led to queue cards",
                "- 1000, keys 2: leads nowhere any more; it led to queue loans",
            ],
        ),
        (', "+86 1": night', "", ["- +861: is not taken any more; it led to night"]),
        (
            "Welcome,",
            "Hello,",
            ["~ main: play: says (en) “Hello”, no longer “Welcome”  (t.yaml:9)"],
        ),
        (
            '"1": cards',
            '"1": night',
            [
                "~ main: menu: key 1 leads to night; before, it led to cards  (t.yaml:10)",
                "~ 1000, keys 1: leads to hangup, no longer to queue cards",
            ],
        ),
        (
            '"1": cards, ',
            '"3": cards, ',
            [
                "+ main: menu: key 3 leads to cards  (t.yaml:10)",
                "- main: menu: key 1 is gone; it led to cards  (t.yaml:10)",
                "+ 1000, keys 3: leads to queue cards",
                "- 1000, keys 1: leads nowhere any more; it led to queue cards",
            ],
        ),
        (
            "{queue: loans}]",
            "{play: {en: More, zh: 多}}, {queue: loans}]",
            ["+ main: menu, key 2: play “More” / “多”  (t.yaml:12)"],
        ),
        (
            "no_input: {again: 1",
            "timeout: 8s\n        no_input: {again: 2",
            [
                "~ main: menu: timeout is 8, no longer 5  (t.yaml:10)",
                "~ main: menu: no input times is 2, no longer 1  (t.yaml:10)",
            ],
        ),
        (
            "priority: 3\n      on_max_wait: night",
            "priority: 5",
            [
                "~ cards: queue: priority is 5, no longer 3  (t.yaml:16)",
                "~ cards: queue: on_max_wait goes on below; before, it led to night  (t.yaml:16)",
            ],
        ),
        (
            "cards: {needs: {s: 1}}",
            "cards: {needs: {s: 1}, ring: 5s}",
            ["~ queues cards: ring is 5, no longer 20"],
        ),
        (
            "    - goto: night\n",
            "    - play: {en: Bye, zh: 再见}\n    - goto: late\n  late:\n    - hangup\n",
            [
                "+ late: a new menu  (t.yaml:22)",
                "+ cards: play “Bye” / “再见”  (t.yaml:19)",
                "~ cards: goto: the way on leads to late; before, it led to night  (t.yaml:20)",
            ],
        ),
        ("[en, zh]", "[zh, en]", ["~ site: languages is zh, en, no longer en, zh"]),
    ],
)
def test_told_in_words(before: str, after: str, told: list[str]) -> None:
    found = changes((before, after)) if before != "# nothing" else changes()
    assert sorted(found) == sorted(told)


def test_how_a_queue_is_staffed_told_in_words() -> None:
    text = SITE.replace("loans: {needs: {s: 1}}", "loans: {needs: {s: 3}}, spare: {}")
    changed = text.replace(
        "loans: {needs: {s: 3}}",
        "loans: {needs: {s: 4}, relax: [{after: 90s, needs: {s: 2}}], strategy: ring_all, auto_answer: yes,"
        " overflow: [{to: spare, length: 5}, {to: spare, after: 2m}]}",
    )

    def site(written: str) -> Site:
        loaded = load(
            [Source("t.yaml", PLACE, written.encode())], {"queue": QueueStage}, [AcdService.section]
        )
        assert loaded.site is not None, loaded.problems
        return loaded.site

    assert [str(change) for change in differences(site(text), site(changed), {"queue"})] == [
        "~ queues loans: needs s is 4, no longer 3",
        "~ queues loans: relax is after 1m30s: needs s 2, no longer nothing",
        "~ queues loans: strategy is ring_all, no longer index",
        "~ queues loans: overflow is from 5 callers on: to spare, after 2m: to spare, no longer nothing",
        "~ queues loans: auto answer is yes, no longer no",
    ]


def test_a_menu_that_is_gone() -> None:
    found = changes(
        ('"1": cards, ', ""),
        ("no_input: {again: 1, then: cards}", "no_input: {again: 1, then: night}"),
        ("invalid: {again: 1, then: cards}", "invalid: {again: 1, then: night}"),
        (
            "  cards:\n    - queue: cards\n      priority: 3\n      on_max_wait: night\n    - goto: night\n",
            "",
        ),
    )
    assert "- cards: the menu is gone" in found
    assert "~ main: menu: no_input leads to night; before, it led to cards  (t.yaml:10)" in found


def test_more_ways_than_can_be_compared_are_not() -> None:
    keys = ", ".join(f'"{key}": m%d' for key in range(10))

    def site(depth: int) -> Site:
        menus = "".join(
            f"  m{n}:\n    - menu: {{say: {{en: a, zh: b}}, keys: {{{keys.replace('%d', str(n + 1))}}}}}\n"
            "    - hangup\n"
            for n in range(depth)
        )
        head = 'site: T\nlanguages: [en, zh]\nnumbers: {"1": m0}\nmenus:\n'
        return site_of(f"{head}{menus}  m{depth}:\n    - hangup\n")

    assert key_paths(site(5), "1", {"queue"}) is None
    assert len(key_paths(site(3), "1", {"queue"}) or ()) == 1000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = {parts.STAGES: STAGES, parts.SECTIONS: {"queues": FakeQueueService.section}}
    monkeypatch.setattr(parts, "load", lambda group, name=None: found[group])
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("RINGHALL_DIALPLANS", str(tmp_path / "dialplans"))
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "new.yaml").write_text(SITE.replace("Welcome,", "Hello,"), encoding="utf-8")
    (tmp_path / "old.yaml").write_text(SITE, encoding="utf-8")
    return tmp_path


def test_the_command(folder: Path) -> None:
    words = [str(folder / "old.yaml"), str(folder / "dialplans")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    assert result.stdout.startswith("~ main: play: says (en) “Hello”, no longer “Welcome”")
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert [(one["kind"], one["what"], one["where"]) for one in found] == [("changed", "step", "main")]
    same = CliRunner().invoke(app, [words[0], words[0]])
    assert (same.stdout, same.stderr) == ("", "Nothing changes for callers.\n")


def test_from_what_is_live_to_the_files(folder: Path) -> None:
    missing = CliRunner().invoke(app, [])
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
    assert "no version was live yet" in missing.stderr
    kept = load([Source("old.yaml", folder, SITE.encode())], STAGES, SECTIONS)
    assert kept.site is not None
    from datetime import UTC, datetime

    Versions(folder / "var").keep(
        Live(kept.site.version), kept.sources, GoneLive(datetime.now(UTC), "test", "start")
    )
    assert "no longer “Welcome”" in CliRunner().invoke(app, []).stdout
    assert "no longer “Welcome”" in CliRunner().invoke(app, [kept.site.version]).stdout
    unknown = CliRunner().invoke(app, ["deadbeef0000"])
    assert "neither a file nor a kept version" in unknown.stderr
