"""A recorded day folded both ways: the metrics, and what a report tool reads from the queue_log's text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from records import events as e
from records.folds.metrics.variants import Variant
from tests.reporting.both_ways import assert_same, by_events, lines_of
from tests.reporting.days import Day
from tests.reporting.queue_log_reader import read

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC).timestamp()
VARIANTS = (Variant(), Variant(90, 10, 2), Variant(70, 45, 0))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_big_day(seed: int) -> None:
    events = Day(seed, MORNING).run(10 * 3600, calls_per_hour=260)
    lines = lines_of(events)
    for variant in VARIANTS:
        assert_same(events, lines, variant)
    answered = sum(row["answered"] for row in by_events(events, VARIANTS[0], "queue").values())
    kinds = {type(recorded.event) for recorded in events}
    assert answered > 800
    assert {e.OfferEnded, e.QueueLeft, e.QueueRefused, e.SurveyAnswered} <= kinds
    outcomes = {r.event.outcome for r in events if isinstance(r.event, e.OfferEnded)}
    assert {"no_answer", "rejected", "busy", "unreachable", "caller_gone", "failed"} <= outcomes


def test_times_are_right_on_average_where_the_format_has_whole_seconds() -> None:
    events = Day(4, MORNING).run(10 * 3600, calls_per_hour=260)
    rows, told = by_events(events, Variant(), "queue"), read(lines_of(events), 20, 5)
    for name, row in rows.items():
        text = told.queues[name]
        assert text.asa == pytest.approx(row["asa"] + 0.5, abs=0.12), name
        if text.completed == row["handled"]:
            assert text.talk_s / text.completed == pytest.approx(row["talk"] / row["handled"], abs=0.1), name


def test_agents_sessions_and_pauses_are_those_of_the_events() -> None:
    events = Day(5, MORNING).run(8 * 3600, calls_per_hour=100)
    told = read(lines_of(events), 20, 5)
    sessions: dict[str, float] = {}
    since: dict[str, float] = {}
    for recorded in events:
        event, at = recorded.event, recorded.at.timestamp()
        if isinstance(event, e.AgentStateChanged):
            if event.before == "logged_out":
                since[event.agent] = at
            if event.after == "logged_out":
                name = f"Agent/{event.agent}"
                sessions[name] = sessions.get(name, 0.0) + at - since.pop(event.agent)
    assert sessions
    assert set(told.logins) == set(sessions)
    for name, seconds in told.logins.items():
        assert seconds == pytest.approx(sessions[name], abs=20)
    reasons = {key.partition(" ")[2] for key in told.paused}
    assert {"lunch", "break", "login", "missed", "unreachable"} <= reasons


def test_the_reader_sees_a_line_too_few() -> None:
    """The comparison itself can fail: without one line, or with another second, it does."""
    events = Day(6, MORNING).run(3600, calls_per_hour=200)
    lines = lines_of(events)
    connect = next(n for n, line in enumerate(lines) if "|CONNECT|" in line)
    with pytest.raises(AssertionError):
        assert_same(events, lines[:connect] + lines[connect + 1 :], Variant())
    rung = next(n for n, line in enumerate(lines) if "|RINGNOANSWER|" in line)
    with pytest.raises(AssertionError):
        assert_same(events, lines[:rung] + lines[rung + 1 :], Variant())
