"""Who is let in on a trunk, as whom, and who is not; on real Asterisk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from telephony.asterisk.home import AsteriskHome, AsteriskSettings, Trunk
from telephony.peers.sip_peer import SipPeer, authorization
from tests.telephony_config.conftest import GATEWAY_SECRET, bare_controller, private_ports, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from telephony.peers.sip_peer import Call
    from tests.telephony_config.conftest import BareController

pytestmark = pytest.mark.asterisk

PHONE = {"auth_type": "userpass", "username": "phone-1", "password": "phone-secret"}


@pytest.fixture
async def controller(asterisk: AsteriskHome) -> AsyncIterator[BareController]:
    async with bare_controller(asterisk) as controller:
        yield controller


def server(home: AsteriskHome) -> tuple[str, int]:
    return ("127.0.0.1", home.settings.sip_port)


async def push_phone(controller: BareController, name: str = "phone-1") -> None:
    objects = {
        "auth": PHONE,
        "aor": {"max_contacts": "1", "remove_existing": "yes"},
        "endpoint": {
            "aors": name,
            "auth": name,
            "context": "from-phones",
            "disallow": "all",
            "allow": "ulaw",
        },
    }
    for kind, fields in objects.items():
        pairs = [{"attribute": key, "value": value} for key, value in fields.items()]
        await controller.ask("PUT", f"asterisk/config/dynamic/res_pjsip/{kind}/{name}", fields=pairs)


async def arrives(controller: BareController, call: Call, **invite: str) -> tuple[str, list[str], str]:
    """Place the call; give the endpoint that it came in by, the application's arguments, and the caller."""
    call.invite(**invite)
    event = await controller.next_call()
    channel = event["channel"]
    await controller.ask("POST", f"channels/{channel['id']}/answer")
    answered = await call.until(200, within=3)
    assert answered is not None
    assert answered.status == 200
    call.bye()
    return channel["name"].split("/")[1].rsplit("-", 1)[0], event["args"], channel["caller"]["number"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("address", "trunk"), [("127.0.0.1", "loopback"), ("127.0.0.3", "office")])
async def test_trunk_known_by_address_reaches_the_controller(
    asterisk: AsteriskHome, controller: BareController, transport: str, address: str, trunk: str
) -> None:
    async with SipPeer(server(asterisk), address, transport) as peer:
        assert await arrives(controller, peer.call("4000")) == (trunk, ["trunk", "4000"], "5551234")


@pytest.mark.parametrize("dialled", ["+4930123456", "sales", "first.last", "h", "s", "i", "t", "*70", "1"])
async def test_every_address_dialled_on_a_trunk_reaches_the_controller(
    asterisk: AsteriskHome, controller: BareController, dialled: str
) -> None:
    async with SipPeer(server(asterisk)) as peer:
        if dialled == "h":  # Asterisk's own word for a hangup: the one address that no caller may dial
            call = peer.call(dialled)
            call.invite()
            assert [m.status for m in [await call.until(within=3)] if m] != [200]
        else:
            assert (await arrives(controller, peer.call(dialled)))[1] == ["trunk", dialled]


@pytest.mark.parametrize("caller", ["5551234", "loopback", "office", "carrier", "gateway"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_unknown_address_is_refused_whatever_name_it_gives(
    asterisk: AsteriskHome, controller: BareController, caller: str, transport: str
) -> None:
    async with SipPeer(server(asterisk), "127.0.0.66", transport) as peer:
        call = peer.call("4000", caller=caller)
        call.invite()
        answer = await call.until(within=3)
        assert answer is not None
        assert answer.status in (401, 403)
        assert {message.status for message in call.heard} <= {100, 401, 403}
    assert controller.arrived.empty()


async def test_trunk_that_we_register_with_calls_from_any_address(
    asterisk: AsteriskHome, controller: BareController, registrar_port: int
) -> None:
    async with SipPeer(server(asterisk), "127.0.0.4", port=registrar_port) as registrar:
        asterisk.process.cli("pjsip send register carrier-registration")
        request = await registrar.next_request("REGISTER")
        contact = request.headers["contact"].split("<")[1].split(">")[0]
        assert contact.startswith("sip:account@")
        assert ";line=" in contact
    async with SipPeer(server(asterisk), "127.0.0.77") as peer:
        found = await arrives(controller, peer.call("account", uri=contact))
        assert found == ("carrier", ["trunk", "account"], "5551234")
        forged = peer.call("account", uri=contact.replace(";line=", ";line=x"))
        forged.invite()
        answer = await forged.until(within=3)
        assert answer is not None
        assert answer.status in (401, 403)


async def test_gateway_registers_and_authenticates_each_call(
    asterisk: AsteriskHome, controller: BareController
) -> None:
    async with SipPeer(server(asterisk), "127.0.0.88") as peer:
        assert await peer.register("gateway", "wrong") == 401
        assert await peer.register("gateway", GATEWAY_SECRET) == 200
        call = peer.call("4000", caller="5559876")
        call.invite()
        challenge = await call.until(within=3)
        assert challenge is not None
        assert challenge.status == 401
        call.number += 1
        credentials = authorization(challenge, "INVITE", call.uri, "gateway", GATEWAY_SECRET)
        assert await arrives(controller, call, extra=credentials) == ("gateway", ["trunk", "4000"], "5559876")


async def test_phone_pushed_at_run_time_calls_and_a_stranger_with_its_name_does_not(
    asterisk: AsteriskHome, controller: BareController
) -> None:
    await push_phone(controller)
    async with SipPeer(server(asterisk)) as phone:
        assert await phone.register("phone-1", "wrong") == 401
        assert await phone.register("phone-1", PHONE["password"]) == 200
        call = phone.call("*70", caller="phone-1")
        call.invite()
        challenge = await call.until(within=3)
        assert challenge is not None
        assert challenge.status == 401
        call.number += 1
        credentials = authorization(challenge, "INVITE", call.uri, "phone-1", PHONE["password"])
        endpoint, arguments, _ = await arrives(controller, call, extra=credentials)
        assert (endpoint, arguments) == ("phone-1", ["phone", "*70"])
    # where phones share the trunk's address, a caller who gives a phone's name must prove to be it
    async with SipPeer(server(asterisk)) as peer:
        call = peer.call("4000", caller="phone-1")
        call.invite()
        answer = await call.until(within=3)
        assert answer is not None
        assert answer.status == 401


async def test_phone_that_bears_a_trunks_name_does_not_take_its_place(
    asterisk: AsteriskHome, controller: BareController
) -> None:
    with pytest.raises(AssertionError, match="Cannot update sorcery objects"):
        await push_phone(controller, "office")
    async with SipPeer(server(asterisk), "127.0.0.3") as peer:
        assert (await arrives(controller, peer.call("4000")))[0] == "office"


async def test_caller_can_not_transfer_the_call(asterisk: AsteriskHome, controller: BareController) -> None:
    async with SipPeer(server(asterisk)) as peer:
        call = peer.call("4000")
        call.invite()
        channel = (await controller.next_call())["channel"]["id"]
        await controller.ask("POST", f"channels/{channel}/answer")
        assert await call.until(200, within=3) is not None
        call.refer("sip:90012345678@127.0.0.1")
        refused = await peer.response(3)
        assert refused is not None
        assert refused.method == "REFER"
        assert refused.status >= 400
        assert [one["id"] for one in await controller.ask("GET", "channels")] == [channel]
        call.bye()
    assert controller.arrived.empty()


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory, prefix: Path) -> Iterator[AsteriskHome]:
    """An Asterisk whose trunks and phones have different addresses."""
    settings = AsteriskSettings(
        trunks=(Trunk(name="carrier", addresses=("127.0.0.9",)),),
        phones_share_trunk_address=False,
        **private_ports(),
    )
    yield from running(AsteriskHome(settings, tmp_path_factory.mktemp("apart"), prefix))


async def test_caller_named_like_a_phone_is_a_caller_where_trunks_have_addresses_of_their_own(
    apart: AsteriskHome,
) -> None:
    async with bare_controller(apart) as controller:
        await push_phone(controller)
        async with SipPeer(server(apart), "127.0.0.9") as peer:
            found = await arrives(controller, peer.call("4000", caller="phone-1"))
            assert found == ("carrier", ["trunk", "4000"], "phone-1")
        async with SipPeer(server(apart)) as phone:
            assert await phone.register("phone-1", PHONE["password"]) == 200


async def test_phones_survive_a_restart_of_asterisk(apart: AsteriskHome) -> None:
    async with bare_controller(apart) as controller:
        await push_phone(controller)
    apart.process.stop()
    apart.process.start()
    apart.process.wait_ready()
    async with SipPeer(server(apart)) as phone:
        assert await phone.register("phone-1", PHONE["password"]) == 200
