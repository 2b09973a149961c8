"""The benchmark must notice what it is there to notice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from benchmarks.inbound import TARGETS, summary
from benchmarks.machine import quantile, spread_ms
from benchmarks.many_calls import from_log, from_sip
from benchmarks.side_by_side import WAITING, reactions
from benchmarks.side_by_side import summary as beside
from records import events as e
from records.events import Recorded
from records.folds.call_record import CallRecord
from telephony.peers.sipp import Message, Offer
from telephony.peers.sipp_scenarios import CallerPlan

if TYPE_CHECKING:
    from records.events import AnyEvent

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RATIOS = ("setup_p95_ratio", "cpu_per_call_ratio", "reaction_p95_ratio", "waiting_cpu_ratio")
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
# a phone that rang in vain, before B was offered the same caller, and one that refused
CANCELLED = [
    _said(1.48, "X", "CANCEL sip:x SIP/2.0", "1 CANCEL", received=True),
    _said(1.48, "X", "SIP/2.0 200 OK", "1 CANCEL"),
    _said(1.48, "X", "SIP/2.0 487 Request Terminated"),
]
REFUSED = [_said(1.45, "X", "SIP/2.0 180 Ringing"), _said(1.48, "X", "SIP/2.0 486 Busy Here")]
X_AND_B = [Offer(0.4, "A", "d1", "100"), Offer(1.4, "X", "d3", "101"), Offer(1.5, "B", "d2", "101")]


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
        (X_AND_B, TALK_A + CANCELLED + TALK_B, {}),
        (X_AND_B, TALK_A + REFUSED + TALK_B, {}),
        (X_AND_B, TALK_A + TALK_B, {"double_offers": 1}),
        (  # while the phone rings that gives up later
            X_AND_B,
            [*TALK_A, *TALK_B, _said(1.55, "X", "SIP/2.0 486 Busy Here")],
            {"double_offers": 1},
        ),
        (  # after a talk
            [Offer(0.4, "A", "d1", "100"), Offer(1.4, "B", "d2", "101"), Offer(4.0, "X", "d3", "101")],
            [*TALK_A, *TALK_B, _said(4.1, "X", "CANCEL sip:x SIP/2.0", "1 CANCEL", received=True)],
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
    assert seen["setup_ms"]["p50"] == pytest.approx(400)
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
        "side_by_side": zero | dict.fromkeys(RATIOS, 1.0),
    }
    assert set(TARGETS) <= set(summary(told))


def test_reactions_count_from_the_bye_to_the_next_invite_while_enough_callers_wait() -> None:
    there = [_said(0.1 * n, f"{n}-9@x", "SIP/2.0 200 OK", received=True) for n in range(WAITING + 1)]
    offers = [Offer(0.5, "A", "d", "100"), Offer(1.8, "B", "d", "101"), Offer(3.0, "C", "d", "102")]
    byes = [_said(1.5, "A", "BYE sip:x SIP/2.0", "1 BYE"), _said(2.5, "B", "BYE sip:x SIP/2.0", "1 BYE")]
    # after the second talk only four wait, as no caller has taken the place of the first
    assert reactions(there, offers, byes) == pytest.approx([0.3])
    assert reactions([*there, _said(2.0, "9-9@x", "SIP/2.0 200 OK", received=True)], offers, byes) == (
        pytest.approx([0.3, 0.5])
    )
    assert reactions(there, [Offer(0.5, "A", "d", "100")], byes) == []


def _turn(setup: float, cpu: float, lost: int = 0) -> dict[str, object]:
    counts = {"lost": lost, "double_offers": 0, "agents_with_two_calls": 0}
    return {"setup_ms": {"p95": setup}, "cpu_ms_per_call": {"both": cpu}, **counts}


def test_ratios_are_of_the_medians_and_only_our_losses_count() -> None:
    told = beside(
        {
            "straight ringhall": [_turn(4, 12), _turn(5, 13, lost=2), _turn(90, 99)],
            "straight app_queue": [_turn(4, 10), _turn(4, 10, lost=7), _turn(4, 10)],
            "menu ringhall": [_turn(0, 20)],
            "menu app_queue": [_turn(0, 10)],
            "waiting ringhall": [{"percent_of_a_core": {"both": 30.0}}],
            "waiting app_queue": [{"percent_of_a_core": {"both": 50.0}}],
            "reaction ringhall": [{"reactions_s": [0.005]}],
            "reaction app_queue": [{"reactions_s": [0.5]}],
        }
    )
    assert [told[name] for name in RATIOS] == [1.25, 1.3, 0.01, 0.6]
    assert told["cpu_per_call_with_menu_ratio"] == 2.0
    assert told["cpu_per_call_ms"] == {"ringhall": 13, "app_queue": 10}
    assert told["lost"] == 2
