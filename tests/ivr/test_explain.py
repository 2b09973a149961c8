"""A call told from its events, with the lines of the version that it ran on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from callflow.explaining import CallFile, clock, story
from ivr.load import Source
from ivr.tools.source_lines import SourceLines
from ivr.tools.story import MenuStory
from records import events as e
from tests.ivr.traces import PLACE

LINES = SourceLines([Source("t.yaml", PLACE, b"site: T\nmenus:\n  main:\n    - queue: cards  # wait\n")])
BEGAN = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)


def told(*events: Any) -> list[str]:
    envelope: dict[str, Any] = {"site": "s", "node": "n", "stream": "n", "epoch": 1}
    recorded = [
        e.Recorded(**envelope, seq=seq, at=BEGAN + timedelta(seconds=seq), event=event)
        for seq, event in enumerate(events)
    ]
    known = CallFile("c", recorded, {"order": "…42", "tier": "…ld"})
    beats = story(known, [MenuStory({"v1": LINES}.get)])
    return [
        f"{clock(one.at)} {one.file}{':' if one.file else ''}{one.line or ''} {one.text}" for one in beats
    ]


def step(version: str, line: int) -> e.StepEntered:
    return e.StepEntered(
        call="c", menu="main", step=0, kind="queue", version=version, line=line, file="t.yaml"
    )


def test_steps_are_the_lines_of_their_version() -> None:
    assert told(step("v1", 4), step("v2", 4), step("v1", 99)) == [
        "09:00:00.2 t.yaml:4 queue: cards  # wait",
        "09:00:01.2 t.yaml:4 queue",
        "09:00:02.2 t.yaml:99 queue",
    ]


def test_each_kind_in_words() -> None:
    assert [
        line.partition("  ")[2]
        for line in told(
            e.CallArrived(call="c", leg="l", dialed="1000", trunk="provider", subject="s"),
            e.CallAnswered(call="c"),
            e.LanguageChosen(call="c", language="zh"),
            e.ChoiceMade(call="c", menu="main", result="chosen", key="1"),
            e.ChoiceMade(call="c", menu="main", result="invalid", key="9"),
            e.ChoiceMade(call="c", menu="main", result="invalid"),
            e.ChoiceMade(call="c", menu="main", result="no_input"),
            e.DigitsCollected(call="c", variable="order", count=6),
            e.DigitsCollected(call="c", variable="pin", count=4, secret=True),
            e.VariableSet(call="c", variable="tier"),
            e.VariableSet(call="c", variable="erased"),
            e.NoticeGiven(call="c", notice="recording", result="heard"),
            e.HttpAsked(
                call="c", method="GET", host="crm", outcome="done", status=200, took_s=0.2, variables=["tier"]
            ),
            e.HttpAsked(
                call="c",
                method="GET",
                host="crm",
                outcome="failure",
                detail="slow",
                tries=2,
                status=0,
                took_s=3,
            ),
            e.StageEntered(call="c", stage="survey"),
            e.SurveyAnswered(call="c", survey="after", score=4),
            e.CallEnded(call="c", outcome="completed", by="agent", cause="normal"),
        )
    ] == [
        "dials 1000 by provider",
        "answered",
        "language zh",
        "presses 1",
        "presses 9: invalid",
        "presses something: invalid",
        "presses nothing",
        "order = …42, 6 digits",
        "pin = (secret), 4 digits",
        "tier = …ld",
        "erased = (not kept)",
        "notice recording: heard",
        "GET crm: 200 done after 0.2 s, tier = …ld",
        "GET crm: failure (slow) after 3 s, 2 tries",
        "stage survey",
        "survey answered: survey after, score 4",
        "ENDS: completed, by agent (normal)",
    ]
