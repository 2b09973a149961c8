"""What conditions of a dialplan may ask of a queue."""

import pytest

from acd.core import inputs as i
from acd.core.waits import QueueWaits
from acd.facts import QUEUE_FACTS
from callflow.protocol import FactSource
from tests.acd.house import House


@pytest.mark.virtual_time
async def test_a_queue_as_it_is_now() -> None:
    house = await House().open()
    acd = house.acd
    assert isinstance(acd, FactSource)

    def facts() -> dict[str, str | None]:
        return {fact: acd.fact(f"queue.sales.{fact}") for fact in QUEUE_FACTS}

    assert facts() == {"length": "0", "wait": "", "longest_wait": "0", "ready": "0", "agents": "0"}
    house.begin("c1")
    await house.rest(12.4)
    house.begin("c2")
    await house.rest()
    assert facts() == {"length": "2", "wait": "", "longest_wait": "12", "ready": "0", "agents": "0"}
    await house.seat("1001")
    await house.rest()
    assert facts()["agents"] == "1"
    assert acd.fact("queue.nobody.length") is None
    assert acd.fact("queue.sales.size") is None
    assert acd.fact("hours.sales.length") is None
    await acd.stop()


@pytest.mark.virtual_time
async def test_the_wait_of_one_who_would_join_now() -> None:
    house = await House().open()
    acd = house.acd
    await house.seat("1001")
    assert acd.fact("queue.sales.wait") == "0", "an agent is ready, and no phone has rung yet"
    queue = acd.core.state.waits["sales"] = QueueWaits(starts=100.0, busy_s=1000.0, ring_s=4.0)
    assert acd.fact("queue.sales.wait") == "4", "so long phones ring"
    house.begin("c1")
    house.begin("c2")
    house.begin("c3")
    await house.rest()
    queue.ring_s = 0.0
    # two wait and one phone rings: 30 s in the mean, and 80 % of a gamma distribution of shape 3
    assert acd.fact("queue.sales.wait") == "43"
    acd.submit(i.LogOut("1001"))
    await house.rest()
    assert acd.fact("queue.sales.wait") == "", "nobody is there whose rate it could be"
    await acd.stop()
