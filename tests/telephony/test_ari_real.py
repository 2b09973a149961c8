"""The ARI client against a real Asterisk that dies, is taken over, or refuses it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from telephony.ari import generate, models
from telephony.ari.client import AriClient
from telephony.ari.errors import ApplicationTaken, AriDisconnected
from telephony.ari.port import Connected, Disconnected
from telephony.asterisk.switch import AsteriskSwitch
from telephony.programs import private_prefix
from telephony.switch import SwitchBack, SwitchLost
from tests.telephony.conftest import client, eventually
from tests.telephony.contract.world import Diary

if TYPE_CHECKING:
    from telephony.asterisk.home import AsteriskHome

pytestmark = pytest.mark.asterisk


def test_the_generated_files_are_those_of_this_asterisk() -> None:
    """If this fails after an update of Asterisk, run telephony/ari/generate.py and look at the difference."""
    descriptions = generate.read_descriptions(private_prefix() / "usr/share/asterisk/rest-api")
    folder = Path(generate.__file__).parent
    assert generate.render_models(descriptions, "22") == (folder / "models.py").read_text()
    assert generate.render_requests(descriptions, "22") == (folder / "requests.py").read_text()


async def test_a_killed_asterisk_is_reported_as_another_when_it_is_back(asterisk: AsteriskHome) -> None:
    ari = client(asterisk)
    await ari.start()
    messages = ari.messages()
    first = await anext(messages)
    assert isinstance(first, Connected)
    pid = asterisk.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        assert isinstance(await anext(messages), Disconnected)
    with pytest.raises(AriDisconnected):
        await ari.quick.channels_list()
    await eventually(lambda: asterisk.process.pid is None)
    asterisk.process.start()
    async with asyncio.timeout(20):
        again = await anext(messages)
    assert isinstance(again, Connected)
    assert again.asterisk_started
    assert again.entity_id == first.entity_id
    assert await ari.slow.channels_list() == []
    await ari.close()


async def test_the_second_controller_takes_the_application(asterisk: AsteriskHome) -> None:
    first, second = client(asterisk, "contested"), client(asterisk, "contested")
    await first.start()
    messages = first.messages()
    assert isinstance(await anext(messages), Connected)
    await second.start()
    diary = Diary(second)
    await diary.until(Connected)
    async with asyncio.timeout(5):
        assert isinstance(await anext(messages), Disconnected)
        with pytest.raises(ApplicationTaken):
            await anext(messages)
    assert second.stats.losses == 0
    await first.close()
    await second.close()
    await diary.close()


async def test_a_lost_connection_comes_back_without_being_taken_for_a_rival(asterisk: AsteriskHome) -> None:
    ari = client(asterisk, "cut")
    await ari.start()
    messages = ari.messages()
    assert isinstance(await anext(messages), Connected)
    for _ in range(3):
        assert ari._quick._socket is not None
        await ari._quick._socket.close()
        assert isinstance(await anext(messages), Disconnected)
        async with asyncio.timeout(10):
            again = await anext(messages)
        assert isinstance(again, Connected)
        assert not again.asterisk_started
    await ari.close()


async def test_a_blocked_lane_frees_itself_by_a_new_connection(asterisk: AsteriskHome) -> None:
    """While Asterisk waits for a sound to end it answers no ping of that socket either."""
    ari = client(asterisk)
    await ari.start()
    diary = Diary(ari)
    await diary.until(Connected)
    await ari.slow.channels_originate(
        endpoint="Local/100@from-trunk", app="far-end", channel_id="far-x", other_channel_id="call-x"
    )
    await diary.until(models.StasisStart, channel="call-x")
    await ari.quick.channels_play_with_id("call-x", "long", media=["sound:demo-congrats"])
    with pytest.raises(AriDisconnected):
        async with asyncio.timeout(4.9):
            await ari.quick.channels_answer("call-x")
    await eventually(lambda: ari.stats.connects == 2)
    async with asyncio.timeout(0.5):
        assert (await ari.quick.channels_get("call-x")).id == "call-x"
    await ari.quick.channels_hangup("call-x")
    await ari.close()
    await diary.close()


async def test_a_wrong_password_is_said_in_words(
    asterisk: AsteriskHome, capsys: pytest.CaptureFixture[str]
) -> None:
    ari = AriClient(asterisk.ari_url, asterisk.control_user, "wrong", "ringhall")
    await ari.start()
    await eventually(lambda: ari.stats.failures >= 2)
    await ari.close()
    assert "Asterisk refused ARI's user or password" in capsys.readouterr().out


async def test_a_connection_that_brings_no_events_is_replaced(asterisk: AsteriskHome) -> None:
    """A filter that holds them back stands for an Asterisk that forgot the application: as deaf, and sure."""
    url = asterisk.ari_url.removesuffix("/ari")
    switch = AsteriskSwitch.on(url, asterisk.control_user, asterisk.ari_password, None)
    await switch.start()
    events = (event async for event in switch.events() if isinstance(event, SwitchBack | SwitchLost))
    try:
        async with asyncio.timeout(20):
            assert isinstance(await anext(events), SwitchBack)
            await asyncio.sleep(3)  # beats that are heard
            other = client(asterisk, "other")
            await other.start()
            await other.slow.applications_filter("ringhall", filter_={"allowed": [{"type": "RESTResponse"}]})
            reasons = []
            while isinstance(event := await anext(events), SwitchLost):
                reasons.append(event.reason)
            assert len(reasons) == 2
            assert event == SwitchBack(restarted=False)
            await other.close()
        with pytest.raises(TimeoutError):  # the new one is not given up
            async with asyncio.timeout(6):
                await anext(events)
    finally:
        await switch.close()
