"""What happens on the floor, as tables of events (inputs on the left of the code, the log below)."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from acd.core import inputs as i
from acd.core.commands import Connect, ExitQueue, MakeOffer, WithdrawOffer
from acd.core.errors import PhoneInUse, UnknownAgent, UnknownQueue, UnknownStrategy
from acd.core.model import AgentProfile, QueueSpec
from acd.core.states import IllegalTransition
from records import events as e
from tests.acd.floor import SALES, SUPPORT, TestFloor, lines

if TYPE_CHECKING:
    from acd.core.turn import Decision


def table(text: str) -> list[str]:
    return dedent(text).strip().splitlines()


def said(*decisions: Decision) -> list[str]:
    return [line for decision in decisions for line in lines(decision.events)]


@pytest.fixture
def floor() -> TestFloor:
    return TestFloor()


def test_a_call_waits_is_offered_answered_and_wrapped_up(floor: TestFloor) -> None:
    begin = len(floor.log)
    floor.do(i.Enqueue("c1", "sales"))
    floor.now += 30
    floor.seat("1001")
    offer = floor.offer_of("c1")
    floor.do(i.OfferProgress(offer))
    floor.now += 4
    floor.do(i.OfferAnswered(offer))
    floor.do(i.OfferConnected(offer))
    floor.now += 60
    floor.see_phones()
    floor.do(i.TalkOver("c1", "caller"))
    floor.wait(10)
    assert lines([event for _, event in floor.log[begin:]]) == table("""
        c1 enters sales at 1
        p1001 reachable
        1001 paused(login)
        1001 lease p1001
        1001 ready
        c1 offered to 1001
        1001 reserved
        1001 rings for c1
        1001 ringing
        1001 answers c1
        c1 connected to 1001 after 35
        1001 talking
        c1 with 1001 ended by caller after 60
        1001 wrap_up
        1001 ready
        """)
    assert [type(command) for command in floor.commands] == [MakeOffer, Connect]
    assert floor.commands[0] == MakeOffer("c1", offer="c1-a1", agent="1001", phone="p1001", queue="sales")


def test_only_agents_with_the_level_are_offered(floor: TestFloor) -> None:
    floor.seat("1003")
    floor.do(i.Enqueue("c1", "sales"))
    assert floor.offer_of("c1") == ""
    floor.seat("1002")
    assert floor.offered_to("c1") == "1002"


def test_longest_idle_first_and_an_offer_without_talk_keeps_the_place(floor: TestFloor) -> None:
    floor.seat("1001", "1002")
    floor.do(i.Enqueue("c1", "sales"))
    assert floor.offered_to("c1") == "1001"
    floor.do(i.CallGone("c1"))
    floor.do(i.Enqueue("c2", "sales"))
    assert floor.offered_to("c2") == "1001"
    floor.do(i.Enqueue("c3", "sales"))
    assert floor.offered_to("c3") == "1002"


def test_priority_then_original_time(floor: TestFloor) -> None:
    for call, priority in (("c1", 0), ("c2", 0), ("c3", 5)):
        floor.do(i.Enqueue(call, "sales", priority=priority))
        floor.now += 1
    positions = [event.position for _, event in floor.log if isinstance(event, e.QueueEntered)]
    assert positions == [1, 2, 1]
    floor.seat("1001")
    assert floor.offered_to("c3") == "1001"
    floor.do(i.OfferFailed(floor.offer_of("c3"), "busy"))
    floor.seat("1002")
    assert floor.offered_to("c3") == "1002", "refused, and still the first"
    floor.do(i.Ready("1001"))
    assert floor.offered_to("c1") == "1001"


def test_an_agent_takes_the_best_call_over_all_their_queues(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales"))
    floor.now += 1
    floor.do(i.Enqueue("c2", "support"))
    floor.now += 1
    floor.do(i.Enqueue("c3", "support", priority=1))
    floor.seat("1002")
    assert floor.offered_to("c3") == "1002"


@pytest.mark.parametrize(
    ("cause", "outcome", "state"),
    [
        ("busy", "busy", "missed(busy)"),
        ("rejected", "rejected", "missed(rejected)"),
        ("normal", "rejected", "missed(rejected)"),
        ("no_answer", "no_answer", "missed(no_answer)"),
        ("unreachable", "unreachable", "unreachable(silent)"),
        ("unallocated", "unreachable", "unreachable(silent)"),
        ("congestion", "unreachable", "unreachable(silent)"),
        ("failure", "failed", "unreachable(silent)"),
    ],
)
def test_a_refusal_gives_both_back(floor: TestFloor, cause: str, outcome: str, state: str) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    offer = floor.offer_of("c1")
    floor.do(i.OfferProgress(offer))
    floor.now += 3
    assert said(floor.do(i.OfferFailed(offer, cause)))[0] == f"c1 back from 1001: {outcome} after 3"
    assert floor.state("1001") == state
    assert floor.offer_of("c1") == ""
    assert said(floor.do(i.OfferFailed(offer, cause))) == [], "said twice"
    floor.seat("1002")
    assert floor.offered_to("c1") == "1002"


def test_no_answer_is_a_miss_and_ends_when_they_say_ready(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferProgress(floor.offer_of("c1")))
    assert lines(floor.wait(20)) == table("""
        c1 back from 1001: no_answer after 20
        1001 missed(no_answer)
        """)
    assert floor.commands[-1] == WithdrawOffer("c1", offer="c1-a1", reason="no_answer")
    floor.wait(30)
    assert floor.state("1001") == "missed(no_answer)"
    assert floor.offer_of("c1") == ""
    floor.do(i.Ready("1001"))
    assert floor.offer_of("c1") == "c1-a2"


def test_no_sign_of_life_in_2_s_is_unreachable_until_seen_anew(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    assert lines(floor.wait(2)) == table("""
        c1 back from 1001: unreachable after 0
        p1001 lost: silent
        1001 pending ready
        1001 unreachable(silent)
        """)
    floor.now += 1
    assert said(floor.do(i.PhoneSeen("p1001"))) == [], "the switch has not probed it since"
    floor.now += 10
    assert said(floor.do(i.PhoneSeen("p1001")))[:5] == table("""
        p1001 reachable
        1001 lease p1001
        1001 pending nothing
        1001 ready
        c1 offered to 1001
        """)


def test_a_silent_phone_that_registers_again_is_believed_at_once(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.wait(2)
    floor.do(i.PhoneGone("p1001"))
    floor.do(i.PhoneSeen("p1001"))
    assert floor.offered_to("c1") == "1001"


def test_max_wait_ends_the_wait(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales", max_wait=30))
    floor.do(i.Enqueue("c2", "sales"))
    assert lines(floor.wait(30)) == ["c1 leaves: max_wait after 30 at 1"]
    assert floor.commands[-1] == ExitQueue("c1", reason="max_wait")
    assert lines(floor.wait(570)) == ["c2 leaves: max_wait after 600 at 1"]
    assert floor.acd.next_deadline() is None


def test_max_wait_lets_an_offer_ring_on(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales", max_wait=30))
    floor.wait(20)
    floor.seat("1001")
    floor.do(i.OfferProgress(floor.offer_of("c1")))
    assert lines(floor.wait(20)) == table("""
        c1 back from 1001: no_answer after 20
        1001 missed(no_answer)
        c1 leaves: max_wait after 41 at 1
        """)


def test_the_caller_goes_while_waiting_ringing_answered_talking(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales"))
    floor.now += 5
    assert said(floor.do(i.CallGone("c1"))) == ["c1 leaves: abandoned after 5 at 1"]
    floor.seat("1001")
    gone = ["1001 ready", "c2 leaves: abandoned after 0 at 1"]
    floor.do(i.Enqueue("c2", "sales"))
    assert said(floor.do(i.CallGone("c2"))) == ["c2 back from 1001: caller_gone after 0", *gone]
    floor.do(i.Enqueue("c2", "sales"))
    offer = floor.offer_of("c2")
    floor.do(i.OfferProgress(offer))
    floor.do(i.OfferAnswered(offer))
    assert said(floor.do(i.CallGone("c2"))) == ["c2 back from 1001: caller_gone after 0", *gone]
    assert floor.commands[-1] == WithdrawOffer("c2", offer=offer, reason="caller_gone")
    assert said(floor.do(i.OfferAnswered(offer)), floor.do(i.OfferConnected(offer))) == [], "too late"
    floor.do(i.Enqueue("c3", "sales"))
    floor.connect("c3")
    assert said(floor.do(i.CallGone("c3"))) == ["c3 with 1001 ended by caller after 0", "1001 wrap_up"]
    assert said(floor.do(i.CallGone("c3")), floor.do(i.TalkOver("c3", "agent"))) == []


def test_a_connection_that_fails_gives_both_back_and_does_not_loop(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    offer = floor.offer_of("c1")
    floor.do(i.OfferAnswered(offer))
    assert said(floor.do(i.ConnectFailed(offer))) == ["c1 back from 1001: failed after 0", "1001 ready"]
    floor.do(i.Enqueue("c2", "sales"))
    assert floor.offered_to("c2") == "1001", "the agent is free for others"
    floor.do(i.CallGone("c2"))
    assert floor.offer_of("c1") == ""
    assert "c1 offered to 1001" in lines(floor.wait(5))


def test_an_answer_that_is_never_connected_comes_back(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferAnswered(floor.offer_of("c1")))
    assert lines(floor.wait(5))[:2] == ["c1 back from 1001: failed after 0", "1001 ready"]


def test_agent_logs_out_or_pauses_while_ringing(floor: TestFloor) -> None:
    floor.seat("1001", "1002")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferProgress("c1-a1"))
    assert said(floor.do(i.LogOut("1001"))) == table("""
        c1 back from 1001: withdrawn after 0
        1001 logged_out
        1001 lease over
        c1 offered to 1002
        1002 reserved
        """)
    assert floor.commands[-2:] == [
        WithdrawOffer("c1", offer="c1-a1", reason="withdrawn"),
        MakeOffer("c1", offer="c1-a2", agent="1002", phone="p1002", queue="sales"),
    ]
    assert said(floor.do(i.Pause("1002", "lunch"))) == [
        "c1 back from 1002: withdrawn after 0",
        "1002 paused(lunch)",
    ]


def test_phone_goes_while_ringing_and_comes_back(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferProgress("c1-a1"))
    assert said(floor.do(i.PhoneGone("p1001"))) == table("""
        p1001 lost: gone
        c1 back from 1001: unreachable after 0
        1001 unreachable(gone)
        1001 pending ready
        """)
    assert said(floor.do(i.PhoneGone("p1001"))) == []
    floor.do(i.PhoneSeen("p1001"))
    assert floor.offered_to("c1") == "1001"


def test_phone_goes_while_talking(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.connect("c1")
    assert said(floor.do(i.PhoneGone("p1001"))) == ["p1001 lost: gone"]
    floor.do(i.TalkOver("c1", "agent"))
    assert lines(floor.wait(10)) == ["1001 pending ready", "1001 unreachable(gone)"]
    assert said(floor.do(i.PhoneSeen("p1001")))[-1] == "1001 ready"


@pytest.mark.parametrize("state", ["paused(lunch)", "missed(rejected)"])
def test_unreachable_remembers_what_to_return_to(floor: TestFloor, state: str) -> None:
    floor.seat("1001")
    if state.startswith("paused"):
        floor.do(i.Pause("1001", "lunch"))
    else:
        floor.do(i.Enqueue("c1", "sales"))
        floor.do(i.OfferFailed(floor.offer_of("c1"), "rejected"))
    floor.do(i.PhoneGone("p1001"))
    assert floor.state("1001") == "unreachable(gone)"
    floor.do(i.PhoneSeen("p1001"))
    assert floor.state("1001") == state


def test_what_is_asked_for_while_unreachable_is_taken_later(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.PhoneGone("p1001"))
    floor.do(i.Pause("1001", "lunch"))
    assert floor.state("1001") == "unreachable(gone)"
    floor.do(i.PhoneSeen("p1001"))
    assert floor.state("1001") == "paused(lunch)"
    floor.do(i.PhoneGone("p1001"))
    floor.do(i.Ready("1001"))
    floor.do(i.PhoneSeen("p1001"))
    assert floor.state("1001") == "ready"


def test_a_lease_lapses_without_sight(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.wait(50)
    floor.do(i.PhoneSeen("p1001"))
    assert floor.wait(59) == []
    assert lines(floor.wait(1)) == table("""
        p1001 lost: lapsed
        1001 lease over
        1001 unreachable(lapsed)
        1001 pending ready
        """)
    floor.do(i.Enqueue("c1", "sales"))
    assert floor.offer_of("c1") == ""
    floor.do(i.PhoneSeen("p1001"))
    assert floor.offered_to("c1") == "1001"


def test_an_offer_ends_with_the_lease(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.wait(54)
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferProgress(floor.offer_of("c1")))
    assert "c1 back from 1001: unreachable after 5" in lines(floor.wait(5))


def test_pending_states_are_taken_after_talk_and_wrap_up(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.connect("c1")
    assert said(floor.do(i.Pause("1001", "lunch"))) == ["1001 pending paused(lunch)"]
    assert said(floor.do(i.Pause("1001", "lunch"))) == []
    floor.do(i.TalkOver("c1", "agent"))
    assert lines(floor.wait(10)) == ["1001 pending nothing", "1001 paused(lunch)"]
    floor.do(i.Ready("1001"))
    floor.do(i.Enqueue("c2", "sales"))
    floor.connect("c2")
    floor.do(i.LogOut("1001"))
    floor.do(i.TalkOver("c2", "agent"))
    assert lines(floor.wait(10))[0] == "1001 logged_out"


def test_ready_during_a_call_takes_a_pending_pause_back(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.connect("c1")
    floor.do(i.Pause("1001", "lunch"))
    assert said(floor.do(i.Ready("1001"))) == ["1001 pending nothing"]


def test_wrap_up_ends_by_the_agent_or_by_the_limit_and_is_no_longer_than_the_queue_says(
    floor: TestFloor,
) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.connect("c1")
    floor.do(i.TalkOver("c1", "caller"))
    change = next(event for _, event in reversed(floor.log) if isinstance(event, e.AgentStateChanged))
    assert (change.after, change.call, change.until) == ("wrap_up", "c1", floor.now + 10)
    assert said(floor.do(i.FinishWrapUp("1001"))) == ["1001 ready"]
    with pytest.raises(IllegalTransition, match=r"agent 1001 is ready \(ready\): finish_wrap_up"):
        floor.do(i.FinishWrapUp("1001"))


def test_a_queue_without_wrap_up(floor: TestFloor) -> None:
    floor.acd.configure_queues([QueueSpec(name="sales", wrap_up_s=0.0)])
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.connect("c1")
    floor.do(i.TalkOver("c1", "caller"))
    assert floor.state("1001") == "ready"


def test_another_reason_is_another_pause(floor: TestFloor) -> None:
    floor.seat("1001")
    assert said(floor.do(i.Pause("1001", "lunch"))) == ["1001 paused(lunch)"]
    assert said(floor.do(i.Pause("1001", "lunch"))) == []
    assert said(floor.do(i.Pause("1001", "meeting"))) == ["1001 paused(meeting)"]


def test_login_on_a_phone_that_another_has(floor: TestFloor) -> None:
    floor.seat("1001")
    assert said(floor.do(i.LogIn("1002", "p1001")))[:3] == [
        "1001 logged_out",
        "1001 lease over",
        "1002 paused(login)",
    ]
    floor.do(i.Ready("1002"))
    floor.do(i.Enqueue("c1", "sales"))
    floor.connect("c1")
    with pytest.raises(PhoneInUse, match="agent 1002 is logged in on phone p1001 and in state talking"):
        floor.do(i.LogIn("1001", "p1001"))
    with pytest.raises(IllegalTransition, match=r"1002 is talking \(talking\): log_in"):
        floor.do(i.LogIn("1002", "p1002"))


def test_hot_desking_moves_the_lease(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.PhoneSeen("p9"))
    assert said(floor.do(i.LogIn("1001", "p9"))) == table("""
        1001 logged_out
        1001 lease over
        1001 paused(login)
        1001 lease p9
        """)
    assert said(floor.do(i.PhoneGone("p1001"))) == ["p1001 lost: gone"]
    assert floor.state("1001") == "paused(login)"


def test_login_on_a_phone_that_is_not_there(floor: TestFloor) -> None:
    floor.do(i.LogIn("1001", "p1"))
    floor.do(i.Ready("1001"))
    floor.do(i.Enqueue("c1", "sales"))
    assert floor.state("1001") == "unreachable(gone)"
    floor.do(i.PhoneSeen("p1"))
    assert floor.offered_to("c1") == "1001"


@pytest.mark.parametrize("asked", [i.Ready("1001"), i.Pause("1001", "x"), i.FinishWrapUp("1001")])
def test_an_illegal_request_changes_nothing(floor: TestFloor, asked: i.Input) -> None:
    before = floor.acd.snapshot()
    with pytest.raises(IllegalTransition, match=r"agent 1001 is not logged in \(logged_out\)"):
        floor.do(asked)
    assert floor.acd.snapshot() == before


def test_unknown_names_say_what_is_near(floor: TestFloor) -> None:
    with pytest.raises(UnknownAgent, match=r"no agent 1004 \(near: 100"):
        floor.do(i.LogIn("1004", "p1"))
    with pytest.raises(UnknownQueue, match=r"no queue 'sale' \(near: sales\)"):
        floor.do(i.Enqueue("c1", "sale"))
    with pytest.raises(
        UnknownStrategy,
        match=r"'longest-idle' \(near: longest_idle\); there are: best_skill, few",
    ):
        floor.acd.configure_queues([QueueSpec(name="q", strategy="longest-idle")])


def test_a_removed_queue_serves_those_who_wait_in_it(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales"))
    floor.acd.configure_queues([SUPPORT])
    with pytest.raises(UnknownQueue):
        floor.do(i.Enqueue("c2", "sales"))
    floor.seat("1001")
    floor.connect("c1")
    floor.do(i.TalkOver("c1", "caller"))
    assert lines(floor.wait(SALES.wrap_up_s)) == ["1001 ready"]


def test_skills_count_at_once_and_who_is_removed_goes_after_the_talk(floor: TestFloor) -> None:
    floor.seat("1001", "1003")
    floor.do(i.Enqueue("c1", "support"))
    floor.do(i.Enqueue("c2", "sales"))
    floor.connect("c2")
    floor.take(floor.acd.configure_agents([AgentProfile("1003", "Bo", {"support": 3})], floor.now))
    assert floor.offered_to("c1") == "1003"
    assert floor.acd.agent("1001").pending == "logged_out"
    floor.do(i.TalkOver("c2", "caller"))
    floor.wait(10)
    assert floor.state("1001") == "logged_out"
    assert "1003 logged_out" in lines(floor.take(floor.acd.configure_agents([], floor.now)).events)


def restarted(floor: TestFloor, talks: dict[str, list[str]]) -> TestFloor:
    """Another controller takes over with what the log holds."""
    after = TestFloor()
    after.now, after.log, after.commands = floor.now, floor.log, []
    after.acd = floor.replayed()
    after.acd.configure_queues((SALES, SUPPORT))
    after.take(after.acd.configure_agents(floor.acd.floor.profiles.values(), after.now))
    assert after.acd.next_deadline() is None, "nothing is due before it is open"
    after.take(after.acd.resume(after.now, talks))
    return after


def test_restart_gives_offers_back_and_keeps_talks_places_and_wrap_up(floor: TestFloor) -> None:
    floor.seat("1001", "1002")
    for call in ("c1", "c2", "c3", "c4"):
        floor.do(i.Enqueue(call, "sales"))
        floor.now += 1
    floor.connect("c1")
    floor.do(i.OfferAnswered("c2-a2"))
    before = len(floor.log)
    after = restarted(floor, {"c1": ["leg", "c1-a1"]})
    assert lines([event for _, event in after.log[before:]]) == table("""
        c2 back from 1002: withdrawn after 0
        1002 ready
        """)
    assert after.commands == [WithdrawOffer("c2", offer="c2-a2", reason="withdrawn")]
    assert after.acd.state.talks["c1"].agent == "1001"
    for call in ("c4", "c3"):
        assert said(after.do(i.Rejoin(call))) == [], "c2 comes first, once it is back"
    assert said(after.do(i.Rejoin("c2"))) == ["c2 offered to 1002", "1002 reserved"]
    assert after.offer_of("c2") == "c2-a3", "no name comes twice"


def test_restart_finds_that_the_two_talk_already(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.now += 3
    floor.do(i.OfferAnswered("c1-a1"))
    floor.now += 9
    before = len(floor.log)
    after = restarted(floor, {"c1": ["leg", "c1-a1"]})
    assert lines([event for _, event in after.log[before:]]) == [
        "c1 connected to 1001 after 3",
        "1001 talking",
    ]
    assert after.commands == []


def test_restart_does_not_wait_for_ever_for_a_call_that_never_comes_back(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.Enqueue("c2", "sales"))
    after = restarted(floor, {})
    after.do(i.Rejoin("c2"))
    after.seat("1001")
    assert after.offer_of("c2") == ""
    after.wait(2)
    assert after.offered_to("c2") == "1001"
    assert after.offer_of("c1") == "", "it has no task that could ring anybody"


def test_restart_is_no_sight_of_a_phone_but_no_lapse_either(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.now += 3600
    after = restarted(floor, {})
    assert after.state("1001") == "ready"
    after.wait(61)
    assert after.state("1001") == "unreachable(lapsed)"
