"""Behind a NAT: who is far is given the external address, who is near the real one."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from telephony.asterisk.home import AsteriskHome, AsteriskSettings, Trunk
from telephony.asterisk.process import AsteriskProcess
from telephony.peers.sip_peer import SipPeer
from tests.telephony_config.conftest import private_ports
from tests.telephony_config.namespaces import cable, entering, hindrance, inside, namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from telephony.peers.sip_peer import Message

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

EXTERNAL = "198.51.100.7"
NEAR, NEAR_PEER = "10.66.1.1", "10.66.1.2"
FAR, FAR_PEER = "10.66.2.1", "192.0.2.20"
DIALPLAN = "[from-trunk](+)\nexten => 9999,1,Answer()\n same => n,Wait(20)\n"


class World:
    """Asterisk in one namespace, with a cable to a near one and a cable to a far one."""

    def __init__(self, home: AsteriskHome, names: dict[str, str]) -> None:
        self.home = home
        self.names = names

    async def called_from(self, place: str, address: str, server: str, transport: str) -> Message:
        """Call from a place and give the answer."""
        with inside(self.names[place]):
            peer = await SipPeer((server, self.home.settings.sip_port), address, transport).__aenter__()
        try:
            call = peer.call("9999")
            call.invite()
            answer = await call.until(200, within=5)
            assert answer is not None
            assert answer.status == 200
            call.bye()
            return answer
        finally:
            await peer.__aexit__(None, None, None)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, prefix: Path) -> Iterator[World]:
    if hindered := hindrance():  # root of a container or a chroot may not be allowed to
        pytest.skip(f"network namespaces can't be used here: {hindered}")
    folder = tmp_path_factory.mktemp("nat")
    settings = AsteriskSettings(
        external_address=EXTERNAL,
        local_nets=("10.0.0.0/8",),
        trunks=(Trunk(name="office", addresses=(NEAR_PEER,)), Trunk(name="carrier", addresses=(FAR_PEER,))),
        **private_ports(),
    )
    home = AsteriskHome(settings, folder, prefix)
    home.render()
    (home.folder / "local" / "extensions.conf").write_text(DIALPLAN)
    with namespaces("pbx", "near", "far") as names:
        cable(names["pbx"], NEAR, names["near"], NEAR_PEER)
        cable(names["pbx"], FAR, names["far"], FAR_PEER)
        program = folder / "asterisk-in-namespace"
        words = " ".join(entering(names["pbx"]))
        program.write_text(f'#!/bin/sh\nexec {words} {home.process.program} "$@"\n')
        program.chmod(0o755)
        home.process = AsteriskProcess(program, home.folder)
        home.process.start()
        try:
            home.process.wait_ready()
            yield World(home, names)
        finally:
            home.process.stop()


def addresses(answer: Message) -> tuple[str, str]:
    """Give the address in Contact and the one in the SDP."""
    contact = re.search(r"sip:(?:[^@>]+@)?([\d.]+)", answer.headers["contact"])
    media = re.search(r"c=IN IP4 ([\d.]+)", answer.body)
    assert contact is not None
    assert media is not None
    return contact[1], media[1]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_far_party_is_given_the_external_address(world: World, transport: str) -> None:
    assert addresses(await world.called_from("far", FAR_PEER, FAR, transport)) == (EXTERNAL, EXTERNAL)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_near_party_is_given_the_real_address(world: World, transport: str) -> None:
    assert addresses(await world.called_from("near", NEAR_PEER, NEAR, transport)) == (NEAR, NEAR)
