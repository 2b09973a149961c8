"""The step ``consent``: what the caller presses and what comes of it, in the record and in conditions."""

from __future__ import annotations

from pathlib import Path

import pytest

from callflow import parts
from callflow.live_calls import LiveCalls
from ivr import interpreter as i
from ivr.load import Source, load
from ivr.menu_run import MenuRun
from ivr.steps import Position, Site
from records import events as e
from tests.ivr.fakes import FakeCall
from tests.ivr.traces import run_trace

SITE = """
site: S
time_zone: UTC
languages: [en]
numbers: {"1": main, "2": silent}
listeners:
  voice_activity: {consent: yes}
menus:
  main:
    - consent:
        to: voice_activity
        say: Agree
        yes: "1"
        no: "2"
        else: refused
    - consent: {to: recording, say: Record, yes: "1", again: 0, then: [hangup: busy]}
    - if: consent.recording == "given"
      then: hangup
      else: hangup
  refused:
    - hangup: rejected
  silent:
    - consent: {to: recording, say: Record, yes: "1", again: 0, timeout: 3s}
    - hangup
"""


def loaded(text: str) -> tuple[Site | None, list[str]]:
    found = load([Source("s.yaml", Path(), text.encode())], parts.stage_types(), parts.sections())
    return found.site, [f"{one.line}: {one.message}. {one.near or one.remedy}" for one in found.problems]


def site() -> Site:
    found, problems = loaded(SITE)
    assert found is not None, problems
    return found


CALLS = {
    "both are given": """
0  start  | enter main.0 consent | play Agree
1  key 1  | stop | consent voice_activity given by key 1 | enter main.1 consent | play Record
2  key 1  | stop | consent recording given by key 1 | notice recording accepted
          | enter main/1/consent.0 hangup | hang up busy
""",
    "refused by key": """
0  start  | enter main.0 consent | play Agree
1  key 2  | stop | consent voice_activity refused by key 2 | enter refused.0 hangup | hang up rejected
""",
    "silence is no consent": """
0   start  | enter main.0 consent | play Agree
1   played
6   tick   | no_input main | play Agree
7   played
12  tick   | no_input main | consent voice_activity refused by no_input | enter refused.0 hangup
           | hang up rejected
""",
    "another key is no consent, and one pressed before the question none at all": """
0  start  | enter main.0 consent | play Agree
1  key 1  | stop | consent voice_activity given by key 1 | enter main.1 consent | play Record
2  key 5  | stop | invalid main 5 | consent recording refused by invalid | notice recording refused
          | enter main.2 if | enter main/2/else.0 hangup | hang up
""",
}


@pytest.mark.parametrize("name", CALLS)
def test_what_comes_of_it(name: str) -> None:
    expected, found = run_trace(site(), CALLS[name], Position("main", 0))
    assert found == expected


def test_keys_of_before_do_not_agree() -> None:
    menus = i.Interpreter(site(), Position("main", 0), "en")
    menus.handle(i.Key("1"), 0.0)
    told = menus.handle(i.Started(), 1.0)
    assert [type(one) for one in told] == [i.Enter, i.PlayPrompt]


async def test_it_is_on_record() -> None:
    call = FakeCall([(0.5, "1"), (1.0, "5")])
    await MenuRun(call, site(), Position("main", 0)).run()
    told = [
        event for event in call.events if isinstance(event, e.ConsentGiven | e.ConsentRefused | e.NoticeGiven)
    ]
    assert told == [
        e.ConsentGiven(call="call-1", to="voice_activity", how="key 1"),
        e.ConsentRefused(call="call-1", to="recording", how="invalid"),
        e.NoticeGiven(call="call-1", notice="recording", result="refused"),
    ]
    assert call.facts["consent.voice_activity"] == "given"


def test_a_call_that_is_taken_over_knows_it() -> None:
    live = LiveCalls()
    live.apply(e.CallArrived(call="c", leg="l", dialed="1", trunk="t", subject="s"))
    live.apply(e.ConsentGiven(call="c", to="emotion", how="key 1"))
    live.apply(e.ConsentRefused(call="c", to="recording", how="no_input"))
    kept = LiveCalls()
    kept.restore(live.snapshot())
    found = kept.get("c")
    assert found is not None
    assert found.consents == {"emotion": "given", "recording": "refused"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("to: voice_activity", "to: voice_activty", '11: there is no listener "voice_activty". voice'),
        ('no: "2"', 'no: "1"', "14: yes and no are the same key. Choose two keys."),
        ('yes: "1"\n        no', "no", '11: "yes" is missing. '),
        (
            "if: consent.recording",
            "if: consent.recordng",
            '17: there is no fact "consent.recordng". consent.re',
        ),
    ],
)
def test_mistakes(before: str, after: str, told: str) -> None:
    _, problems = loaded(SITE.replace(before, after, 1))
    assert any(one.startswith(told) for one in problems), problems


def test_a_listener_that_needs_consent_nobody_asks_for_is_a_mistake() -> None:
    asks = SITE.replace("to: voice_activity", "to: recording", 1)
    _, problems = loaded(asks)
    assert problems == [
        '7: there is no fact "consent.voice_activity". Let a step before ask for it: '
        '"- consent: {to: voice_activity, …}".'
    ]


def test_it_counts_for_recordings_by_the_notice() -> None:
    recorded = SITE.replace(
        "listeners:", "skills: [s]\nqueues: {q: {needs: {s: 1}, record: {consent: recording}}}\nlisteners:"
    )
    recorded = recorded.replace("    - hangup: rejected", "    - queue: q")
    _, problems = loaded(recorded)
    assert problems == []
    nobody = recorded.replace("to: recording", "to: voice_activity").replace(
        "consent.recording", "consent.voice_activity"
    )
    _, problems = loaded(nobody)
    assert any('there is no fact "notice.recording"' in one for one in problems)
