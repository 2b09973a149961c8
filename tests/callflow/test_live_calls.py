"""The fold behind a restart: what is known of a call after its events."""

from datetime import UTC, datetime

import pytest

from callflow.live_calls import LiveCalls, Place
from records import events as e

ARRIVED = e.CallArrived(call="c", leg="leg", dialed="1000", trunk="carrier", subject="s")
STEP = e.StepEntered(call="c", menu="main", step=2, kind="menu", version="v1", line=7, file="site.yaml")
QUEUED = e.QueueEntered(call="c", queue="sales", priority=0, needs={"sales": 1}, position=1)
CONNECTED = e.CallConnected(offer="o", call="c", queue="sales", agent="1001", wait_s=3.0)
LEFT = e.QueueLeft(call="c", queue="sales", reason="max_wait", wait_s=60.0, position=1)
GIVEN_UP = e.QueueLeft(call="c", queue="sales", reason="abandoned", wait_s=9.0, position=1)


def fold(*events: e.Event) -> LiveCalls:
    calls = LiveCalls()
    for event in events:
        calls.apply(event)
    return calls


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ([ARRIVED], "hung_up_before_menu"),
        ([ARRIVED, STEP], "hung_up_in_menu"),
        ([ARRIVED, STEP, QUEUED], "abandoned"),
        ([ARRIVED, STEP, QUEUED, LEFT], "hung_up_in_menu"),
        ([ARRIVED, STEP, QUEUED, GIVEN_UP], "abandoned"),  # the queue hears of the hangup first
        ([ARRIVED, STEP, QUEUED, CONNECTED], "completed"),
    ],
)
def test_what_a_hangup_would_mean(events: list[e.Event], outcome: str) -> None:
    live = fold(*events).get("c")
    assert live is not None
    assert live.outcome == outcome


def test_a_call_is_forgotten_when_it_ends() -> None:
    assert len(fold(ARRIVED, e.CallEnded(call="c", outcome="completed", by="caller", cause="normal"))) == 0


def test_the_leg_of_an_ended_call_is_remembered() -> None:
    before = fold(ARRIVED, e.CallEnded(call="c", outcome="completed", by="caller", cause="normal"))
    after = LiveCalls()
    after.restore(before.snapshot())
    assert after.ended_on("leg")
    assert not fold(ARRIVED).ended_on("leg")


def test_who_had_a_call_last_is_known() -> None:
    calls = LiveCalls()
    for epoch, event in ((4, ARRIVED), (5, STEP)):
        calls.replay(
            e.Recorded(
                site="s", node="n", stream="main", seq=epoch, epoch=epoch, at=datetime.now(UTC), event=event
            )
        )
    live = calls.get("c")
    assert live is not None
    assert live.epoch == 5


def test_events_of_unknown_calls_change_nothing() -> None:
    assert len(fold(STEP, QUEUED)) == 0


def test_a_snapshot_gives_the_same_calls() -> None:
    before = fold(ARRIVED, e.CallAnswered(call="c"), STEP, e.LanguageChosen(call="c", language="zh"), QUEUED)
    after = LiveCalls()
    after.restore(before.snapshot())
    assert list(after) == list(before)
    live = after.get("c")
    assert live is not None
    assert (live.answered, live.language, live.place) == (True, "zh", Place("main", 2, "v1"))


def test_secret_digits_are_not_expected_in_the_vault() -> None:
    collected = [
        e.DigitsCollected(call="c", variable="order", count=6),
        e.DigitsCollected(call="c", variable="pin", count=4, secret=True),
    ]
    live = fold(ARRIVED, *collected).get("c")
    assert live is not None
    assert live.variables == ["order"]


def handed(kind: str, to_kind: str, to: str) -> e.CallTransferred:
    return e.CallTransferred(
        call="c", agent="1001", queue="sales", kind=kind, to_kind=to_kind, to=to, waited_s=3.0
    )


ENDED_BY_TRANSFER = e.TalkEnded(call="c", agent="1001", queue="sales", by="transfer", talk_s=9.0)
TALK_OVER = e.TalkEnded(call="c", agent="1001", queue="sales", by="caller", talk_s=9.0)
AGAIN = e.CallConnected(offer="o2", call="c", queue="support", agent="1002", wait_s=1.0)


@pytest.mark.parametrize(
    ("events", "who"),
    [
        ([], "1001"),
        ([ENDED_BY_TRANSFER, handed("attended", "agent", "1002")], "1002"),
        ([ENDED_BY_TRANSFER, handed("takeover", "agent", "1009")], "1009"),
        ([ENDED_BY_TRANSFER, handed("attended", "outside", "")], ""),
        ([ENDED_BY_TRANSFER, handed("blind", "outside", "")], ""),
        ([ENDED_BY_TRANSFER, handed("blind", "agent", "1002")], ""),
        ([ENDED_BY_TRANSFER, handed("blind", "agent", "1002"), AGAIN], "1002"),
        ([TALK_OVER], ""),
        ([TALK_OVER, QUEUED, AGAIN], "1002"),
    ],
)
def test_who_has_the_call_now(events: list[e.Event], who: str) -> None:
    live = fold(ARRIVED, STEP, QUEUED, CONNECTED, *events).get("c")
    assert live is not None
    assert [agent for agent in ("1001", "1002", "1009") if live.talks_with(agent)] == ([who] if who else [])
    assert live.outcome == ("abandoned" if live.queue else "completed")
