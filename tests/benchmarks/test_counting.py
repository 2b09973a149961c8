"""The benchmark must notice what it is there to notice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from benchmarks.inbound import TARGETS, summary
from benchmarks.machine import quantile, spread_ms
from benchmarks.many_calls import from_log, from_sip
from records import events as e
from records.events import Recorded
from records.folds.call_record import CallRecord
from telephony.peers.sipp import Message, Offer
from telephony.peers.sipp_scenarios import CallerPlan

if TYPE_CHECKING:
    from records.events import AnyEvent

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLAN = CallerPlan("1000", first_number=100)


def _recorded(*events: AnyEvent) -> list[Recorded]:
    return [
        Recorded(site="s", node="n", stream="main", seq=seq, epoch=1, at=NOW, event=event)
        for seq, event in enumerate(events, 1)
    ]


def _arrived(call: str) -> AnyEvent:
    return e.CallArrived(call=call, leg=call, dialed="1000", trunk="t", subject="s")


def _offer(offer: str, call: str) -> AnyEvent:
    return e.OfferMade(offer=offer, call=call, queue="q", agent="a", phone="p", deadline=0.0)


def _refused(offer: str, call: str) -> AnyEvent:
    return e.OfferEnded(offer=offer, call=call, queue="q", agent="a", outcome="rejected", rang_s=0.1)


def _connected(offer: str, call: str) -> AnyEvent:
    return e.CallConnected(offer=offer, call=call, queue="q", agent="a", wait_s=0.1)


def _ended(call: str) -> AnyEvent:
    return e.CallEnded(call=call, outcome="completed", by="agent", cause="normal")


def _record(call: str, outcome: str | None = "completed") -> CallRecord:
    return CallRecord(
        call=call, site="s", node="n", trunk="t", dialed="1000", subject="s", arrived_at=NOW, outcome=outcome
    )


@pytest.mark.parametrize(
    ("events", "records", "found"),
    [
        ([_arrived("c"), _offer("1", "c"), _connected("1", "c"), _ended("c")], [_record("c")], {}),
        (
            [
                _arrived("c"),
                _offer("1", "c"),
                _refused("1", "c"),
                _offer("2", "c"),
                _connected("2", "c"),
                _ended("c"),
            ],
            [_record("c")],
            {},
        ),
        (
            [_arrived("c"), _offer("1", "c"), _offer("2", "c"), _connected("2", "c"), _ended("c")],
            [_record("c")],
            {"double_offers": 1},
        ),
        (
            [_arrived("c"), _offer("1", "c"), _connected("1", "c"), _connected("1", "c"), _ended("c")],
            [_record("c")],
            {"double_offers": 1},
        ),
        ([_arrived("c"), _offer("1", "c"), _connected("1", "c")], [], {"non_terminal": 1}),
        ([_arrived("c"), _offer("1", "c"), _connected("1", "c"), _ended("c")], [], {"non_terminal": 1}),
        (
            [_arrived("c"), _offer("1", "c"), _connected("1", "c"), _ended("c"), _ended("c")],
            [_record("c")],
            {"non_terminal": 1},
        ),
        ([_arrived("c"), _ended("c")], [_record("c")], {"not_served": 1}),
    ],
)
def test_counts_of_the_log(events: list[AnyEvent], records: list[CallRecord], found: dict[str, int]) -> None:
    clean = {"double_offers": 0, "not_served": 0, "non_terminal": 0}
    assert from_log(_recorded(*events), records) == clean | found


class Farm:
    """Phones as SIPp reports them."""

    def __init__(self, offers: list[Offer], messages: list[Message]) -> None:
        self._offers, self._messages = offers, messages

    def offers(self) -> list[Offer]:
        return self._offers

    def messages(self) -> list[Message]:
        return self._messages


def _said(at: float, call: str, line: str, cseq: str = "1 INVITE", *, received: bool = False) -> Message:
    return Message(at, call, received, cseq, line)


CALLERS = [
    _said(0.0, "1-9@x", "INVITE sip:1000@h SIP/2.0"),
    _said(0.1, "1-9@x", "SIP/2.0 200 OK", received=True),
    _said(1.0, "2-9@x", "INVITE sip:1000@h SIP/2.0"),
    _said(1.1, "2-9@x", "SIP/2.0 200 OK", received=True),
]
TALK_A = [_said(0.6, "A", "SIP/2.0 200 OK"), _said(2.6, "A", "BYE sip:x SIP/2.0", "1 BYE")]
TALK_B = [_said(1.6, "B", "SIP/2.0 200 OK"), _said(3.6, "B", "BYE sip:x SIP/2.0", "1 BYE")]


@pytest.mark.parametrize(
    ("offers", "talks", "found"),
    [
        ([Offer(0.4, "A", "d1", "100"), Offer(1.4, "B", "d2", "101")], TALK_A + TALK_B, {}),
        ([Offer(0.4, "A", "d1", "100")], TALK_A, {"not_served": 1}),
        (
            [Offer(0.4, "A", "d1", "100"), Offer(1.4, "B", "d2", "101"), Offer(1.5, "C", "d3", "101")],
            TALK_A + TALK_B,
            {"double_offers": 1},
        ),
        (
            [Offer(0.4, "A", "d1", "100"), Offer(1.4, "B", "d1", "101")],
            TALK_A + TALK_B,
            {"agents_with_two_calls": 1},
        ),
    ],
)
def test_counts_of_sip(offers: list[Offer], talks: list[Message], found: dict[str, int]) -> None:
    seen = from_sip(CALLERS, Farm(offers, talks), PLAN, 2)
    counted = {name: seen[name] for name in ("not_served", "double_offers", "agents_with_two_calls")}
    assert counted == {"not_served": 0, "double_offers": 0, "agents_with_two_calls": 0} | found
    assert seen["answer_ms"]["p50"] == pytest.approx(100)
    # INVITE at the phone 0.4 s, answer 0.1 s, key pressed 0.15 s later and 0.12 s long
    assert seen["key_to_agent_invite_ms"]["p50"] == pytest.approx(30)


def test_quantile_is_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 31)]
    assert quantile(values, 0.5) == 15
    assert quantile(values, 0.95) == 29
    assert quantile([7.0], 0.95) == 7
    assert quantile([], 0.95) == 0
    assert spread_ms([0.001, 0.003]) == {"p50": 1.0, "p95": 3.0, "max": 3.0}


def test_every_target_is_measured() -> None:
    zero = dict.fromkeys(("lost", "double_offers", "non_terminal", "agents_with_two_calls"), 0)
    told = {
        "first_prompt": {"first_sound_ms": {"p95": 1.0}},
        "reaction": {"ready_to_invite_ms": {"p95": 1.0}},
        "memory": {"controller_rss_mb": 1.0},
        "load": zero,
    }
    assert set(TARGETS) <= set(summary(told))
