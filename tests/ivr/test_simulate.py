"""Calls simulated at the terminal: real menus, virtual time, scripted callers and servers."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callflow import parts
from callflow.protocol import Stage
from callflow.stages.http import HttpStage
from ivr.commands.simulate import app
from ivr.load import Source, load
from ivr.tools.call_up import CantCall, call_up, menu_of, moment
from ivr.tools.script import Answer, Script, parse_answer
from ivr.tools.terminal import Person
from tests.ivr.fakes import FakeQueueService
from tests.ivr.parts import SECTIONS, STAGES
from tests.ivr.traces import PLACE

SITE = """
site: Test
time_zone: Asia/Shanghai
languages: [en, zh]
numbers: {"1000": main, "+86 21 5550": other}
skills: [s]
queues: {cards: {needs: {s: 1}}}
menus:
  main:
    - language: {"1": en, "2": zh}
      say: {en: English, zh: 中文}
    - menu:
        say: {en: Cards one or number two, zh: 卡}
        keys: {"1": cards, "2": number}
        no_input: {again: 1, then: cards}
        invalid: {again: 1, then: cards}
  number:
    - collect: {into: order, digits: 3-5, say: {en: Order, zh: 订单}}
    - collect: {into: pin, digits: 4, secret: yes, say: {en: Pin, zh: 密码}}
    - goto: cards
  cards:
    - queue: cards
      on_max_wait: other
    - voicemail: {box: cards}
    - hangup
  other:
    - http: {get: "https://crm.example/{caller.number|url}", save: {tier: $.customer.tier}}
      on_failure: [{play: {en: Sorry, zh: 抱歉}}, hangup]
    - play: {en: Goodbye, zh: 再见}
    - hangup
"""
ALL: dict[str, type[Stage]] = {**STAGES, "http": HttpStage}
SOURCE = Source("t.yaml", PLACE, SITE.encode())


async def call(
    script: Script | Person, dialed: str = "", number: str = "+861380000"
) -> tuple[list[str], str]:
    loaded = load([SOURCE], ALL, SECTIONS)
    assert loaded.site is not None, "\n".join(map(str, loaded.problems))
    at = moment("2026-12-24 18:05", loaded.site)
    made, ended = await call_up(loaded.site, loaded.sources, ALL, script, dialed=dialed, number=number, at=at)
    return [str(line) for line in made.trace.lines if line.kind != "choice"], ended


async def test_a_call_line_by_line() -> None:
    lines, ended = await call(Script(["1", "2", "4711#", "1234"]))
    assert lines == [
        "00:00.0    arrives +861380000 dials 1000",
        "00:00.0  t.yaml:10  main: language",
        "00:00.0    hears   “English”",
        "00:00.5    hears   “中文”",
        "00:02.0    presses 1",
        "00:02.0    language en",
        "00:02.0  t.yaml:12  main: menu",
        "00:02.0    hears   “Cards one or number two”",
        "00:05.0    presses 2",
        "00:05.0  t.yaml:18  number: collect",
        "00:05.0    hears   “Order”",
        *[f"00:0{at}    presses {key}" for at, key in zip((6.5, 6.9, 7.3, 7.7), "4711", strict=True)],
        "00:08.1    presses #",
        "00:08.1    sets    order = 4711",
        "00:08.1  t.yaml:19  number: collect",
        "00:08.1    hears   “Pin”",
        *[f"00:{at}    presses *" for at in ("09.6", "10.0", "10.4", "10.8")],
        "00:10.8    sets    pin = (secret)",
        "00:10.8  t.yaml:20  number: goto: cards",
        "00:10.8  t.yaml:22  cards: queue: cards",
        "00:10.8    stage queue cards → completed (assumed)",
        "00:10.8    ENDS    completed",
    ]
    assert ended == "completed"


async def test_silence_and_a_key_during_the_prompt() -> None:
    lines, _ = await call(Script(["!2", "-", "-"]))
    assert "00:00.5    presses 2" in lines
    assert sum("silence" in line for line in lines) == 2
    assert any("queue cards" in line for line in lines)


async def test_the_caller_hangs_up() -> None:
    lines, ended = await call(Script(["1", "hangup"]))
    assert ended == "caller"
    assert lines[-1].endswith("ENDS    caller")


async def test_keys_that_end_an_entry_early_wait_for_the_time_between() -> None:
    lines, _ = await call(Script(["1", "2", "123", "9999"]))
    assert any("order = 123" in line for line in lines)
    assert any("pin = (secret)" in line for line in lines)


async def test_what_servers_answer_reaches_the_real_stage() -> None:
    answer = Answer(status=200, body={"customer": {"tier": "gold"}})
    lines, ended = await call(Script([], {"http": [answer]}), "+86215550")
    assert ended == "menu"
    assert any("stage http → done" in line for line in lines)
    assert any("tier = gold" in line for line in lines)
    lines, _ = await call(Script([], {"http": [Answer(status=500)]}), "+86215550")
    assert any("stage http → failure" in line for line in lines)
    assert any("“Sorry”" in line for line in lines)


async def test_how_a_stage_ends_may_be_said_with_its_variables() -> None:
    script = Script([], {"http": [Answer(outcome="done", set={"tier": "silver"})]})
    lines, _ = await call(script, "+86215550")
    assert any("stage http → done" in line for line in lines)


async def test_a_server_that_nobody_plays_and_an_unknown_outcome() -> None:
    _, ended = await call(Script([]), "+86215550")
    assert ended == "failed: nobody says what GET https://crm.example/%2B861380000 answers to http"
    _, ended = await call(Script(["1", "1"], {"queue": [Answer(outcome="lunch")]}))
    assert ended.startswith("failed: queue cards ends with one of completed, empty, max_wait;")


async def test_a_call_without_an_end_is_ended() -> None:
    text = SITE.replace("again: 1, then: cards}\n        invalid", "again: 1, then: main}\n        invalid")
    loaded = load([Source("t.yaml", PLACE, text.encode())], ALL, SECTIONS)
    assert loaded.site is not None
    _, ended = await call_up(
        loaded.site, loaded.sources, ALL, Script([]), at=datetime.fromisoformat("2026-01-01T00:00+00:00")
    )
    assert ended.startswith("failed: the call goes on and on")


async def test_a_person_at_the_terminal() -> None:
    typed = iter(["what?", "1", "1", "later", "max_wait", "", "abc", "200 {}"])
    told: list[str] = []
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return next(typed)

    lines, ended = await call(Person(ask, told.append))
    assert ended == "menu"
    assert [question.partition(" ")[0] for question in questions] == [
        *["keys>"] * 3, "queue", "queue", "http", "answer", "answer"
    ]  # fmt: skip
    assert len(told) == 3
    assert any("http → done" in line for line in lines)


async def test_the_terminal_is_closed() -> None:
    def ask(question: str) -> str:
        raise EOFError

    _, ended = await call(Person(ask, print))
    assert ended == "caller"


def test_numbers_and_moments() -> None:
    site = load([SOURCE], ALL, SECTIONS).site
    assert site is not None
    assert menu_of(site, "86-215550") == "other"
    with pytest.raises(CantCall, match="no call to 7 is taken; the site's numbers: 1000, \\+86215550"):
        menu_of(site, "7")
    assert moment("2026-12-24 18:05", site).isoformat() == "2026-12-24T18:05:00+08:00"
    with pytest.raises(CantCall):
        moment("tomorrow", site)


@pytest.mark.parametrize("text", ["queue", "=x", "queue=", "http=200 {"])
def test_answers_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no answer|is not JSON"):
        parse_answer(text)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = {parts.STAGES: ALL, parts.SECTIONS: {"queues": FakeQueueService.section}}
    monkeypatch.setattr(parts, "load", lambda group, name=None: found[group])
    path = tmp_path / "t.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


def test_the_command(file: Path) -> None:
    words = [str(file), "--keys", "1 1", "--answer", "queue=max_wait", "--answer", 'http=200 {"a": 1}']
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1].endswith("ENDS    menu")
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert found["ended"] == "menu"
    assert found["trace"][1]["line"] == 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--number", "7"], "no call to 7 is taken"),
        (["--at", "noon"], '"noon" is no date and time'),
        (["--keys", "x"], '"x" is not something that a caller can do'),
        (["--answer", "que=x"], 'there is no stage "que"'),
        (["--fact", "x"], '"x" is no fact'),
    ],
)
def test_mistakes_on_the_command_line(file: Path, words: list[str], said: str) -> None:
    result = CliRunner().invoke(app, [str(file), "--keys", "", *words])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"ringhall simulate: {said}")
    assert result.stderr.count("\n") == 1


def test_more_keys_than_the_call_takes_are_told(file: Path) -> None:
    result = CliRunner().invoke(app, [str(file), "--keys", "1 1 5 6"])
    assert "The call ended before the caller did: 5 6" in result.stderr


def test_at_the_terminal(file: Path) -> None:
    result = CliRunner().invoke(app, [str(file)], input="1\n1\ncompleted\n")
    assert result.exit_code == 0
    assert "keys> 1\n" in result.stdout
    assert "queue ends with (completed, empty, max_wait)> completed" in result.stdout
