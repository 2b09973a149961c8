"""Dialplans are saved, broken, mended and rolled back while callers are on the line."""

from __future__ import annotations

import json
import os
import pwd
import shutil
from asyncio import get_running_loop
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest_asyncio

from callflow.private_server import PrivateServer
from records import events as e
from tests.journeys.command_line import ringhall
from tests.journeys.house import AGENTS, CHOOSE_HZ, JOURNEY, PHONES, SORRY_HZ, STORY_HZ

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.journeys.conftest import HouseMaker
    from tests.journeys.house import House

pytestmark = JOURNEY

LIVE_S = 1.0
"""Longest time from a save until new calls are served by it."""


@pytest_asyncio.fixture(loop_scope="package")
async def edited(
    tmp_path: Path, site: Path, prompts: Path, make_house: HouseMaker
) -> AsyncIterator[tuple[House, Path]]:
    """A house whose site may be changed."""
    shutil.copytree(site, tmp_path / "dialplans")
    server = PrivateServer(
        tmp_path / "home",
        dialplans=tmp_path / "dialplans",
        phones=PHONES,
        agents=AGENTS,
        prompts=prompts,
    )
    async with server, make_house(server) as house:
        # the checking process takes a second to get ready
        await server.ask("POST", "/control/site/reload")
        yield house, tmp_path / "dialplans" / "site.yaml"


async def api(house: House) -> Any:
    """Ask the HTTP interface for the site."""
    token = (house.server.home / "secrets" / "api-token").read_text().strip()
    url = f"http://127.0.0.1:{house.server.settings.api_port}/api/v1/site"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        return await answer.json()


async def live_version(house: House) -> str:
    return str((await house.server.ask("GET", "/control/site"))["version"])


async def test_a_call_finishes_on_its_version_while_new_ones_hear_the_new(
    edited: tuple[House, Path],
) -> None:
    house, file = edited
    old = await live_version(house)
    early = await house.caller("4000")
    await early.hears(STORY_HZ)
    began = get_running_loop().time()
    file.write_text(file.read_text().replace("story.wav", "choose.wav").replace("- goto: sorry", "- hangup"))
    loaded = await house.sees(e.SiteLoaded, how="saved")
    assert get_running_loop().time() - began < LIVE_S
    late = await house.caller("4000")
    await late.hears(CHOOSE_HZ)
    await house.sees(e.CallEnded, call=late.call)
    await early.hears(SORRY_HZ, seconds=16)  # the new version has no way from the story to it
    entered = {event.call: event.version for event in house.seen(e.StepEntered)}
    assert entered == {early.call: old, late.call: loaded.version}
    await house.ended(early, "ended_by_menu", "system")


async def test_a_queue_is_removed_while_callers_wait_and_come(edited: tuple[House, Path]) -> None:
    """Who waits is served under the terms of before; who comes too late for it goes on below the step."""
    house, file = edited
    without = file.read_text()
    file.write_text(
        without.replace("queues:\n", "queues:\n  brief: {needs: {sales: 4}}\n").replace(
            "    - play: {en: story.wav, zh: story.wav}\n",
            "    - play: {en: story.wav, zh: story.wav}\n    - queue: brief\n",
        )
    )
    await house.sees(e.SiteLoaded, how="saved")
    waiting = await house.caller("4000")
    late = await house.caller("4000")
    await waiting.phone.press("1")  # ends the story
    await house.sees(e.QueueEntered, call=waiting.call, queue="brief")
    file.write_text(without)
    await house.sees(e.SiteLoaded, how="saved", count=2)
    await late.phone.press("1")
    await late.hears(SORRY_HZ)
    await house.ended(late, "ended_by_menu", "system")
    await house.agent("1001")
    connected = await house.sees(e.CallConnected, call=waiting.call, agent="1001")
    assert connected.queue == "brief"
    await waiting.hang_up()
    await house.ended(waiting, "completed", "caller", ("1001", "answered"))


async def test_a_broken_file_leaves_the_live_one_and_everybody_is_told(edited: tuple[House, Path]) -> None:
    house, file = edited
    old, good = await live_version(house), file.read_text()
    file.write_text(good.replace("goto: main", "goto: mian"))
    refused = await house.sees(e.SiteRefused)
    assert (refused.who, refused.errors) == ("watch", 2)
    await house.sees(e.AlarmRaised, alarm="dialplan")
    caller = await house.caller("4000")
    await caller.hears(STORY_HZ)
    await caller.hang_up()

    told = await api(house)
    assert told["version"] == old
    assert [problem["near"] for problem in told["refused"]["problems"]] == ["main", "main"]
    status, text = await ringhall(house, "status")
    assert status == 1
    assert f"version {old}" in text
    assert "site.yaml:" in text
    assert 'Did you mean "main"?' in text
    status, text = await ringhall(house, "reload")
    assert status == 1
    assert f"Not put live. Version {old} stays live." in text
    log = (house.server.home / "controller.log").read_text()
    assert any(
        json.loads(line).get("event") == "dialplan_problem" for line in log.splitlines() if "{" in line
    )

    file.write_text(good.replace("site: Journey House", "site: Mended House"))
    await house.sees(e.AlarmCleared, alarm="dialplan")
    told = await api(house)
    assert (told["name"], told["refused"]) == ("Mended House", None)
    assert (await ringhall(house, "status"))[0] == 0


async def test_rollback_from_the_command_line(edited: tuple[House, Path]) -> None:
    house, file = edited
    first, me = await live_version(house), pwd.getpwuid(os.geteuid()).pw_name
    file.write_text(file.read_text().replace("story.wav", "choose.wav"))
    second = (await house.sees(e.SiteLoaded, how="saved")).version

    status, text = await ringhall(house, "rollback", "--json")
    assert status == 0
    assert json.loads(text)["version"] == first
    back = await house.sees(e.SiteLoaded, how="rollback")
    assert (back.version, back.who) == (first, me)
    caller = await house.caller("4000")
    await caller.hears(STORY_HZ)
    await caller.hang_up()
    await house.ended(
        caller, "hung_up_in_menu", "caller"
    )  # what the next controller says of it goes unheard here

    await house.server.stop_controller()
    await house.server.start_controller()
    assert await live_version(house) == first
    status, text = await ringhall(house, "versions", "--json")
    kept = json.loads(text)
    assert [(one["version"], one["live"]) for one in kept] == [(second, False), (first, True)]
    assert kept[1]["times"][-1]["who"] == me
    status, text = await ringhall(house, "versions")
    assert (status, first in text, second in text) == (0, True, True)

    status, text = await ringhall(house, "rollback", "nothing")
    assert status == 1
    assert text == (
        f"ringhall rollback: no kept version begins with nothing. There are: {second}, {first}. "
        "See: ringhall versions\n"
    )
    status, text = await ringhall(house, "reload")
    assert (status, await live_version(house)) == (0, second)
    assert text == f"Version {second} is live.\n"
