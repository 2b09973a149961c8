"""Real phones that come, go, are lost and move, on a real Asterisk: what the switch tells of them."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from typing import TYPE_CHECKING

import pytest

from callflow.ids import new_call_id
from telephony.asterisk.phones import QUALIFY_S
from telephony.peers.sip_registration import register
from telephony.peers.softphone import Softphone
from telephony.switch import LegAnswered, LegRinging, PhoneAccount, PhoneReachable, PhoneUnreachable
from tests.switch.conftest import PHONES

if TYPE_CHECKING:
    from tests.switch.conftest import Bench

pytestmark = pytest.mark.asterisk

LOST_S = QUALIFY_S + 3.0 + 1.0
"""By then a phone that does not answer is known to be lost: the next question, its time-out, and a grace."""


def softphone(bench: Bench, account: PhoneAccount, **options: object) -> Softphone:
    return Softphone(account.name, bench.server, secret=account.secret, **options)  # type: ignore[arg-type]


def last_told(bench: Bench, phone: str) -> type | None:
    told = [type(event) for event in bench.seen if getattr(event, "phone", None) == phone]
    return told[-1] if told else None


async def test_a_phone_registers_and_unregisters(bench: Bench) -> None:
    async with softphone(bench, PHONES[0]):
        await bench.until(PhoneReachable, phone="phone-1")
        assert (await bench.switch.phones())["phone-1"]
    await bench.until(PhoneUnreachable, phone="phone-1")
    assert not (await bench.switch.phones())["phone-1"]


async def test_a_phone_that_dies_is_lost_idle_ringing_and_talking(bench: Bench) -> None:
    third = PhoneAccount(name="phone-3", secret="secret-of-3")
    await bench.switch.push_phones([*PHONES, third])
    call = new_call_id(time.time())
    async with (
        softphone(bench, PHONES[0]) as idle,
        softphone(bench, PHONES[1]) as rings,
        softphone(bench, third, answer="auto") as talks,
    ):
        for name in ("phone-1", "phone-2", "phone-3"):
            if last_told(bench, name) is not PhoneReachable:
                await bench.until(PhoneReachable, phone=name)
            if name != "phone-1":
                leg = f"{call}-{name}"
                await bench.switch.start_leg(leg, name, caller_number="1", caller_name="x", headers={})
        await bench.until(LegAnswered, leg=f"{call}-phone-3")
        if LegRinging(leg=f"{call}-phone-2") not in bench.seen:
            await bench.until(LegRinging, leg=f"{call}-phone-2")
        died = time.monotonic()
        for phone in (idle, rings, talks):
            phone.kill()
        names = {"phone-1", "phone-2", "phone-3"}
        while names:
            names.discard((await bench.until(PhoneUnreachable, within=LOST_S)).phone)
        assert time.monotonic() - died < LOST_S
        assert {f"{call}-phone-2", f"{call}-phone-3"} <= (await bench.switch.survey()).legs.keys()


async def test_a_phone_that_registers_from_another_port_stays_reachable(bench: Bench) -> None:
    async with softphone(bench, PHONES[0]) as before:
        await bench.until(PhoneReachable, phone="phone-1")
        async with softphone(bench, PHONES[0]) as after:
            assert after.listens != before.listens
            before.kill()  # whoever asked the old port would find nobody
            await bench.listen(LOST_S)
            assert last_told(bench, "phone-1") is PhoneReachable
            assert (await bench.switch.phones())["phone-1"]
    await bench.until(PhoneUnreachable, phone="phone-1")


async def test_a_phone_that_answers_no_question_is_never_reachable(bench: Bench) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        contact = f"sip:phone-1@127.0.0.1:{silent.getsockname()[1]}"
        bench.seen.clear()
        await register(bench.server, "phone-1", PHONES[0].secret, contact)
        await bench.listen(LOST_S)
        assert PhoneReachable(phone="phone-1") not in bench.seen
        assert not (await bench.switch.phones())["phone-1"]


async def test_what_phones_did_while_ami_was_away_is_told_when_it_is_back(bench: Bench) -> None:
    async with softphone(bench, PHONES[0]):
        await bench.until(PhoneReachable, phone="phone-1")
        bench.ami_may_connect.clear()
        told = await asyncio.to_thread(bench.home.process.cli, "manager show connected")
        [session] = re.findall(rf"(?m)^\s*{bench.home.control_user}\s+127\.0\.0\.1\s+\d+\s+\d+\s+(\d+)", told)
        await asyncio.to_thread(bench.home.process.cli, f"manager kick session {session}")
    async with softphone(bench, PHONES[1]):
        await bench.listen(1.0)
        assert last_told(bench, "phone-1") is PhoneReachable  # nobody could tell
        bench.seen.clear()
        bench.ami_may_connect.set()
        await bench.until(PhoneUnreachable, phone="phone-1")
        if PhoneReachable(phone="phone-2") not in bench.seen:
            await bench.until(PhoneReachable, phone="phone-2")
