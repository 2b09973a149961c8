"""Phones that come and go, over the fake Asterisk: nothing that a gap or a late list hides."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from telephony.ari.errors import AriError
from telephony.ari.fake import FakeAri, FakeAsterisk
from telephony.ari.fake.ami import FakeAmi
from telephony.asterisk.phone_watch import ROUNDS_S, PhoneRounds, PhonesUnseen, PhoneWatch
from telephony.asterisk.switch import AsteriskSwitch
from telephony.switch import PhoneReachable, PhoneUnreachable, SwitchBack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telephony.asterisk.phone_watch import PhoneChanges

pytestmark = pytest.mark.virtual_time

LIST = "GET endpoints/PJSIP"


class Told:
    """What the switch told of each phone last, read in the background."""

    def __init__(self, ari: FakeAri, phones: PhoneChanges) -> None:
        self.ari = ari
        self.switch = AsteriskSwitch(ari, phones)
        self.phones: dict[str, bool] = {}
        self.up = asyncio.Event()
        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.switch.events():
            match event:
                case PhoneReachable(phone=phone):
                    self.phones[phone] = True
                case PhoneUnreachable(phone=phone):
                    self.phones[phone] = False
                case SwitchBack():
                    self.up.set()
                case _:
                    pass


@asynccontextmanager
async def told_by(asterisk: FakeAsterisk, phones: PhoneChanges) -> AsyncIterator[Told]:
    told = Told(asterisk.ari(), phones)
    await told.switch.start()
    await told.up.wait()
    yield told
    told.reader.cancel()
    await told.switch.close()


async def test_what_was_missed_while_ami_was_away_is_told_when_it_is_back() -> None:
    asterisk = FakeAsterisk()
    for name in ("goes", "comes"):
        asterisk.phone(name, online=name == "goes")
    ami = asterisk.ami()
    async with told_by(asterisk, PhoneWatch(ami)) as told:
        await asyncio.sleep(1)
        assert told.phones == {"goes": True, "comes": False}
        ami.drop(5.0)
        asterisk.phone("goes", online=False)
        asterisk.phone("comes")
        await asyncio.sleep(4)
        assert told.phones == {"goes": True, "comes": False}
        await asyncio.sleep(2)
        assert told.phones == {"goes": False, "comes": True}


async def test_a_list_that_fails_is_asked_for_again() -> None:
    asterisk = FakeAsterisk()
    asterisk.phone("goes")
    ami = asterisk.ami()
    async with told_by(asterisk, PhoneWatch(ami)) as told:
        await asyncio.sleep(1)
        ami.drop(1.0)
        asterisk.phone("goes", online=False)
        told.ari.slow.fail_next(LIST, AriError(500, "not now", "GET", "endpoints/PJSIP"))
        await asyncio.sleep(2)
        assert told.phones == {"goes": False}


async def test_a_change_wins_over_a_list_that_was_made_before_it() -> None:
    asterisk = FakeAsterisk(latency=1.0)  # the list is made after 0.5 s, and here after 1 s
    for name in ("goes", "stays"):
        asterisk.phone(name)
    async with told_by(asterisk, PhoneWatch(asterisk.ami())) as told:
        await asyncio.sleep(5)
        asterisk.phone("stays", online=False)
        asterisk.phone("stays", online=True)
        listing = asyncio.create_task(told.switch.phones())
        await asyncio.sleep(0.75)
        asterisk.phone("goes", online=False)
        assert await listing == {"goes": False, "stays": True}
        # and a list of a later time over the change
        asterisk.phones["goes"].online = True
        assert await told.switch.phones() == {"goes": True, "stays": True}


async def test_a_change_during_the_list_after_a_gap_is_the_last_word() -> None:
    asterisk = FakeAsterisk(latency=1.0)
    asterisk.phone("goes")
    ami = asterisk.ami()
    async with told_by(asterisk, PhoneWatch(ami)) as told:
        await asyncio.sleep(5)
        ami.drop(1.0)
        await asyncio.sleep(1.75)
        asterisk.phone("goes", online=False)  # listed as reachable, and the list is under way
        await asyncio.sleep(1)
        assert told.phones == {"goes": False}


async def test_changes_that_nobody_takes_are_given_up_for_a_list() -> None:
    ami = FakeAmi(0.0)
    watch = PhoneWatch(ami, limit=3)
    changes = watch.changes()
    assert await anext(changes) == PhonesUnseen()
    for number in range(4):
        ami.say("PeerStatus", {"Peer": f"PJSIP/p{number}", "PeerStatus": "Reachable"})
    ami.say("PeerStatus", {"Peer": "PJSIP/p1", "PeerStatus": "Unreachable"})
    assert [await anext(changes) for _ in range(2)] == [PhonesUnseen(), PhoneUnreachable(phone="p1")]


async def test_without_ami_phones_are_looked_at_every_few_seconds() -> None:
    asterisk = FakeAsterisk()
    asterisk.phone("goes")
    async with told_by(asterisk, PhoneRounds()) as told:
        await asyncio.sleep(1)
        assert told.phones == {"goes": True}
        asterisk.phone("goes", online=False)
        await asyncio.sleep(ROUNDS_S)
        assert told.phones == {"goes": False}
