from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from telephony.peers.sipp import SippError, SippRun, callers, phones, registered
from telephony.peers.sipp_scenarios import CallerPlan, PhonePlan, Press

from .conftest import PHONES

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import BareAsterisk

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("way", ["rfc4733", "info"])
async def test_keys_of_each_caller_arrive(
    asterisk: BareAsterisk, tmp_path: Path, way: Literal["rfc4733", "info"]
) -> None:
    plan = CallerPlan("700", (Press(300, "12"), Press(200, "09")), stay_ms=2500, keys_by=way)
    async with phones(asterisk.server, PHONES, PhonePlan(ring_ms=100), folder=tmp_path / "p") as farm:
        await registered(farm, 3)
        async with callers(asterisk.server, plan, calls=3, per_second=4, folder=tmp_path / "c") as run:
            result = await run.done(20)
        assert (result.created, result.successful, result.failed) == (3, 3, 0), result
        assert [offer.caller for offer in farm.offers()] == ["1209"] * 3
        assert {offer.phone for offer in farm.offers()} == {"phone-1"}


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        (PhonePlan("reject", status=486), 486),
        (PhonePlan("reject", status=603), 603),
        (PhonePlan("reject", status=480), 480),
    ],
)
async def test_phone_refuses(asterisk: BareAsterisk, tmp_path: Path, plan: PhonePlan, status: int) -> None:
    async with phones(asterisk.server, PHONES, plan, folder=tmp_path / "p") as farm:
        await registered(farm, 3)
        async with callers(asterisk.server, CallerPlan("1"), folder=tmp_path / "c") as run:
            result = await run.done(10)

        def sent(farm: SippRun) -> list[int]:
            return [m.status for m in farm.messages() if m.cseq.endswith("INVITE") and not m.received]

        # SIPp writes its messages down a moment later
        await farm.until(lambda run: sent(run) == [status], 3, f"refusal with {status} alone")
    assert result.failed == 1
    assert result.failures == {"FailedUnexpectedMessage": 1}


async def test_phone_rings_until_the_caller_is_given_up(asterisk: BareAsterisk, tmp_path: Path) -> None:
    async with phones(asterisk.server, PHONES, PhonePlan("ring"), folder=tmp_path / "p") as farm:
        await registered(farm, 3)
        async with callers(asterisk.server, CallerPlan("3"), folder=tmp_path / "c") as run:
            await run.done(10)
        await farm.until(
            lambda run: any(m.received and m.request == "ACK" for m in run.messages()), 3, "ACK of the 487"
        )
        said = [
            (m.received, m.request or m.status)
            for m in farm.messages()
            if "INVITE" in m.cseq or m.request == "CANCEL"
        ]
    assert said == [(True, "INVITE"), (False, 180), (True, "CANCEL"), (False, 487)]


async def test_silent_phone_says_nothing(asterisk: BareAsterisk, tmp_path: Path) -> None:
    async with phones(asterisk.server, PHONES, PhonePlan("silent"), folder=tmp_path / "p") as farm:
        await registered(farm, 3)
        async with callers(asterisk.server, CallerPlan("3"), folder=tmp_path / "c") as run:
            await run.done(10)
        sent = [m for m in farm.messages() if "INVITE" in m.cseq and not m.received]
        assert len(farm.offers()) == 1, "retransmissions count once"
    assert sent == []


async def test_phones_hang_up_after_their_talk(asterisk: BareAsterisk, tmp_path: Path) -> None:
    plan = PhonePlan(ring_ms=50, talk_ms=300)
    async with phones(asterisk.server, PHONES, plan, folder=tmp_path / "p") as farm:
        await registered(farm, 3)
        who = CallerPlan("1", stay_ms=9000)
        async with callers(asterisk.server, who, calls=3, per_second=10, folder=tmp_path / "c") as run:
            result = await run.done(6)
            byes = [m for m in run.messages() if m.request == "BYE"]
    assert result.successful == 3
    assert [m.received for m in byes] == [True] * 3


async def test_nobody_there(tmp_path: Path) -> None:
    async with callers("127.0.0.1:9", CallerPlan("1"), folder=tmp_path / "c") as run:
        with pytest.raises(SippError, match=r"not done in 0.5 s: SippResult\(created="):
            await run.done(0.5)


async def test_keys_that_no_telephone_has(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no telephone has the key 'x'"):
        callers("127.0.0.1:9", CallerPlan("1", (Press(1, "1x"),), keys_by="rfc4733"), folder=tmp_path)
