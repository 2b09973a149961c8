"""Every decision of random days is explained: each agent once, and what is said of them is so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from acd.core.floor import Floor
from acd.core.line import fits
from acd.explain.decisions import Decision, Moment, Walk
from acd.explain.verdicts import Why
from records import events as e
from records.events import Recorded
from tests.acd.days import AGENTS, Day

if TYPE_CHECKING:
    from collections.abc import Iterable

PROFILES = {agent.number: agent for agent in AGENTS}
LOWER_IS_BETTER = {"fewest_calls"}


def recorded(log: Iterable[tuple[float, Any]]) -> list[Recorded]:
    return [
        Recorded(
            site="s",
            node="n",
            stream="main",
            seq=seq,
            epoch=1,
            at=datetime.fromtimestamp(at, UTC),
            event=event,
        )
        for seq, (at, event) in enumerate(log, 1)
    ]


def told(day: Day) -> Walk:
    log = recorded(day.log)
    walk = Walk(Floor(), calls={one.event.call for one in log if isinstance(one.event, e.QueueEntered)})
    for one in log:
        walk.take(one)
    walk.now(len(log) + 1, day.floor.now)
    assert walk.unfolded == 0
    return walk


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_every_decision_names_every_agent_once_and_rightly(seed: int) -> None:
    day = Day(seed)
    walk = told(day)
    offers = [event for _, event in day.log if isinstance(event, e.OfferMade)]
    assert sum(len(one.offered) for one in walk.decisions) == len(offers)
    assert walk.decisions
    for decision in walk.decisions:
        assert [one.agent for one in decision.verdicts] == sorted(PROFILES)
        assert [one.agent for one in decision.verdicts if one.why is Why.OFFERED] == sorted(decision.offered)
        check(decision)


def check(decision: Decision) -> None:
    for one in decision.verdicts:
        skills = PROFILES[one.agent].skills
        lacks = not fits(skills, decision.needs)
        assert (one.why is Why.LACKS_SKILL) == lacks == bool(one.lacking)
        if one.why in {Why.LOWER_SCORE, Why.LATER_RANK, Why.LACKS_PREFERRED, Why.BARRED, Why.ONLY_ANOTHER}:
            assert one.state == "ready"
        if one.why is Why.STATE:
            assert one.state != "ready"
        if one.why is Why.LOWER_SCORE:
            assert decision.offered, "compared with nobody"
            if one.score is not None and one.best is not None:
                lower = (
                    one.score >= one.best if decision.strategy in LOWER_IS_BETTER else one.score <= one.best
                )
                assert lower or decision.strategy in {"round_robin", "random"}
        if one.why is Why.LACKS_PREFERRED:
            assert not fits(skills, decision.prefers)
        if one.why is Why.LATER_RANK:
            assert one.rank > one.ahead
        assert one.why is not Why.NOT_ASKED, "somebody who was free was asked, and is"
        if decision.moment is not Moment.OFFER:
            assert one.why not in {Why.LOWER_SCORE, Why.LATER_RANK, Why.LACKS_PREFERRED}


def test_days_have_every_kind_of_reason() -> None:
    """The test above would mean little if its days were dull."""
    found = {
        one.why
        for number in range(40)
        for decision in told(Day(number)).decisions
        for one in decision.verdicts
    }
    assert set(Why) - found <= {Why.NOT_ASKED}
