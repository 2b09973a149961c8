"""Traces of events and the rows expected: what counts where."""

from __future__ import annotations

from typing import Any

import pytest

from records.folds.metrics.counters import SITE_ROW, SLOT_S, Counters
from records.folds.metrics.figures import figures, pauses
from records.folds.metrics.fold import MetricsFold
from records.folds.metrics.variants import Variant
from records.folds.queue_log import QueueLogFold
from tests.records.traces import START, trace

NINE = int(START.timestamp()) // SLOT_S
HOUR = 3600

ARRIVED = "0 CallArrived call=c1 leg=l1 dialed=1000 trunk=t subject=s1\n"
ENTERED = '{at} QueueEntered call=c1 queue={queue} priority=0 needs={{"{skill}":1}} position=1\n'
LEFT = "{at} QueueLeft call=c1 queue={queue} reason={reason} wait_s={wait} position=1\n"
CONNECTED = "{at} CallConnected call=c1 offer=o1 queue={queue} agent=1001 wait_s={wait}\n"


def entered(at: float, queue: str = "sales", skill: str = "sales") -> str:
    return ENTERED.format(at=at, queue=queue, skill=skill)


def left(at: float, reason: str, wait: float, queue: str = "sales") -> str:
    return LEFT.format(at=at, queue=queue, reason=reason, wait=wait)


def connected(at: float, wait: float, queue: str = "sales") -> str:
    return CONNECTED.format(at=at, queue=queue, wait=wait)


def state(at: float, before: str, after: str, reason: str = "") -> str:
    return f"{at} AgentStateChanged agent=1001 before={before} after={after} reason={reason} phone=p1\n"


def folded(text: str, until: float | None = None) -> MetricsFold:
    fold = MetricsFold()
    for recorded in trace(text):
        fold.apply(recorded)
    if until is not None:
        fold.pass_time(round((START.timestamp() + until) * 1e6))
    return fold


def row(fold: MetricsFold, name: str, slot: int = 0) -> Counters:
    found = Counters()
    for rows in fold.shelf.rows_of(NINE + slot):
        found.add(rows.get(name, Counters()))
    return found


def told(fold: MetricsFold, name: str, slot: int = 0, variant: Variant | None = None) -> dict[str, Any]:
    return figures(name.partition(" ")[0], row(fold, name, slot), variant or Variant())


def test_a_call_counts_in_the_quarter_hour_of_its_entry_for_all_that_it_is() -> None:
    fold = folded(
        ARRIVED
        + entered(890)
        + connected(915, 25)
        + "1000 TalkEnded call=c1 queue=sales agent=1001 by=caller talk_s=85\n"
        + state(1000, "talking", "wrap_up")
        + state(1010, "wrap_up", "ready")
    )
    for name in ("site ", "queue sales", "number 1000", "skill sales"):
        found = told(fold, name)
        assert (found["offered"], found["answered"], found["asked"], found["answer_rate"]) == (
            1,
            1,
            1,
            1.0,
        ), name
        assert (found["service_level"], found["asa"], found["longest_wait"]) == (0.0, 25.0, 25.0)
        assert (found["handled"], found["aht"]) == (1, 95.0)
        assert row(fold, name, 1).offered == row(fold, name, 1).answered == 0
    assert told(fold, "agent 1001")["answered"] == 1
    assert told(fold, "agent 1001", 1)["wrap_up_time"] == 10.0


@pytest.mark.parametrize(
    ("wait", "within", "level"), [(20.0, 20, 1.0), (20.000001, 20, 0.0), (30.0, 30, 1.0), (0.0, 0, 1.0)]
)
def test_within_t_is_t_itself_and_not_a_microsecond_more(wait: float, within: int, level: float) -> None:
    fold = folded(ARRIVED + entered(1) + connected(31, wait))
    assert told(fold, "queue sales", variant=Variant(80, within))["service_level"] == level


@pytest.mark.parametrize(("wait", "short", "abandoned"), [(5.0, 1, 0), (5.000001, 0, 1), (60.0, 0, 1)])
def test_short_abandons_are_apart(wait: float, short: int, abandoned: int) -> None:
    fold = folded(ARRIVED + entered(1) + left(1 + wait, "abandoned", wait))
    found = told(fold, "queue sales")
    assert (found["short_abandoned"], found["abandoned"]) == (short, abandoned)
    assert found["abandon_rate"] == abandoned
    assert found["service_level"] == (0.0 if abandoned else None)


def test_a_caller_who_took_a_callback_has_not_abandoned() -> None:
    promise = "9 CallbackPromised call=c1 callback=b queue=sales subject=s1 when=now language=en\n"
    for reason in ("callback", "abandoned"):
        found = told(folded(ARRIVED + entered(1) + promise + left(10, reason, 9)), "queue sales")
        assert (found["callbacks"], found["left_for_callback"], found["abandoned"]) == (1, 1, 0), reason


@pytest.mark.parametrize(
    ("reason", "metric"),
    [("max_wait", "left_max_wait"), ("key", "left_by_key"), ("closed", "left_closed"),
     ("empty", "left_closed"), ("something_new", "left_otherwise")],
)  # fmt: skip
def test_every_way_out_is_counted_also_one_that_nobody_knows_yet(reason: str, metric: str) -> None:
    found = told(folded(ARRIVED + entered(1) + left(31, reason, 30)), "queue sales")
    assert (found[metric], found["abandoned"], found["longest_wait"]) == (1, 0, 30.0)


def test_overflow_leaves_one_queue_for_another_but_not_the_site() -> None:
    text = ARRIVED + entered(10) + left(940, "overflow", 930) + entered(940, "support", "support")
    fold = folded(text + connected(950, 940, "support"))
    sales, support, site = (told(fold, name, slot) for name, slot in
                            (("queue sales", 0), ("queue support", 1), ("site ", 0)))  # fmt: skip
    assert (sales["offered"], sales["overflowed_out"], sales["answered"]) == (1, 1, 0)
    assert (support["offered"], support["overflowed_in"], support["answered"], support["asa"]) == (
        1,
        1,
        1,
        940.0,
    )
    assert (site["offered"], site["overflowed_out"], site["answered"], site["asa"]) == (1, 0, 1, 940.0)
    assert told(fold, "number 1000")["answered"] == 1
    assert told(fold, "skill sales")["overflowed_out"] == 1
    assert row(fold, "site ", 1).offered == 0


def test_who_hangs_up_between_two_queues_has_abandoned() -> None:
    text = ARRIVED + entered(10) + left(40, "overflow", 30)
    fold = folded(text + "40 CallEnded call=c1 outcome=abandoned by=caller cause=normal\n")
    assert row(fold, "site ").abandoned == 1
    assert not fold.state.calls


def test_a_second_try_is_the_same_call_that_asked() -> None:
    refused = "1 QueueRefused call=c1 queue=sales reason=full\n"
    fold = folded(ARRIVED + refused + entered(5) + left(65, "max_wait", 60) + entered(70) + connected(80, 10))
    found = told(fold, "queue sales")
    assert (found["asked"], found["refused_full"], found["offered"], found["answered"]) == (1, 1, 2, 1)
    assert found["answer_rate"] == 1.0


def test_a_call_that_could_not_overflow_was_not_refused() -> None:
    text = ARRIVED + entered(1) + "30 QueueRefused call=c1 queue=support reason=full\n"
    fold = folded(text)
    assert "queue support" not in fold.shelf.slots[NINE]
    log = QueueLogFold()
    lines = [line for recorded in trace(text) for line in log.apply(recorded)]
    assert not [line for line in lines if "FULL" in line]
    other = told(folded(ARRIVED + "1 QueueRefused call=c1 queue=sales reason=closed\n"), "queue sales")
    assert (other["refused_otherwise"], other["asked"]) == (1, 1)


def test_ring_all_has_no_ring_no_answer_for_those_who_were_slower() -> None:
    taken = "10 OfferEnded call=c1 offer=o2 queue=sales agent=1002 outcome=taken rang_s=5\n"
    missed = "9 OfferEnded call=c1 offer=o3 queue=sales agent=1003 outcome=no_answer rang_s=4\n"
    fold = folded(ARRIVED + entered(1) + missed + connected(10, 9) + taken)
    assert told(fold, "queue sales")["ring_no_answers"] == 1
    assert told(fold, "agent 1002")["ring_no_answers"] == 0
    assert told(fold, "agent 1003")["ring_no_answers"] == 1
    log = QueueLogFold()
    lines = [line for recorded in trace(taken) for line in log.apply(recorded)]
    assert [line.split("|", 1)[1] for line in lines] == ["c1|sales|Agent/1002|RINGCANCELED|5000"]


def test_an_extended_wrap_up_is_one() -> None:
    fold = folded(
        ARRIVED + entered(1) + connected(10, 9) + state(10, "ringing", "talking")
        + "20 TalkEnded call=c1 queue=sales agent=1001 by=agent talk_s=10\n"
        + state(20, "talking", "wrap_up") + state(30, "wrap_up", "wrap_up") + state(50, "wrap_up", "ready")
    )  # fmt: skip
    found = told(fold, "queue sales")
    assert (found["handled"], found["talk"], found["wrap_up"], found["aht"]) == (1, 10.0, 30.0, 40.0)


def test_a_contact_counts_when_its_wrap_up_is_over_also_after_the_calls_end() -> None:
    text = ARRIVED + entered(1) + connected(10, 9) + state(10, "ringing", "talking")
    text += "20 CallEnded call=c1 outcome=completed by=caller cause=normal\n"
    text += "20.1 TalkEnded call=c1 queue=sales agent=1001 by=caller talk_s=10.1\n" + state(
        20.1, "talking", "wrap_up"
    )
    assert told(folded(text), "queue sales")["handled"] == 0
    assert told(folded(text + state(25, "wrap_up", "paused", "lunch")), "queue sales")["handled"] == 1


def test_time_is_split_at_the_borders() -> None:
    fold = folded(state(600, "logged_out", "paused", "login") + state(700, "paused", "ready"), until=2000)
    assert [told(fold, "agent 1001", slot)["ready_time"] for slot in (0, 1, 2)] == [200.0, 900.0, 200.0]
    assert told(fold, "agent 1001")["paused_time"] == 100.0
    assert pauses(row(fold, "agent 1001")) == {"login": 100.0}
    assert told(fold, "site ", 1)["staffed_time"] == 900.0
    assert told(fold, "site ", 1)["idle"] == 1.0


def test_no_time_passes_while_no_controller_runs() -> None:
    text = state(0, "logged_out", "ready") + "100 ControllerStopped\n"
    assert told(folded(text, until=800), "agent 1001")["ready_time"] == 100.0
    text += "700 ControllerStarted version=1 live_calls=0\n"
    assert told(folded(text, until=800), "agent 1001")["ready_time"] == 200.0


def test_a_death_costs_no_time() -> None:
    text = state(0, "logged_out", "ready") + "100 ControllerStarted version=1 live_calls=0\n"
    assert told(folded(text, until=200), "agent 1001")["ready_time"] == 200.0


def test_occupancy_is_over_contact_wrap_up_and_ready() -> None:
    fold = folded(
        state(0, "logged_out", "ready") + state(30, "ready", "talking") + state(80, "talking", "wrap_up")
        + state(90, "wrap_up", "paused", "lunch") + state(190, "paused", "logged_out")
    )  # fmt: skip
    found = told(fold, "agent 1001")
    assert (found["occupancy"], found["idle"]) == (pytest.approx(60 / 90), pytest.approx(30 / 90))
    assert found["staffed_time"] == 190.0


def test_surveys_give_csat_and_nps() -> None:
    given = [("csat", 5), ("csat", 4), ("csat", 2), ("nps", 10), ("nps", 3), ("nps", 8)]
    answers = "".join(f"20 SurveyAnswered call=c1 survey={name} score={score}\n" for name, score in given)
    fold = folded(ARRIVED + entered(1) + connected(10, 9) + answers)
    for name in ("queue sales", "agent 1001", "number 1000"):
        found = told(fold, name)
        assert found["csat"] == pytest.approx(11 / 3)
        assert found["csat_good"] == pytest.approx(2 / 3)
        assert found["nps"] == 0.0


def test_what_comes_late_is_counted_beside_what_is_final() -> None:
    final: list[tuple[int, int]] = []
    fold = MetricsFold(on_cold=lambda slot, rows: final.append((slot - NINE, rows["site "].offered)))
    for recorded in trace(ARRIVED + entered(1) + connected(2 * HOUR, 2 * HOUR - 1)):
        fold.apply(recorded)
    assert final == [(0, 1)]
    assert fold.shelf.slots[NINE]["site "].answered == 0
    assert fold.shelf.late[NINE]["site "].answered == 1
    assert told(fold, "site ")["service_level"] == 0.0
    assert told(fold, "site ")["answer_rate"] == 1.0


def test_old_quarter_hours_are_given_away_and_memory_stays_flat() -> None:
    given: dict[int, int] = {}
    fold = MetricsFold(kept=4, on_dropped=lambda slot, rows: given.update({slot: len(rows)}))
    for n in range(40):
        text = (
            ARRIVED.replace("0 Call", f"{n * 900} Call")
            + entered(n * 900)
            + left(n * 900 + 9, "abandoned", 9)
        )
        for recorded in trace(text.replace("c1", f"c{n}")):
            fold.apply(recorded)
    assert len(fold.shelf.slots) == 4
    assert not fold.shelf.late
    assert sorted(given) == [NINE + n for n in range(36)]


def test_a_callback_is_no_offered_call_and_its_wait_is_in_no_average() -> None:
    placed = "0 CallPlaced call=c1 leg=l1 purpose=callback reference=b1 to=…63 trunk=t subject=s1\n"
    fold = folded(
        placed
        + entered(0)
        + connected(5, 3600)
        + state(5, "ringing", "talking")
        + "65 TalkEnded call=c1 queue=sales agent=1001 by=caller talk_s=60\n"
        + state(65, "talking", "wrap_up")
        + state(75, "wrap_up", "ready")
    )
    for name in (SITE_ROW, "queue sales", "agent 1001"):
        found = row(fold, name)
        assert (found.offered, found.answered, found.asked, found.wait_us, found.waits) == (0, 0, 0, 0, {})
        assert (found.called_back, found.handled, found.talk_us) == (1, 1, 60_000_000)
    unreached = folded(placed + entered(0) + left(30, "callback_no_answer", 3600))
    assert told(unreached, "queue sales")["left_otherwise"] == 0


def test_what_agents_dial_is_counted_apart() -> None:
    placed = "0 CallPlaced call=c1 leg=l1 purpose=agent_call reference=1001 to=…63 trunk= subject=s1\n"
    dialed = "0 AgentDialed call=c1 agent=1001 phone=p1 leg=x queue=sales\n" + state(0, "ready", "dialing")
    reached = "10 AgentReached call=c1 agent=1001 queue=sales rang_s=10\n" + state(10, "dialing", "talking")
    over = (
        "70 TalkEnded call=c1 queue=sales agent=1001 by=caller talk_s=60\n"
        + state(70, "talking", "wrap_up")
        + "70 AgentDialOver call=c1 agent=1001 queue=sales outcome=completed\n"
        + "70 CallEnded call=c1 outcome=completed by=caller cause=normal\n"
        + state(80, "wrap_up", "ready")
    )
    fold = folded(placed + dialed + reached + over)
    for name in (SITE_ROW, "queue sales", "agent 1001"):
        found = row(fold, name)
        assert (found.dialed, found.dialed_reached, found.dialed_talk_us) == (1, 1, 60_000_000)
        assert (found.offered, found.answered, found.asked, found.handled, found.talk_us) == (0, 0, 0, 0, 0)
    assert row(fold, "agent 1001").time["talking"] == 60_000_000
    unreached = folded(
        placed + dialed + "30 AgentDialOver call=c1 agent=1001 queue=sales outcome=no_answer\n"
    )
    assert told(unreached, "queue sales")["dialed"] == 1
    assert told(unreached, "queue sales")["dialed_reached"] == 0
    colleague = folded("0 AgentDialed call=c2 agent=1001 phone=p1 leg=x colleague=1002\n")
    assert told(colleague, SITE_ROW)["dialed"] == 0
