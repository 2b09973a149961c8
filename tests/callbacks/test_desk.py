"""When a promise is kept, by the desk alone: times and looks are given, nothing is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from acd.callbacks.cases import Cases
from acd.callbacks.desk import Begin, Hold, LetGo, Recall, decide, next_deadline
from acd.callbacks.terms import Look, Terms
from records import events as e

NOW = 1_000_000.0


def cases_of(*since: float, queue: str = "sales") -> Cases:
    cases = Cases()
    for n, at in enumerate(since, 1):
        cases.apply(promised(f"p{n}", since=at, queue=queue), at)
    return cases


def promised(callback: str, *, since: float, queue: str = "sales", **more: Any) -> e.CallbackPromised:
    return e.CallbackPromised(
        call=f"{callback}-call", callback=callback, queue=queue, subject="s", when="now", language="en",
        since=since, **more,
    )  # fmt: skip


def placed(callback: str, call: str) -> e.CallPlaced:
    return e.CallPlaced(
        call=call, leg=f"{call}-p", purpose="callback", reference=callback, to="…", trunk="t", subject="s"
    )


def look(cases: Cases, **seen: Any) -> Look:
    held = {case.callback: case.since for case in cases if not case.at}
    fields: dict[str, Any] = {"ready": 1, "working": 2, "held": held, "ahead": dict.fromkeys(held, 0)}
    return Look(**(fields | seen))


def decided(cases: Cases, seen: Look, now: float = NOW, opens: float | None = 0.0, **terms: Any) -> list[Any]:
    opens_at = None if opens is None else max(opens, now)
    return list(decide(cases, {"sales": Terms("t", **terms)}, {"sales": seen}, lambda _, __: opens_at, now))


def test_what_is_due_stands_in_line_and_what_rests_does_not() -> None:
    cases = cases_of(NOW - 60)
    assert decided(cases, Look()) == [Hold("p1", "sales", NOW - 60, None, "")]
    cases.apply(
        e.CallbackTried(
            callback="p1", call="k", outcome="busy", tries=1, next_at=NOW + 600, since=NOW
        ),
        NOW,
    )  # fmt: skip
    assert decided(cases, Look(held={"p1": NOW - 60})) == [LetGo("p1")]
    assert decided(cases, Look(), now=NOW + 600) == [Hold("p1", "sales", NOW, None, "")]
    terms = {"sales": Terms("t")}
    assert next_deadline(cases, terms, lambda _, now: now, NOW) == NOW + 600


def test_a_queue_that_calls_nobody_back_holds_no_places() -> None:
    cases = cases_of(NOW)
    assert decide(cases, {}, {"sales": look(cases)}, lambda _, now: now, NOW) == [LetGo("p1")]
    assert decide(cases, {}, {"sales": Look()}, lambda _, now: now, NOW) == []


@pytest.mark.parametrize(
    ("seen", "begins"),
    [
        ({"ready": 1}, True),
        ({"ready": 0}, True),  # the next agent is theirs
        ({"ready": 0, "ahead": {"p1": 1}}, False),
        ({"ready": 1, "ahead": {"p1": 1}}, False),
        ({"ready": 2, "ahead": {"p1": 1}}, True),
        ({"ready": 0, "working": 50, "ahead": {"p1": 4}}, True),  # 5.5 agents become free in 20 s
        ({"ready": 0, "working": 50, "ahead": {"p1": 5}}, False),
        ({"ready": 0, "working": 0}, False),
    ],
)
def test_a_promise_is_kept_shortly_before_its_turn(seen: dict[str, Any], begins: bool) -> None:
    cases = cases_of(NOW - 60)
    assert decided(cases, look(cases, **seen)) == ([Begin("p1")] if begins else [])


def test_the_first_promise_is_kept_first_and_one_that_somebody_hurries_before_it() -> None:
    cases = cases_of(NOW - 60, NOW - 90)
    assert decided(cases, look(cases)) == [Begin("p2")]
    cases.apply(promised("p3", since=NOW, priority=5), NOW)
    assert decided(cases, look(cases)) == [Begin("p3")]
    cases.apply(e.CallbackHurried(callback="p1", by="x"), NOW)
    assert decided(cases, look(cases, ahead={"p1": 9})) == [Begin("p1")]


def test_callers_are_served_between_two_callbacks_while_some_wait() -> None:
    cases = cases_of(NOW - 60, NOW - 50)
    cases.apply(placed("p1", "k1"), NOW)
    seen = look(cases, live=3, working=10, ready=5, talking=frozenset({"k1"}))
    assert decided(cases, seen, live_between=2) == []
    served = e.CallConnected(offer="o", call="c", queue="sales", agent="a", wait_s=1.0)
    cases.apply(served, NOW)
    assert decided(cases, seen, live_between=2) == []
    cases.apply(served, NOW)
    assert decided(cases, seen, live_between=2) == [Begin("p2")]
    assert decided(cases, look(cases, live=0, ready=5, working=10), live_between=9) == [Begin("p2")]


@pytest.mark.parametrize(("share", "working", "begins"), [(50, 4, True), (50, 3, False), (1, 1, False)])
def test_callbacks_have_a_share_of_the_agents_while_callers_wait(
    share: int, working: int, begins: bool
) -> None:
    cases = cases_of(NOW - 60, NOW - 50)
    cases.apply(placed("p1", "k1"), NOW)
    seen = look(cases, live=1, working=working, ready=1, talking=frozenset({"k1"}))
    found = decided(cases, seen, share=share, live_between=0)
    assert found == ([Begin("p2")] if begins else [])


def test_no_more_at_once_than_may_be() -> None:
    cases = cases_of(NOW - 60, NOW - 50)
    cases.apply(placed("p1", "k1"), NOW)
    seen = look(cases, ready=9, working=9)
    assert decided(cases, seen, most_at_once=1) == []
    assert decided(cases, seen, most_at_once=2) == [Begin("p2")]


@pytest.mark.parametrize("opens", [NOW + 3600, None])
def test_outside_the_hours_places_are_given_back_and_undialed_calls_taken_back(opens: float | None) -> None:
    cases = cases_of(NOW - 60, NOW - 50, NOW - 40)
    cases.apply(placed("p1", "k1"), NOW)
    cases.apply(placed("p2", "k2"), NOW)
    cases.apply(e.DialStarted(call="k2", leg="k2-p", to="…", trunk="t"), NOW)
    seen = look(cases, waiting=frozenset({"k1", "k2"}))
    found = decided(cases, seen, opens=opens, hours="office")
    assert found == [Recall("k1"), LetGo("p3")]
    due = next_deadline(cases, {"sales": Terms("t", hours="office")}, lambda _, __: opens, NOW)
    assert due == opens


@pytest.mark.parametrize(
    ("outcome", "tries", "follows"),
    [
        ("completed", 1, "done"),
        ("declined", 1, "declined"),
        ("not_allowed", 0, "not_allowed"),
        ("no_answer", 1, "anew"),
        ("no_answer", 3, "given_up"),
        ("unconfirmed", 1, "anew"),
        ("abandoned", 1, "anew"),
        ("failed", 1, "kept"),
        ("lost", 2, "kept"),
        ("lost", 3, "given_up"),
        ("trunk_full", 0, "kept"),
        ("agent_left", 1, "kept"),
    ],
)
def test_what_follows_from_a_call_that_is_over(outcome: str, tries: int, follows: str) -> None:
    cases = cases_of(NOW - 60)
    for n in range(max(tries, 1)):
        cases.apply(placed("p1", f"k{n}"), NOW)
        if tries:
            cases.apply(e.DialStarted(call=f"k{n}", leg=f"k{n}-p", to="…", trunk="t"), NOW)
    last = f"k{max(tries, 1) - 1}"
    cases.apply(e.CallEnded(call=last, outcome=outcome, by="system", cause="normal"), NOW)
    [found] = decided(cases, look(cases))
    if follows in {"anew", "kept"}:
        since = NOW if follows == "anew" else NOW - 60
        assert found == e.CallbackTried(
            callback="p1", call=last, outcome=outcome, tries=tries, next_at=NOW + 600, since=since
        )
    else:
        assert found == e.CallbackSettled(callback="p1", outcome=follows, call=last)
