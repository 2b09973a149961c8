"""Whom a rule lets a listener hear, and what an admin is told of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callflow import parts
from callflow.listening import section
from callflow.listening.rule import ListenerDefinition, Situation
from ivr.load import Source, load
from tests.listening.house import Noting, WholeCall

SITE = """
site: S
time_zone: UTC
languages: [en]
numbers: {{"1": sales, "2": vip}}
skills: [s]
queues:
  sales: {{needs: {{s: 1}}}}
  vip: {{needs: {{s: 1}}}}
menus:
  sales: [queue: sales]
  vip: [queue: vip]
listeners:
{listeners}
"""


@pytest.mark.parametrize(
    ("rule", "at", "objection"),
    [
        ({}, {}, ""),
        ({}, {"queue": "sales"}, ""),
        ({"queues": ["sales"]}, {"queue": "sales"}, ""),
        ({"queues": ["sales"]}, {"queue": "vip"}, "queues"),
        ({"queues": ["sales"]}, {}, "menus"),
        ({"queues": ["sales"], "menus": "yes"}, {}, ""),
        ({"menus": "no"}, {}, "menus"),
        ({"menus": "no"}, {"queue": "sales"}, ""),
        ({"not_queues": ["vip"]}, {}, ""),
        ({"not_queues": ["vip"]}, {"queue": "vip"}, "not_queues"),
        ({"not_queues": ["vip"], "numbers": ["+86 1"]}, {"queue": "vip", "dialed": "+861"}, "not_queues"),
        ({"numbers": ["+86 1"]}, {"queue": "vip", "dialed": "+861"}, ""),
        ({"numbers": ["+86 1"]}, {"queue": "vip", "dialed": "+862"}, "numbers"),
        ({"numbers": ["+86 1"], "menus": "yes"}, {"dialed": "+861"}, ""),
        ({"numbers": ["+86 1"], "menus": "yes"}, {"dialed": "+862"}, "numbers"),
        ({"queues": ["sales"], "numbers": ["+86 1"]}, {"queue": "sales", "dialed": "+862"}, ""),
        ({"not_countries": ["de", "FR"]}, {"country": "DE"}, "not_countries"),
        ({"not_countries": ["DE"]}, {"country": "CN"}, ""),
        ({"not_countries": ["DE"]}, {}, "unknown_country"),
        ({"not_countries": ["DE"], "unknown_country": "yes"}, {}, ""),
        ({"unknown_country": "no"}, {}, "unknown_country"),
        ({"unknown_country": "no"}, {"country": "DE"}, ""),
        ({"consent": "yes"}, {}, "consent"),
        ({"consent": "yes"}, {"agreed": False}, "consent"),
        ({}, {"agreed": False}, "consent"),
        ({"consent": "yes"}, {"agreed": True}, ""),
    ],
)
def test_who_is_heard(rule: dict[str, Any], at: dict[str, Any], objection: str) -> None:
    assert ListenerDefinition(**rule).objection(Situation(**at)) == objection


@pytest.mark.parametrize(
    ("rule", "asks"),
    [({}, False), ({"not_countries": ["DE"]}, True), ({"unknown_country": "no"}, True)],
)
def test_the_country_is_looked_up_only_where_it_matters(rule: dict[str, Any], asks: bool) -> None:
    assert ListenerDefinition(**rule).asks_for_country is asks


def problems(listeners: str) -> list[str]:
    source = Source("site.yaml", Path(), SITE.format(listeners=listeners).encode())
    found = load([source], parts.stage_types(), parts.sections()).problems
    return [f"{one.line}: {one.message}. {one.near or one.remedy}" for one in found]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("menus: yes", '14: voice_activity hears talks alone, never menus. Remove "menus".'),
        ("not_queues: [sals]", '14: there is no queue "sals". sales'),
        ("queues: [vip], not_queues: [vip]", '14: "vip" stands in both queues and not_queues. Remove it'),
        ("not_countries: [DEU]", '14: "DEU" is no country. Write its two letters, such as DE.'),
        ("not_countries: [XX]", '14: "XX" is no country. '),
        ("consent: maybe", "14: this is neither yes nor no. Write yes or no."),
        ("keep: 30", "14: this is no number of days. Write it as 90d."),
        ("not_queus: [vip]", '14: "not_queus" means nothing here. not_queues'),
    ],
)
def test_mistakes(written: str, told: str) -> None:
    [wrong] = problems(f"  voice_activity: {{{written}}}")
    assert wrong.startswith(told)


def test_listeners_to_whole_calls_may_have_menus(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {"whole": WholeCall, "talk": Noting}
    monkeypatch.setattr(section, "installed", lambda: sorted(kinds))
    monkeypatch.setattr("callflow.parts.load", lambda _group, name: {name: kinds[name]})
    rule = ListenerDefinition(menus=True)
    assert [one.entry for one in section.listener_problems({"whole": rule, "talk": rule})] == ["talk"]
