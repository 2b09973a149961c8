"""No figure of emotion is an agent's: the API's schemas are walked, and what was heard changes no figure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from records import events as e
from records.folds.call_record import CallRecordFold
from records.folds.metrics.counters import AGENT, DIMENSIONS, SLOT_S, Counters
from records.folds.metrics.figures import figures
from records.folds.metrics.fold import MetricsFold
from records.folds.metrics.variants import Variant
from records.folds.queue_log import QueueLogFold
from tests.desk.document import operations, the_document
from tests.emotion.test_picture import BEGAN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ABOUT = re.compile(
    "(?i)emotion|anger|angry|arous|distress|calm|sentiment|mood|signal|hint|trend|overlap|broke"
)
"""Words of names that would be of a voice."""
OPEN = {"listening", "curves", "result", "heard_s"}
"""Maps of any listener's facts by name: what may be in them no schema says."""
Schema = dict[str, Any]


def components() -> dict[str, Schema]:
    found: dict[str, Schema] = the_document()["components"]["schemas"]
    return found


def names_in(schema: Schema, seen: set[str] | None = None) -> Iterator[str]:
    """Give the name of every property that is reached from a schema, and of every schema on the way."""
    seen = set() if seen is None else seen
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            seen.add(name)
            yield name
            yield from names_in(components()[name], seen)
        return
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from names_in(inner, seen)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from names_in(schema[key], seen)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in schema.get(key, []):
            yield from names_in(inner, seen)
    for inner in schema.get("$defs", {}).values():
        yield from names_in(inner, seen)


def of_an_agent() -> dict[str, Schema]:
    """Give the schemas that say which agent something is about."""
    return {
        name: schema
        for name, schema in components().items()
        if name.startswith("Agent") or any("agent" in one for one in schema.get("properties", {}))
    }


def test_the_walk_reaches_what_lies_deep() -> None:
    """Or it would find nothing anywhere."""
    assert {"Recorded", "angry_s", "SignalNoted", "confidence"} <= set(names_in(components()["EventMessage"]))
    assert {"CallRecord", "offers", "OfferTried", "listening"} <= set(
        names_in({"$ref": "#/x/Page_CallRecord_"})
    )
    assert {"AgentView", "AgentStateChanged", "HintGiven", "CallRecord", "CallConnected"} <= set(
        of_an_agent()
    )
    assert ABOUT.search("angry_share")


def test_no_schema_that_names_an_agent_has_a_figure_of_a_voice() -> None:
    found = {
        name for name, schema in of_an_agent().items() if any(map(ABOUT.search, {name, *names_in(schema)}))
    }
    # it tells an agent of their caller, and names whom it was shown to
    assert found == {"HintGiven"}


def test_where_listeners_may_put_any_fact_it_is_a_call_s() -> None:
    found = {name for name, schema in of_an_agent().items() if OPEN & set(schema.get("properties", {}))}
    # a call's record, with its caller's facts, and a listener's end, which names an agent of a talk alone
    assert found == {"CallRecord", "RecordInFull", "ListeningEnded"}


@pytest.mark.parametrize("path", ["/api/v1/agents", "/api/v1/metrics", "/api/v1/queues"])
def test_nothing_that_is_answered_of_agents_has_one(path: str) -> None:
    answers = [
        response["content"]["application/json"]["schema"]
        for (_, served), operation in operations().items()
        if served == path or served.startswith(f"{path}/")
        for status, response in operation["responses"].items()
        if status < "300" and "application/json" in response.get("content", {})
    ]
    assert answers
    for schema in answers:
        names = set(names_in(schema))
        assert not OPEN & names
        assert not [name for name in names if ABOUT.search(name)]


# ── what is counted ──────────────────────────────────────────────────────────────────────────────

DAY: list[tuple[float, e.AnyEvent]] = [
    (0, e.SiteLoaded(version="v", files=[], time_zone="UTC")),
    (0, e.AgentStateChanged(agent="1001", before="logged_out", after="ready", reason="", phone="p")),
    (1, e.CallArrived(call="c", leg="c", dialed="2000", trunk="t", subject="s")),
    (1, e.CallAnswered(call="c")),
    (2, e.QueueEntered(call="c", queue="cards", priority=0, needs={"cards": 1}, position=1)),
    (9, e.CallConnected(offer="o", call="c", queue="cards", agent="1001", wait_s=7.0)),
    (9, e.AgentStateChanged(agent="1001", before="ready", after="talking", reason="", phone="p")),
    (90, e.TalkEnded(call="c", queue="cards", agent="1001", by="caller", talk_s=81.0)),
    (90, e.AgentStateChanged(agent="1001", before="talking", after="ready", reason="", phone="p")),
    (91, e.CallEnded(call="c", outcome="completed", by="caller", cause="normal")),
]
FACTS = {"angry_share": 0.9, "anger_peak": 1.0, "alarms": 1.0, "overlap_s": 9.0, "broken_in_on": 7.0}
FELT: list[tuple[float, e.AnyEvent]] = [
    (5, e.ListeningBegan(call="c", listener="emotion", talk="", sides={"caller": "c", "agent": "o"})),
    (20, e.SignalNoted(call="c", listener="emotion", talk="", signal="angry", side="caller", at_s=20)),
    (21, e.SignalNoted(call="c", listener="emotion", talk="", signal="angry", side="agent", at_s=20)),
    (
        21,
        e.HintGiven(
            call="c", agent="1001", queue="cards", listener="emotion", signal="angry", at_s=20, confidence=1,
            trend="rising", wording={}, until=0.0,
        ),
    ),
    (40, e.EmotionAlarm(call="c", queue="cards", listener="emotion", at_s=40, angry_s=20, confidence=1)),
    (
        91,
        e.ListeningEnded(
            call="c", listener="emotion", talk="", agent="", result=FACTS,
            heard_s={"caller": 90.0, "agent": 80.0},
        ),
    ),
]  # fmt: skip
HEARD = sorted([*DAY, *FELT], key=lambda one: one[0])


def counted(parts: list[tuple[float, e.AnyEvent]]) -> dict[str, dict[str, Any]]:
    fold = MetricsFold()
    for one in recorded(*parts):
        fold.apply(one)
    fold.pass_time(round((BEGAN + 120) * 1e6))
    rows: dict[str, Counters] = {}
    for found in fold.shelf.rows_of(int(BEGAN) // SLOT_S):
        for name, row in found.items():
            rows.setdefault(name, Counters()).add(row)
    return {name: figures(name.partition(" ")[0], row, Variant()) for name, row in rows.items()}


def logged(parts: list[tuple[float, e.AnyEvent]]) -> list[str]:
    fold = QueueLogFold()
    return [line for one in recorded(*parts) for line in fold.apply(one)]


@pytest.mark.parametrize("told", [counted, logged])
def test_figures_are_the_same_whether_or_not_a_caller_sounded_angry(
    told: Callable[[list[tuple[float, e.AnyEvent]]], Any],
) -> None:
    assert told(DAY) == told(HEARD)
    assert "1001" in repr(told(DAY))


def test_no_figure_is_named_for_a_voice() -> None:
    for dimension in DIMENSIONS:
        assert not [name for name in figures(dimension, Counters(), Variant()) if ABOUT.search(name)]
    assert "handled" in figures(AGENT, Counters(), Variant())


def test_a_call_s_record_has_them_as_the_call_s_alone() -> None:
    found = []
    for parts in (DAY, HEARD):
        fold = CallRecordFold()
        kept = [record for one in recorded(*parts) for record in fold.apply(one)]
        found.append(msgspec.to_builtins(kept[-1]))
    quiet, told = found
    assert told.pop("listening") == {"emotion": FACTS}
    assert quiet.pop("listening") == {}
    assert told == quiet
    assert told["agent"] == "1001"
