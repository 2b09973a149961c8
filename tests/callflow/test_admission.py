"""Callers whom Asterisk refused: counted, and an alarm for as long as it goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from callflow.admission import ALARM, QUIET_S, AdmissionWatch
from tests.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

pytestmark = pytest.mark.virtual_time


class Ami:
    def __init__(self) -> None:
        self.take: Callable[..., None] = lambda *_: None

    def listen(self, names: Iterable[str], take: Callable[..., None], **_: Any) -> None:
        assert list(names) == ["UserEvent"]
        self.take = take


async def test_counted_and_cleared_when_it_is_over() -> None:
    ami, alarms = Ami(), dict[str, str]()
    watch = AdmissionWatch(ami, LoopClock(), alarms.__setitem__, alarms.__delitem__)
    running = asyncio.create_task(watch.run())
    ami.take("UserEvent", {"UserEvent": "SomethingElse"})
    assert alarms == {}
    for _ in range(3):
        ami.take("UserEvent", {"UserEvent": "CallersFull"})
        await asyncio.sleep(QUIET_S / 2)
    assert watch.in_status() == {"callers_refused": 3}
    assert "3 were refused" in alarms[ALARM]
    await asyncio.sleep(QUIET_S + 10)
    assert alarms == {}
    running.cancel()
