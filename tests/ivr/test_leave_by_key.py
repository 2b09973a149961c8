"""Keys that lead out of a queue, closing time and prompts of a queue: checked and drawn like all branches."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from ivr.installed import stages_and_sections
from ivr.load import Source, load
from ivr.steps import Position, Site, StageStep
from ivr.tools.call_up import call_up, moment
from ivr.tools.chart import chart_of
from ivr.tools.coverage import coverage
from ivr.tools.differences import differences
from ivr.tools.mermaid import mermaid
from ivr.tools.schema import schema_of
from ivr.tools.script import Script, parse_answer
from tests.ivr.traces import PLACE

STEP_KEYS = """keys:
        "2": message
        "*":
          - play: {en: Bye, zh: 再见}"""
STAGES, SECTIONS = stages_and_sections()
SITE = """
site: Test
languages: [en, zh]
numbers: {"1000": cards}
skills: [s]
hours: {office: {mon-fri: "08:00-18:00"}}
queues:
  cards:
    needs: {s: 1}
    announce: {position: yes, wait: no, every: 30s}
    comfort: {every: 20s, say: [{en: Thanks, zh: 谢谢}, {en: Use the app, zh: 请用应用}]}
    keys: {"1": message, "2": app}
    hours: office
    on_closed: app
    empty_for: 2m
    on_empty: app
menus:
  cards:
    - queue: cards
      keys:
        "2": message
        "*":
          - play: {en: Bye, zh: 再见}
    - hangup
  message:
    - play: {en: Message, zh: 留言}
    - hangup
  app:
    - play: {en: App, zh: 应用}
    - hangup
"""


def loaded_of(*replaced: tuple[str, str]) -> tuple[Site | None, list[str]]:
    text = SITE
    for before, after in replaced:
        assert before in text
        text = text.replace(before, after)
    loaded = load([Source("t.yaml", PLACE, text.encode())], STAGES, SECTIONS)
    return loaded.site, [str(problem) for problem in loaded.problems]


def site_of(*replaced: tuple[str, str]) -> Site:
    site, problems = loaded_of(*replaced)
    assert site is not None, problems
    return site


def test_keys_of_the_step_go_before_those_of_the_queue() -> None:
    step = site_of().step(Position("cards", 0))
    assert isinstance(step, StageStep)
    keys = {outcome: to for outcome, to in step.outcomes.items() if outcome.startswith("key ")}
    assert keys == {"key 1": "message", "key 2": "message", "key *": "cards/0/key *"}
    assert step.step.has_branch("key 1")
    assert not step.step.has_branch("key 3")
    assert step.outcomes["closed"] == step.outcomes["empty"] == "app"


def test_what_a_queue_says_is_rendered_with_the_site() -> None:
    texts = {prompt.shown("zh") for prompt in site_of().prompts()}
    assert {"谢谢", "请用应用", "您是下一位。", "再见"} <= texts
    silent = site_of(("announce: {position: yes, wait: no, every: 30s}\n    ", ""))
    assert "您是下一位。" not in {prompt.shown("zh") for prompt in silent.prompts()}


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('"2": message\n', '"2": mesage\n', 'there is no menu "mesage"'),
        ('keys: {"1": message, ', 'keys: {"1": mesage, ', 'there is no menu "mesage"'),
        ('"*":\n', '"12":\n', '"12" is not a key'),
        ('keys: {"1": message, ', 'keys: {"x": message, ', '"x" is not a key'),
        (STEP_KEYS, "keys: no", "keys and where"),
        ("{en: Use the app, zh: 请用应用}", "{en: Use the app}", "this is not said in zh"),
        ("zh: 请用应用", "zh: gone.wav", "gone.wav"),
        ("zh: 请用应用", 'zh: "应用{a|number}"', '"a"'),
        ("position: yes, wait: no", "position: no, wait: no", "nothing is announced"),
        ("every: 30s", "every: 3s", "at least 10s"),
        ("wait: no, every: 30s", "wait: no, first: 20s, every: 20s", "would come within 10 s"),
        ("languages: [en, zh]", "languages: [en, zh, de]", 'no words for announcements in "de"'),
        ("    hours: office\n", "", "it is not said when the queue is closed"),
        ("hours: office", "hours: ofice", 'there are no hours "ofice"'),
        ("say: [{en: Thanks, zh: 谢谢}, {en: Use the app, zh: 请用应用}]", "say: []", "must not be empty"),
    ],
)  # fmt: skip
def test_mistakes_have_a_place_and_a_remedy(before: str, after: str, problem: str) -> None:
    site, problems = loaded_of((before, after))
    assert site is None
    [found] = [one for one in problems if problem in one]
    assert found.startswith("t.yaml:")


def test_menus_that_only_keys_lead_to_are_reached() -> None:
    _, problems = loaded_of()
    assert problems == []
    _, problems = loaded_of(('"2": message', '"2": app'), ('"1": message', '"1": app'))
    assert any("message" in problem for problem in problems), "nothing leads to it any more"


def test_the_graph_shows_them() -> None:
    source = Source("t.yaml", PLACE, SITE.encode())
    drawn = mermaid(chart_of(site_of(), [source]))
    assert "key 1, key 2" in drawn
    assert "on_closed" in drawn


def test_a_change_is_told() -> None:
    told = [str(one) for one in differences(site_of(), site_of(('"2": message\n', '"2": app\n')), {"queue"})]
    assert any("queue: key 2 leads to app; before, it led to message" in one for one in told), told
    told = [str(one) for one in differences(site_of(), site_of(("谢谢", "多谢")), {"queue"})]
    assert any("comfort" in one and "多谢" in one for one in told), told


async def test_a_simulated_caller_leaves_by_a_key() -> None:
    site, source = site_of(), Source("t.yaml", PLACE, SITE.encode())
    stage, answer = parse_answer("queue=key 1")
    script = Script([], answers={stage: [answer]})
    at = moment("2026-12-24 12:05", site)
    made, ended = await call_up(site, [source], STAGES, script, dialed="1000", number="+49", at=at)
    lines = [str(line) for line in made.trace.lines]
    assert any("queue cards → key 1" in line for line in lines), lines
    assert any("“Message”" in line for line in lines)
    assert ended
    untaken = {one.way for one in coverage(site, [made.trace.lines]).untaken if one.step == "queue"}
    assert "key 1" not in untaken
    assert {"key *", "on_closed", "on_empty"} <= untaken


def test_the_schema_knows_them() -> None:
    schema = Draft202012Validator(schema_of(STAGES, SECTIONS, site_of()))
    text = json.dumps(schema.schema)
    assert "Keys by which the caller may leave" in text
    good = {
        "site": "Test", "languages": ["en", "zh"], "numbers": {"1": "cards"}, "skills": ["s"],
        "queues": {"cards": {"keys": {"1": "app"}, "comfort": {"say": [{"en": "a", "zh": "b"}]}}},
        "menus": {"cards": [{"queue": "cards", "keys": {"1": "app", "2": [{"goto": "app"}]}}],
                  "app": ["hangup"], "message": ["hangup"]},
    }  # fmt: skip
    assert list(schema.iter_errors(good)) == []
    good["menus"]["cards"][0]["keys"] = {"12": "app"}  # type: ignore[index]
    assert list(schema.iter_errors(good)) != []
