"""A house whose queue calls back: all is real but Asterisk and the time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from acd.config import CallbacksDefinition, QueueDefinition
from acd.core import inputs as i
from records import events as e
from tests.callflow.house import AGENT, House, a_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telephony.ari.fake import Behaviour

CUSTOMER = "+46709187263"
CUSTOMER_PHONE = f"{CUSTOMER}@carrier"


class Hours:
    """Opening hours that a test opens and closes."""

    def __init__(self) -> None:
        self.opens: dict[str, float | None] = {}
        """Hours → when they open; open when not in it."""

    def opens_at(self, hours: str, now: float) -> float | None:
        opens = self.opens.get(hours, now)
        return opens if opens is None else max(opens, now)


class CallbackHouse:
    """A house, its customer, and what can be seen of the promises."""

    def __init__(self, house: House, hours: Hours) -> None:
        self.house = house
        self.hours = hours
        self.asterisk = house.asterisk

    async def until(self, what: str, seconds: float = 60.0) -> None:
        """Wait until somebody on a line hears what begins so."""
        async with asyncio.timeout(seconds):
            while not self.hearing(what):  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    def hearing(self, what: str) -> list[str]:
        return [leg for leg in self.asterisk.channels if what in self.asterisk.hears(leg)]

    async def until_over(self, seconds: float = 600.0) -> None:
        """Wait until no call is on."""
        async with asyncio.timeout(seconds):
            while len(self.house.controller.runner) or self.asterisk.channels:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)

    async def promise(self, number: str = CUSTOMER) -> str:
        """Let somebody call, wait in vain, and be promised a callback; gives the promise's id."""
        before = len(self.house.events(e.CallbackPromised))
        leg = self.asterisk.call_in("1005", number=number)
        await self.until("We will call you back on")
        self.asterisk.press(leg, "1")
        await asyncio.sleep(0.1)
        promised = self.house.events(e.CallbackPromised)
        assert len(promised) == before + 1
        self.asterisk.hang_up(leg)
        await asyncio.sleep(0.1)
        return promised[-1].callback

    async def away(self) -> None:
        """Let the agent leave, so that callers wait in vain."""
        if self.house.controller.acd.core.agent(AGENT).phone:
            self.house.controller.acd.submit(i.LogOut(AGENT))
            await asyncio.sleep(0.1)

    def customer(self, behaviour: Behaviour, phone: str = CUSTOMER_PHONE) -> None:
        self.asterisk.phone(phone, behaviour)

    def customer_leg(self) -> str:
        [leg] = [leg for leg in self.asterisk.channels if leg.endswith("-p")]
        return leg

    def called(self, phone: str = CUSTOMER_PHONE) -> int:
        """How often the customer's phone was rung up."""
        known = self.asterisk.phones.get(phone)
        return len(known.called) if known else 0

    def open(self) -> list[str]:
        return [case.callback for case in self.house.controller.dialer.cases]

    def held(self) -> list[str]:
        return list(self.house.controller.acd.core.state.held)

    def settled(self) -> list[str]:
        return [event.outcome for event in self.house.events(e.CallbackSettled)]

    def tried(self) -> list[str]:
        return [event.outcome for event in self.house.events(e.CallbackTried)]

    def placed(self) -> list[str]:
        return [event.call for event in self.house.events(e.CallPlaced)]

    def outcomes(self) -> list[str]:
        """How the calls that we placed ended."""
        placed = set(self.placed())
        return [event.outcome for event in self.house.events(e.CallEnded) if event.call in placed]


def queue(**callbacks: Any) -> dict[str, QueueDefinition]:
    terms = CallbacksDefinition(**({"over": "carrier", "retry_after": 600.0} | callbacks))
    return {"sales": QueueDefinition(needs={"sales": 2}, wrap_up=1.0, callbacks=terms)}


@asynccontextmanager
async def a_callback_house(folder: Path, **callbacks: Any) -> AsyncIterator[CallbackHouse]:
    hours = Hours()
    async with a_house(folder, queue(**callbacks), [hours]) as house:
        yield CallbackHouse(house, hours)
