"""What conditions of a dialplan may ask of a queue."""

import pytest

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

    assert facts() == {"length": "0", "wait": "0", "ready": "0", "agents": "0"}
    house.begin("c1")
    await house.rest(12.4)
    house.begin("c2")
    await house.rest()
    assert facts() == {"length": "2", "wait": "12", "ready": "0", "agents": "0"}
    await house.seat("1001")
    await house.rest()
    assert facts()["agents"] == "1"
    assert acd.fact("queue.nobody.length") is None
    assert acd.fact("queue.sales.size") is None
    assert acd.fact("hours.sales.length") is None
    await acd.stop()
