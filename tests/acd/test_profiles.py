"""What agents can do stands in the log, once for each change."""

from __future__ import annotations

from acd.core.acd import Acd
from acd.core.model import AgentProfile
from records import events as e
from tests.acd.floor import AGENTS, TestFloor


def test_only_what_differs_from_the_log_is_written() -> None:
    floor = TestFloor()
    written = [event for _, event in floor.log if isinstance(event, e.AgentProfiled)]
    assert {event.agent: event.skills for event in written} == {one.number: one.skills for one in AGENTS}
    assert not any("Ada" in repr(event) for event in written), "a name is personal"

    changed = [AGENTS[0], AgentProfile("1002", "Lin", {"support": 5}, {"sales": 2})]
    again = floor.take(floor.acd.configure_agents(changed, floor.now))
    assert again.events == [
        e.AgentProfiled(agent="1002", skills={"support": 5}, ranks={"sales": 2}),
        e.AgentProfiled(agent="1003", removed=True),
    ]
    assert floor.take(floor.acd.configure_agents(changed, floor.now)).events == []

    # a controller that takes over knows it from the log
    fresh = Acd()
    fresh.restore(floor.acd.snapshot())
    assert fresh.configure_agents(changed, floor.now).events == []
    assert floor.replayed().configure_agents(changed, floor.now).events == []
