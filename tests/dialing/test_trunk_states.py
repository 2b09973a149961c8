"""Whether a trunk is registered and answers, as a real Asterisk tells it; and what becomes of that."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from records import events as e
from telephony.ami import Ami
from telephony.asterisk.home import AsteriskHome
from telephony.asterisk.settings import AsteriskSettings, Registration, Trunk
from telephony.asterisk.trunk_states import AsteriskTrunkStates
from telephony.peers.sip_peer import Message, SipPeer
from telephony.peers.sipp import carrier
from telephony.programs import free_port_run, free_ports, private_prefix
from tests.dialing.house import ANSWERS, a_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.asterisk


class Registrar(SipPeer):
    """Answers registrations as it is told."""

    says = "200 OK"

    def answer(self, request: Message, status: str = "200 OK") -> None:
        super().answer(request, self.says)


async def until(met: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - Asterisk tells us when it likes
            await asyncio.sleep(0.05)


@asynccontextmanager
async def asterisk(folder: Path, *trunks: Trunk) -> AsyncIterator[AsteriskHome]:
    sip, http, ami = free_ports(3, kind="tcp")
    rtp = free_port_run(20, step=2)
    settings = AsteriskSettings(
        bind_address="127.0.0.1", sip_port=sip, http_port=http, ami_port=ami, rtp_start=rtp, rtp_end=rtp + 19,
        trunks=trunks,
    )  # fmt: skip
    home = AsteriskHome(settings, folder / "home", private_prefix())
    home.render()
    home.process.start()
    try:
        await asyncio.to_thread(home.process.wait_ready)
        yield home
    finally:
        await asyncio.to_thread(home.process.stop)


@asynccontextmanager
async def watching(home: AsteriskHome) -> AsyncIterator[AsteriskTrunkStates]:
    settings = home.settings
    ami = Ami(settings.control_address, settings.ami_port, home.control_user, home.ami_password)
    states = AsteriskTrunkStates(ami, settings.trunks)
    await ami.start()
    try:
        yield states
    finally:
        await ami.close()


async def test_a_registration_goes_up_and_down(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    trunk = Trunk(
        name="carrier",
        registration=Registration(server=f"127.0.0.1:{port}", username="us", secret=SecretStr("x")),
    )
    async with asterisk(tmp_path, trunk) as home:
        async with watching(home) as states:
            await until(lambda: states.states()["carrier"].registration == "unregistered")
            async with Registrar(("127.0.0.1", home.settings.sip_port), port=port) as registrar:
                for says, state in (
                    ("200 OK", "registered"), ("403 Forbidden", "rejected"), ("200 OK", "registered"),
                ):  # fmt: skip
                    registrar.says = says
                    home.process.cli("pjsip send register carrier-registration")
                    await until(lambda state=state: states.states()["carrier"].registration == state)  # type: ignore[misc]
        async with watching(home) as later:  # who comes later hears of it too
            await until(lambda: later.states()["carrier"].registration == "registered")


async def test_a_server_that_is_probed_goes_and_comes_back(tmp_path: Path) -> None:
    async with carrier("127.0.0.1:9", ANSWERS) as there:
        trunks = (
            Trunk(name="probed", addresses=("127.0.0.7",), server=f"127.0.0.1:{there.port}", qualify_s=1),
            Trunk(name="gone", addresses=("127.0.0.8",), server="127.0.0.1:9", qualify_s=1),
            Trunk(name="trusted", addresses=("127.0.0.9",), server="127.0.0.1:9"),
        )
        async with asterisk(tmp_path, *trunks) as home, watching(home) as states:

            def reachable() -> dict[str, str]:
                return {name: state.reachable for name, state in states.states().items()}

            await until(lambda: reachable() == {"probed": "yes", "gone": "no", "trusted": ""})
            await there.stop()
            await until(lambda: reachable()["probed"] == "no", 15)
            again = carrier("127.0.0.1:9", ANSWERS)
            again.port = there.port
            async with again:
                await until(lambda: reachable()["probed"] == "yes", 15)


async def test_an_alarm_and_the_next_trunk_at_once(tmp_path: Path, prompts: Path) -> None:
    site = """
trunks: {one: {allow: ["+46 *"]}, two: {allow: ["+46 *"]}}
routes: {sweden: {numbers: ["+46 *"], over: [one, two]}}
"""
    probed = {"one": {"qualify_s": 1}, "two": {"qualify_s": 1}}
    async with a_house(tmp_path, prompts, site, {"one": ANSWERS, "two": ANSWERS}, trunks=probed) as h:
        await h.sees(e.TrunkStateChanged, trunk="one", reachable="yes")
        await h.carriers["one"].stop()
        await h.sees(e.TrunkStateChanged, 20, trunk="one", reachable="no")
        await h.sees(e.AlarmRaised, alarm="trunk_one")
        caller = await h.caller()
        await h.sees(e.DialAnswered)
        await caller.hang_up()
        assert await h.tried() == [("one", "unreachable"), ("two", "caller_gone")]
        trunks = {one["trunk"]: one["reachable"] for one in await h.server.ask("GET", "/control/trunks")}
        assert trunks == {"loopback": "", "one": "no", "two": "yes"}
