"""Who gets which call, and why: strategies, tiers, relaxation, ageing, preferred agents, overflow."""

from __future__ import annotations

from math import log1p

import msgspec
import pytest

from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.commands import Connect, ExitQueue, MakeOffer, WithdrawOffer
from acd.core.errors import NotLetIn, WrapUpAtLimit
from acd.core.model import AgentProfile, OverflowStep, QueueSpec, RelaxStep
from acd.core.pressure import KEPT, Pressure
from acd.core.states import IllegalTransition
from acd.core.strategies import STRATEGIES
from records import events as e
from tests.acd.floor import TestFloor, lines

LEVELS = {"1001": 2, "1002": 5, "1003": 3, "1004": 4}
FOUR = tuple(AgentProfile(number, skills={"sales": level}) for number, level in LEVELS.items())


def a_floor(spec: QueueSpec, *agents: AgentProfile, others: tuple[QueueSpec, ...] = ()) -> TestFloor:
    floor = TestFloor((spec, *others), agents or FOUR)
    floor.acd.floor.lease_s = 1e9
    return floor


def sales(strategy: str = "longest_idle", **more: object) -> QueueSpec:
    return msgspec.structs.replace(QueueSpec("sales", needs={"sales": 1}, strategy=strategy), **more)


def serve(floor: TestFloor, call: str, queue: str = "sales") -> str:
    """Let a call come, be served for a second, and give the agent who served it."""
    floor.do(i.Enqueue(call, queue))
    agent = floor.offered_to(call)
    floor.connect(call)
    floor.now += 1
    floor.do(i.TalkOver(call, "caller"))
    floor.do(i.FinishWrapUp(agent))
    return agent


def made(floor: TestFloor) -> list[e.OfferMade]:
    return [event for _, event in floor.log if isinstance(event, e.OfferMade)]


# ── strategies ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("strategy", "served_by"),
    [
        ("longest_idle", ["1003", "1001", "1004", "1002", "1003", "1001"]),
        ("round_robin", ["1001", "1002", "1003", "1004", "1001", "1002"]),
        ("linear", ["1001", "1001", "1001", "1001", "1001", "1001"]),
        ("fewest_calls", ["1003", "1001", "1004", "1002", "1003", "1001"]),
        ("best_skill", ["1002", "1002", "1002", "1002", "1002", "1002"]),
    ],
)
def test_who_serves_call_after_call(strategy: str, served_by: list[str]) -> None:
    floor = a_floor(sales(strategy))
    floor.seat("1003", "1001", "1004", "1002")
    assert [serve(floor, f"c{n}") for n in range(6)] == served_by


def test_index_is_its_formula() -> None:
    floor = a_floor(sales("index"))
    floor.seat("1003", "1001", "1004", "1002")
    idle_since = {agent: floor.acd.agent(agent).idle_since for agent in LEVELS}
    for n in range(30):
        floor.now += n % 7
        scores = {a: 0.5 * level + log1p(floor.now - idle_since[a]) for a, level in LEVELS.items()}
        chosen = serve(floor, f"c{n}")
        assert chosen == max(scores, key=scores.__getitem__)
        said = made(floor)[-1].scores
        assert all(score == pytest.approx(scores[agent], abs=0.001) for agent, score in said)
        idle_since[chosen] = floor.now


def test_fewest_calls_counts_since_the_login() -> None:
    floor = a_floor(sales("fewest_calls"))
    floor.seat("1001")
    assert [serve(floor, f"c{n}") for n in range(3)] == ["1001"] * 3
    floor.seat("1002")
    assert [serve(floor, f"d{n}") for n in range(3)] == ["1002"] * 3
    assert floor.acd.agent("1001").calls == 3
    floor.do(i.LogOut("1001"))
    floor.seat("1001")
    assert serve(floor, "last") == "1001"


def test_random_is_fair_and_the_same_again_for_a_seed() -> None:
    def chosen(seed: int) -> list[str]:
        floor = a_floor(sales("random"))
        floor.acd = Acd(seed=seed, lease_s=1e9)
        floor.acd.configure_queues([sales("random")])
        floor.take(floor.acd.configure_agents(FOUR, floor.now))
        floor.take(floor.acd.resume(floor.now, {}))
        floor.seat("1001", "1002", "1003", "1004")
        return [serve(floor, f"c{n}") for n in range(400)]

    first = chosen(1)
    assert first == chosen(1)
    assert first != chosen(2)
    assert all(70 <= first.count(agent.number) <= 130 for agent in FOUR)


def test_ring_all_one_wins_and_the_others_see_it_go() -> None:
    floor = a_floor(sales("ring_all"))
    floor.seat("1001", "1002", "1003")
    floor.do(i.Enqueue("c1", "sales"))
    assert [event.agent for event in made(floor)] == ["1001", "1002", "1003"]
    for offer in ("c1-a1", "c1-a2", "c1-a3"):
        floor.do(i.OfferProgress(offer))
    floor.seat("1004")
    assert made(floor)[-1].agent == "1004", "who becomes ready meanwhile rings too"
    floor.commands.clear()
    said = lines(floor.do(i.OfferAnswered("c1-a2")).events)
    assert said == [
        "1002 answers c1",
        "c1 back from 1001: taken after 1", "1001 ready",
        "c1 back from 1003: taken after 1", "1003 ready",
        "c1 back from 1004: taken after 0", "1004 ready",
    ]  # fmt: skip
    assert floor.commands == [
        Connect("c1", offer="c1-a2"),
        *(WithdrawOffer("c1", offer=f"c1-a{n}", reason="taken") for n in (1, 3, 4)),
    ]
    assert lines(floor.do(i.OfferAnswered("c1-a1")).events) == [], "too late"
    floor.do(i.OfferConnected("c1-a2"))
    assert floor.acd.state.talks["c1"].agent == "1002"


def test_ring_all_a_talk_without_a_heard_answer_ends_the_other_offers_too() -> None:
    floor = a_floor(sales("ring_all"))
    floor.seat("1001", "1002")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferConnected("c1-a1"))
    assert floor.acd.state.offers == {}
    assert floor.state("1002") == "ready"
    assert WithdrawOffer("c1", offer="c1-a2", reason="taken") in floor.commands
    floor.wait(60)
    assert floor.acd.state.talks["c1"].agent == "1001"


def test_ring_all_all_refuse_or_let_it_ring_and_it_rings_again() -> None:
    floor = a_floor(sales("ring_all", after_no_answer="ready"))
    floor.seat("1001", "1002")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferProgress("c1-a1"))
    floor.do(i.OfferProgress("c1-a2"))
    floor.do(i.OfferFailed("c1-a1", "rejected"))
    assert floor.state("1001") == "ready"
    assert floor.acd.state.tickets["c1"].offers == ["c1-a2"], "no tight loop"
    floor.wait(5)
    assert floor.acd.state.tickets["c1"].offers == ["c1-a2", "c1-a3"]
    floor.do(i.OfferProgress("c1-a3"))
    floor.wait(15)
    assert [event.outcome for _, event in floor.log if isinstance(event, e.OfferEnded)][:2] == [
        "rejected",
        "no_answer",
    ]


def test_ring_all_the_caller_goes_and_everybody_is_free() -> None:
    floor = a_floor(sales("ring_all"))
    floor.seat("1001", "1002")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.CallGone("c1"))
    assert [floor.state(agent) for agent in ("1001", "1002")] == ["ready", "ready"]
    assert [type(command) for command in floor.commands] == [
        MakeOffer,
        MakeOffer,
        WithdrawOffer,
        WithdrawOffer,
    ]
    assert floor.acd.state.offers == {}


def test_ring_all_leaves_somebody_for_the_next_call() -> None:
    floor = a_floor(sales("ring_all"))
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.Enqueue("c2", "sales"))
    floor.seat("1001", "1002")
    assert [(event.call, event.agent) for event in made(floor)] == [("c1", "1001"), ("c2", "1002")]


def test_every_strategy_says_who_competed() -> None:
    for name in STRATEGIES:
        floor = a_floor(sales(name))
        floor.seat("1001", "1002")
        floor.do(i.Enqueue("c1", "sales"))
        assert {agent for agent, _ in made(floor)[0].scores} == {"1001", "1002"}, name
        assert made(floor)[0].scores[0][0] == made(floor)[0].agent, name


def test_index_spares_agents_whom_other_calls_want() -> None:
    """Somebody waits for French: the one who speaks it is kept for that."""
    french = QueueSpec("french", needs={"french": 5}, strategy="index")
    agents = (
        AgentProfile("1001", skills={"sales": 4, "french": 1}),
        AgentProfile("1002", skills={"sales": 3}),
    )
    floor = a_floor(sales("index"), *agents, others=(french,))
    floor.seat("1001", "1002")
    for _ in range(200):
        floor.acd.floor.lines.pressure.happened()
    assert serve(floor, "c0") == "1001", "nobody waits: the higher level"
    for n in range(40):
        floor.do(i.Enqueue(f"f{n}", "french"))
    floor.now += 60
    floor.do(i.Enqueue("c1", "sales"))
    assert floor.offered_to("c1") == "1002"
    assert made(floor)[-1].scores[1][1] < 0, "the pressure of those who wait weighs on 1001"


def test_index_weighs_wait_priority_level_and_target() -> None:
    spec = sales("index", ageing_s=10.0, classes={"vip": 8}, target_s=20.0)
    support = QueueSpec("support", needs={"support": 1}, strategy="index", ageing_s=10.0, target_s=20.0)
    agent = AgentProfile("1001", skills={"sales": 1, "support": 4})

    def urgent(*waits: tuple[str, str, str, float]) -> list[tuple[str, float]]:
        floor = a_floor(spec, agent, others=(support,))
        now = floor.now + 1000
        for call, queue, customer_class, wait in sorted(waits, key=lambda one: -one[3]):
            floor.now = now - wait
            floor.do(i.Enqueue(call, queue, customer_class=customer_class))
        floor.now = now - 0.0
        floor.do(i.PhoneSeen("p"))
        floor.do(i.LogIn("1001", "p"))
        floor.do(i.Ready("1001"))
        return made(floor)[0].rivals

    assert urgent(("a", "sales", "", 30), ("b", "support", "", 25)) == [("b", 25 + 48), ("a", 30 + 12)]
    assert urgent(("a", "sales", "", 95), ("v", "sales", "vip", 21)) == [("v", 21 + 80 + 12), ("a", 95 + 12)]
    assert urgent(("a", "sales", "", 50), ("b", "sales", "", 15)) == [("b", 15 + 12 + 40), ("a", 50 + 12)]
    assert urgent(("a", "sales", "", 70), ("b", "sales", "", 15)) == [("a", 70 + 12), ("b", 15 + 12 + 40)]


def test_pressure_is_the_formula_event_by_event() -> None:
    pressure = Pressure()
    by_hand = 1.0
    waiting = ready = 0
    for step in range(3000):
        if step % 7 == 0:
            pressure.waits({"s": 1}, 1)
            waiting += 1
        if step % 11 == 0:
            pressure.ready({"s": 1}, -ready or 1)
            ready = 0 if ready else 1
        pressure.happened()
        by_hand = KEPT * by_hand + (1 - KEPT) * (2 * waiting + 2 * (not ready))
        assert pressure.on("s") == pytest.approx(by_hand)


# ── skills, ranks, blocked pairs ─────────────────────────────────────────────────────────────────


def test_those_with_the_preferred_level_go_before_those_without() -> None:
    floor = a_floor(sales(prefers={"sales": 4}))
    floor.seat("1001", "1002", "1003", "1004")
    assert [serve(floor, f"c{n}") for n in range(3)] == ["1002", "1004", "1002"]
    floor.do(i.Pause("1002", "lunch"))
    floor.do(i.Pause("1004", "lunch"))
    assert serve(floor, "d") == "1001"


def test_rank_goes_before_everything() -> None:
    first, second = AgentProfile("1001", skills={"sales": 1}), AgentProfile(
        "1002", skills={"sales": 5}, ranks={"sales": 2}
    )  # fmt: skip
    floor = a_floor(sales("best_skill"), first, second)
    floor.seat("1002", "1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.Enqueue("c2", "sales"))
    assert (floor.offered_to("c1"), floor.offered_to("c2")) == ("1001", "1002")


def test_an_agent_serves_the_queue_of_the_lowest_rank_first() -> None:
    other = QueueSpec("other", needs={"sales": 1})
    agent = AgentProfile("1001", skills={"sales": 3}, ranks={"sales": 3, "other": 2})
    floor = a_floor(sales(), agent, others=(other,))
    floor.do(i.Enqueue("c1", "sales"))
    floor.now += 100
    floor.do(i.Enqueue("c2", "other"))
    floor.seat("1001")
    assert floor.offered_to("c2") == "1001"


def test_a_blocked_pair_never_meets() -> None:
    floor = a_floor(sales())
    floor.acd.block({"s7": ["1001"]})
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales", subject="s7"))
    assert floor.offer_of("c1") == ""
    floor.do(i.Enqueue("c2", "sales", subject="s8"))
    assert floor.offered_to("c2") == "1001", "others may have them"
    floor.seat("1002")
    assert floor.offered_to("c1") == "1002"


# ── what changes while a call waits ──────────────────────────────────────────────────────────────


def test_needs_are_relaxed_step_by_step() -> None:
    steps = (RelaxStep(20, {"sales": 3}), RelaxStep(40, {"sales": 0, "general": 0}))
    floor = a_floor(
        sales(needs={"sales": 5, "general": 1}, relax=steps),
        AgentProfile("1001", skills={"sales": 4, "general": 1}),
        AgentProfile("1002", skills={}),
    )
    floor.seat("1001", "1002")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.Enqueue("c2", "sales"))
    assert lines(floor.wait(19.5)) == []
    assert "c1 offered to 1001" in lines(floor.wait(1))
    floor.connect("c1")
    relaxed = [event.needs for _, event in floor.log if isinstance(event, e.TermsRelaxed)]
    assert relaxed == [{"sales": 3, "general": 1}] * 2
    assert floor.offer_of("c2") == ""
    assert "c2 offered to 1002" in lines(floor.wait(20))
    assert floor.acd.state.tickets["c2"].needs == {}


def test_relaxing_waits_for_an_offer_that_rings() -> None:
    floor = a_floor(sales(needs={"sales": 4}, relax=(RelaxStep(10, {"sales": 1}),)))
    floor.seat("1001", "1002")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferProgress("c1-a1"))
    floor.wait(15)
    assert floor.acd.state.tickets["c1"].needs == {"sales": 4}
    said = lines(floor.wait(6))
    assert said[:2] == ["c1 back from 1002: no_answer after 20", "1002 missed(no_answer)"]
    assert said[-2:] == ["c1 offered to 1001", "1001 reserved"]


def test_preferred_levels_are_relaxed_too() -> None:
    floor = a_floor(sales(prefers={"sales": 5}, relax=(RelaxStep(10, prefers={"sales": 0}),)))
    floor.do(i.Enqueue("c1", "sales"))
    floor.wait(11)
    floor.seat("1001", "1002")
    assert floor.acd.state.tickets["c1"].prefers == {}
    assert floor.offered_to("c1") == "1001"


def test_priority_ages_at_the_rate_that_the_queue_says() -> None:
    strict, ageing = sales(), sales(ageing_s=10.0)
    for spec, first in ((strict, "c2"), (ageing, "c1")):
        floor = a_floor(spec)
        floor.do(i.Enqueue("c1", "sales"))
        floor.now += 51
        floor.do(i.Enqueue("c2", "sales", priority=5))
        floor.seat("1001")
        assert floor.offered_to(first) == "1001"
        positions = [event.position for _, event in floor.log if isinstance(event, e.QueueEntered)]
        assert positions == [1, 1 if first == "c2" else 2]


def test_a_call_waits_for_its_agent_who_comes_back_in_time() -> None:
    floor = a_floor(sales())
    floor.seat("1001", "1002")
    floor.do(i.Pause("1002", "break"))
    floor.do(i.Enqueue("c1", "sales", preferred_agent="1002", preferred_s=30))
    assert floor.offer_of("c1") == ""
    floor.wait(20)
    floor.do(i.Enqueue("c0", "sales", since=floor.now - 500))
    floor.do(i.Ready("1002"))
    assert floor.offered_to("c1") == "1002", "even before somebody who has waited longer"


def test_a_call_waits_for_its_agent_in_vain_and_takes_another() -> None:
    floor = a_floor(sales())
    floor.seat("1001", "1002")
    floor.do(i.Pause("1002", "break"))
    floor.do(i.Enqueue("c1", "sales", preferred_agent="1002", preferred_s=30))
    assert lines(floor.wait(30)) == ["PreferenceLapsed", "c1 offered to 1001", "1001 reserved"]


@pytest.mark.parametrize("agent", ["1002", "4711", "1009"])
def test_nobody_waits_for_one_who_is_not_here_or_may_not_have_the_call(agent: str) -> None:
    floor = a_floor(sales(), *FOUR, AgentProfile("1009", skills={"support": 5}))
    floor.seat("1001", "1009")
    floor.do(i.Enqueue("c1", "sales", preferred_agent=agent, preferred_s=30))
    assert floor.offered_to("c1") == "1001"


OTHER = QueueSpec("other", needs={"other": 1}, max_wait_s=99.0, music="jazz", wrap_up_s=3.0)
BOTH = (AgentProfile("1001", skills={"sales": 1}), AgentProfile("1002", skills={"other": 1}))


def test_a_call_overflows_after_a_time_and_keeps_what_it_has() -> None:
    spec = sales(overflow=(OverflowStep("other", after_s=30),), max_wait_s=50.0, music="rock")
    floor = a_floor(spec, *BOTH, others=(OTHER,))
    floor.seat("1002")
    floor.do(i.Enqueue("c1", "sales", customer_class="x"))
    since = floor.now
    floor.commands.clear()
    assert lines(floor.wait(30)) == [
        "c1 leaves: overflow after 30 at 1",
        "c1 enters other at 1",
        "c1 offered to 1002",
        "1002 reserved",
    ]
    assert [type(command) for command in floor.commands] == [MakeOffer], "nobody tells the call to leave"
    ticket = floor.acd.state.tickets["c1"]
    assert (ticket.since, ticket.max_wait, ticket.music, ticket.wrap_up_s) == (since, 50.0, "rock", 3.0)
    assert ticket.came_from == ["sales"]
    floor.do(i.OfferFailed("c1-a1", "busy"))
    floor.wait(20)
    assert floor.commands[-1] == ExitQueue("c1", reason="max_wait"), "counted from the first entry"


def test_a_call_overflows_at_once_where_too_many_wait() -> None:
    floor = a_floor(sales(overflow=(OverflowStep("other", length=2),)), *BOTH, others=(OTHER,))
    for n in range(3):
        floor.do(i.Enqueue(f"c{n}", "sales"))
    assert [ticket.queue for ticket in floor.acd.state.tickets.values()] == ["sales", "sales", "other"]


def test_overflow_goes_round_once_at_most() -> None:
    back = msgspec.structs.replace(OTHER, overflow=(OverflowStep("sales", after_s=10),), max_wait_s=None)
    floor = a_floor(sales(overflow=(OverflowStep("other", after_s=10),)), *BOTH, others=(back,))
    floor.do(i.Enqueue("c1", "sales"))
    floor.wait(100)
    assert floor.acd.state.tickets["c1"].queue == "other"
    assert floor.acd.next_deadline() is None


@pytest.mark.parametrize("others", [(), (msgspec.structs.replace(OTHER, max_length=1),)])
def test_a_queue_that_is_gone_or_full_takes_no_overflow(others: tuple[QueueSpec, ...]) -> None:
    floor = a_floor(sales(overflow=(OverflowStep("other", after_s=10),)), *BOTH, others=others)
    if others:
        floor.do(i.Enqueue("c0", "other"))
    floor.do(i.Enqueue("c1", "sales"))
    assert lines(floor.wait(60)) == ["QueueRefused"]
    assert floor.acd.state.tickets["c1"].queue == "sales"
    floor.seat("1001")
    assert floor.offered_to("c1") == "1001"


def test_a_place_can_be_taken_up_again() -> None:
    floor = a_floor(sales())
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.Enqueue("back", "sales", since=floor.now - 300))
    floor.seat("1001")
    assert floor.offered_to("back") == "1001"
    floor.connect("back")
    assert floor.log[-2][1] == e.CallConnected(
        offer="back-a1", call="back", queue="sales", agent="1001", wait_s=301.0
    )


def test_a_full_queue_and_an_empty_one_take_nobody() -> None:
    floor = a_floor(sales(max_length=1))
    with pytest.raises(NotLetIn, match="is empty"):
        floor.do(i.Enqueue("c1", "sales", only_if_served=True))
    floor.do(i.Enqueue("c1", "sales"))
    with pytest.raises(NotLetIn, match="is full: 1 callers wait"):
        floor.do(i.Enqueue("c2", "sales"))


# ── agents ───────────────────────────────────────────────────────────────────────────────────────


def test_who_does_not_answer_stays_ready_where_the_queue_says_so() -> None:
    floor = a_floor(sales(after_no_answer="ready"))
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.OfferProgress("c1-a1"))
    assert lines(floor.wait(20)) == ["c1 back from 1001: no_answer after 20", "1001 ready"]
    floor.do(i.Enqueue("c2", "sales"))
    assert floor.offered_to("c2") == "1001", "for others at once"
    floor.do(i.CallGone("c2"))
    assert "c1 offered to 1001" in lines(floor.wait(5)), "for the same call after a while"


def test_a_wrap_up_is_extended_up_to_its_limit() -> None:
    floor = a_floor(sales(wrap_up_s=10.0, wrap_up_most_s=25.0))
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.connect("c1")
    with pytest.raises(IllegalTransition, match="extend_wrap_up"):
        floor.do(i.ExtendWrapUp("1001", 10))
    floor.do(i.TalkOver("c1", "caller"))
    begin = floor.now
    floor.wait(8)
    floor.do(i.ExtendWrapUp("1001", 10, by="desk"))
    change = floor.log[-1][1]
    assert isinstance(change, e.AgentStateChanged)
    assert (change.before, change.after, change.until, change.by) == (
        "wrap_up",
        "wrap_up",
        begin + 20,
        "desk",
    )
    assert floor.acd.agent("1001").since == begin, "it is the same state"
    floor.do(i.ExtendWrapUp("1001", 60))
    assert floor.acd.agent("1001").until == begin + 25
    with pytest.raises(WrapUpAtLimit, match="can't be extended further"):
        floor.do(i.ExtendWrapUp("1001", 1))
    assert lines(floor.wait(17)) == ["1001 ready"]
    assert floor.now == begin + 25


def test_who_set_a_state_is_on_record() -> None:
    floor = a_floor(sales())
    floor.seat("1001")
    floor.do(i.Pause("1001", "meeting", by="supervisor-7"))
    changed = floor.log[-1][1]
    assert isinstance(changed, e.AgentStateChanged)
    assert (changed.after, changed.by) == ("paused", "supervisor-7")
    floor.do(i.Ready("1001"))
    changed = floor.log[-1][1]
    assert isinstance(changed, e.AgentStateChanged)
    assert changed.by == ""


def test_everything_survives_a_restart() -> None:
    spec = sales(
        needs={"sales": 5},
        relax=(RelaxStep(30, {"sales": 1}),),
        overflow=(OverflowStep("other", after_s=60),),
    )
    floor = a_floor(spec, *FOUR, *BOTH[1:], others=(OTHER,))
    floor.acd.block({"s1": ["1001"]})
    floor.do(i.Enqueue("c1", "sales", subject="s1"))
    floor.wait(10)
    for after in (Acd(), Acd()):
        for at, event in floor.log:
            after.apply(event, at)
        if after is not floor.acd:
            after.restore(msgspec.json.decode(msgspec.json.encode(after.snapshot())))
        assert after.snapshot() == floor.acd.snapshot()
        assert after.state.tickets["c1"].blocked == ["1001"]
