"""What is recorded now, by what has happened: the fold, without anything around it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from callflow.call_recording.state import State
from records import events as e

STARTED = e.CallRecordingStarted(
    call="c", recording="c-c1", leg="l", subject="s", queue="sales", keep_days=0, agent="1001"
)
WAITED = msgspec.structs.replace(STARTED, agent="", with_wait=True)
CONNECTED = e.CallConnected(offer="o", call="c", queue="sales", agent="1002", wait_s=0.0)
WAITS = e.QueueEntered(call="c", queue="sales", priority=0, needs={}, position=1)
LEFT = e.QueueLeft(call="c", queue="sales", reason="key", wait_s=1.0, position=1)
STEP = e.StepEntered(call="c", menu="m", step=0, kind="collect", version="v", line=1, file="f")
PAUSED = e.CallRecordingPaused(call="c", recording="c-c1", by="a")
RESUMED = e.CallRecordingResumed(call="c", recording="c-c1", by="a")


def talk_ended(agent: str, by: str = "agent") -> e.TalkEnded:
    return e.TalkEnded(call="c", queue="sales", agent=agent, by=by, talk_s=1.0)


def after(*events: e.Event) -> State:
    """Fold events, one a second from second 100 on; the state must survive a snapshot each time."""
    state = State()
    for second, event in enumerate(events, start=100):
        recorded = e.Recorded(
            site="s", node="n", stream="m", seq=second, epoch=1,
            at=datetime.fromtimestamp(second, UTC), event=event,  # type: ignore[arg-type]
        )  # fmt: skip
        state = msgspec.convert(msgspec.to_builtins(state), State)
        state.fold(recorded)
    return state


@pytest.mark.parametrize(
    ("events", "going_on"),
    [
        ((STARTED,), True),
        ((STARTED, PAUSED), False),
        ((STARTED, PAUSED, RESUMED), True),
        ((STARTED, talk_ended("1001")), False),
        ((STARTED, talk_ended("1001"), WAITS), False),
        ((STARTED, talk_ended("1001"), WAITS, CONNECTED), True),
        ((STARTED, PAUSED, talk_ended("1001"), CONNECTED), False),
        ((STARTED, CONNECTED, talk_ended("1001")), True),
        ((STARTED, talk_ended("1001", "transfer")), True),
        ((STARTED, talk_ended("1001", "transfer"), talk_ended("1002", "caller")), False),
        ((STARTED, talk_ended("1001", "transfer"), WAITS), False),
        ((STARTED, talk_ended("1001", "transfer"), STEP), False),
        ((WAITED,), True),
        ((WAITED, LEFT, STEP), False),
        ((WAITED, CONNECTED), True),
        ((WAITED, CONNECTED, talk_ended("1002"), WAITS), True),
    ],
)
def test_what_is_recorded_now(events: tuple[e.Event, ...], going_on: bool) -> None:
    assert after(*events).running["c"].going_on is going_on


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ((STARTED, talk_ended("1001"), STEP, STEP), 1.0),
        ((STARTED, talk_ended("1001"), CONNECTED, STEP), None),
        ((STARTED, talk_ended("1001"), CONNECTED, talk_ended("1002")), 3.0),
        ((WAITED, LEFT, STEP), 1.0),
    ],
)
def test_it_is_kept_up_to_the_last_talk(events: tuple[e.Event, ...], seconds: float | None) -> None:
    assert after(*events).running["c"].seconds_wanted == seconds


def test_it_is_finishing_until_it_is_kept_or_lost() -> None:
    stopped = e.CallRecordingStopped(call="c", recording="c-c1", reason="call_over")
    state = after(STARTED, CONNECTED, stopped)
    assert not state.running
    assert state.finishing["c-c1"].seconds_wanted == 2.0
    assert state.finishing["c-c1"].agents == ["1001", "1002"]
    lost = e.CallRecordingLost(call="c", recording="c-c1", reason="r")
    assert not after(STARTED, stopped, lost).finishing
    assert not after(STARTED, lost).running
