"""A sound is missing: during calls, and when a site is to go live."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from callflow.private_server import PrivateServer, ServerFailed
from records import events as e
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, AGENTS, CALLER_HZ, CHOOSE_HZ, JOURNEY, PHONES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.conftest import HouseMaker

pytestmark = JOURNEY


def ringhall(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line to its end."""
    return subprocess.run(
        [sys.executable, "-c", "from callflow.cli import main; main()", *words],
        env={**os.environ, "RINGHALL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


async def test_every_prompt_is_gone(
    own_server: PrivateServer, make_house: HouseMaker, prompts: Path, site: Path, tmp_path: Path
) -> None:
    """Callers hear nothing, but they get on: keys count, silence leads on, agents can be reached."""
    server = own_server
    own_prompts = server.home / "prompts"
    shutil.copytree(prompts, own_prompts)
    async with server, make_house(server) as house:
        agent = await house.agent("1001")
        aside = shutil.move(own_prompts, tmp_path / "aside")
        caller = await house.caller("1000")
        await house.sees(e.LanguageChosen, seconds=8, call=caller.call, language="en")  # by silence
        await caller.phone.press("1")
        await house.sees(e.CallConnected, call=caller.call, agent="1001")
        await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
        await caller.hang_up()
        await house.ended(caller, "completed", "caller", ("1001", "answered"))
        silent = await house.caller("4000")
        await silent.phone.over()
        await house.ended(silent, "ended_by_menu", "system")
        await house.state("1001", "ready")
        await agent.dial("*731")
        await house.state("1001", "paused", "break")
        await agent.over()
        status = await asyncio.to_thread(ringhall, server.home, "status", "--json")
        assert status.returncode == 1
        told = json.loads(status.stdout)["alarms"]["sound_missing"]
        assert str(own_prompts) in told
        log = (server.home / "controller.log").read_text()
        written = (site / "site.yaml").read_text().splitlines()
        line = written.index("  welcome:") + 2
        assert f"site.yaml:{line} (welcome)" in log  # which step it was
        assert "Traceback" not in log
        # and they are back: the alarm says so itself
        shutil.move(aside, own_prompts)
        heard = await house.caller("1600")
        await heard.hears(CHOOSE_HZ)
        await house.sees(e.AlarmCleared, alarm="sound_missing")
        await heard.hang_up()


async def test_a_recording_is_missing(
    own_server: PrivateServer, make_house: HouseMaker, site: Path, tmp_path: Path
) -> None:
    """``ringhall check`` and the controller's start name file, line and remedy; nobody sees a traceback."""
    broken = shutil.copytree(site, tmp_path / "site")
    (broken / "sorry.wav").unlink()
    check = await asyncio.to_thread(ringhall, own_server.home, "check", str(broken))
    assert check.returncode == 1
    place = f"{broken / 'site.yaml'}:"
    assert place in check.stdout
    assert 'there is no recording "sorry.wav". Put it into site/, or correct its name.' in check.stdout
    server = PrivateServer(own_server.home, dialplans=broken, phones=PHONES, agents=AGENTS)
    with pytest.raises(ServerFailed) as failed:
        await server.start()
    await server.stop()
    assert place in str(failed.value)
    assert "Try: ringhall check" in str(failed.value)
    assert "Traceback" not in str(failed.value)
