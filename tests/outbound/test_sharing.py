"""Agents who can work for several campaigns: by weight, as skills allow, and without going to and fro."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from outbound.campaigns.sharing import share
from outbound.dialer.breaker import FAILURES, Breaker

AGENTS = [f"a{n:02}" for n in range(12)]


def test_by_weight() -> None:
    given_to = share({agent: ["spring", "autumn"] for agent in AGENTS}, {"spring": 3, "autumn": 1}, {})
    assert Counter(given_to.values()) == {"spring": 9, "autumn": 3}


def test_skills_go_before_weights() -> None:
    eligible = {agent: ["spring"] if n < 8 else ["spring", "autumn"] for n, agent in enumerate(AGENTS)}
    given_to = share(eligible, {"spring": 1, "autumn": 1}, {})
    assert Counter(given_to.values()) == {"spring": 8, "autumn": 4}
    assert "nobody" not in share(eligible | {"nobody": []}, {"spring": 1, "autumn": 1}, {})


@given(
    st.lists(st.sampled_from(AGENTS), unique=True),
    st.lists(st.sampled_from(AGENTS), unique=True),
    st.fixed_dictionaries({"x": st.integers(1, 5), "y": st.integers(1, 5), "z": st.integers(1, 5)}),
)
def test_who_may_stay_stays(before: list[str], now: list[str], weights: dict[str, int]) -> None:
    """All can do all: agents come and go, and of those who are there no more change than have to."""
    old = share({agent: list(weights) for agent in before}, weights, {})
    new = share({agent: list(weights) for agent in now}, weights, old)
    assert set(new) == set(now)
    moved = [agent for agent in now if agent in old and new[agent] != old[agent]]
    stay = [agent for agent in now if agent in old]
    was, wanted = Counter(old[agent] for agent in stay), Counter(new.values())
    assert len(moved) <= sum(max(0, was[name] - wanted[name]) for name in weights)
    for one, weight in weights.items():  # nobody could go to where there are fewer for the weight (D'Hondt)
        for other, others in weights.items():
            assert (wanted[one] + 1) / weight >= wanted[other] / others
    assert share({agent: list(weights) for agent in now}, weights, new) == new


def test_the_breaker_holds_lines_back_and_probes() -> None:
    breaker = Breaker()
    for n in range(FAILURES):
        assert breaker.lines(10, 0, float(n)) == 10
        breaker.failed(float(n))
    now = float(FAILURES - 1)
    assert [breaker.lines(10, 0, now + s) for s in (0, 14.9, 15.0)] == [0, 0, 1]
    assert breaker.lines(10, 1, now + 15.0) == 0, "one probe at a time"
    breaker.failed(now + 16.0)
    assert [breaker.lines(10, 0, now + 16.0 + s) for s in (29.9, 30.0)] == [0, 1]
    for _ in range(20):
        breaker.failed(now)
    assert breaker.lines(10, 0, now + 299.9) == 0
    assert breaker.lines(10, 0, now + 300.0) == 1
    breaker.worked()
    assert breaker.lines(10, 5, now) == 10
