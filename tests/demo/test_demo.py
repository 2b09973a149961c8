"""``ringhall demo`` on real parts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from callflow.private_server import PrivateServer
from records import events as e
from telephony.peers.softphone import Softphone
from tests.harness.fixtures import SITE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk


async def _demo(home: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RINGHALL_")}
    if prefix := os.environ.get("RINGHALL_PREFIX"):
        inherited["RINGHALL_PREFIX"] = prefix
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from callflow.cli import main; main()", "demo", "--json", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=inherited | {"RINGHALL_HOME": str(home)},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out.decode().splitlines()[-1]), err.decode()


def _check(status: int, told: dict[str, Any], err: str) -> None:
    assert told["result"] == "completed", f"{told}\n{err}"
    assert status == 0
    assert told["agent"] == "1002"
    assert told["wait_s"] > 0
    assert told["audio"] == {
        "caller_heard_music": True,
        "caller_heard_agent": True,
        "agent_heard_caller": True,
    }
    kinds = [event["type"] for event in told["events"]]
    assert kinds[0] == "CallArrived"
    assert kinds.count("OfferMade") == 1
    assert kinds.count("CallEnded") == 1
    record = told["record"]
    assert (record["queue"], record["agent"], record["outcome"]) == ("support", "1002", "completed")
    assert record["talk_s"] >= 3
    assert record["wrap_up_s"] > 0


async def test_on_a_server_of_its_own(tmp_path: Path) -> None:
    status, told, err = await _demo(tmp_path / "no-server")
    _check(status, told, err)
    assert "no server is running: starting a server for the demo" in err


async def test_twice_on_a_running_server_while_another_call_is_on(tmp_path: Path, prompts: Path) -> None:
    async with PrivateServer(tmp_path / "home", prompts=prompts) as server:
        settings = f"[asterisk]\nsip_port = {server.settings.asterisk.sip_port}\n"
        (tmp_path / "home" / "ringhall.toml").write_text(settings)
        for _ in range(2):
            async with Softphone("4420999", server.sip) as other:
                await other.dial("1000")
                await other.established()
                status, told, err = await _demo(tmp_path / "home")
                assert other.calls, "the other call was left alone"
                assert all(call.state == "established" for call in other.calls.values())
            _check(status, told, err)
            assert "on the running server" in err
        assert {a["state"] for a in await server.ask("GET", "/control/agents")} == {"logged_out"}


async def test_where_callers_wait_the_demo_keeps_away(tmp_path: Path, prompts: Path) -> None:
    async with (
        PrivateServer(tmp_path / "home", dialplans=SITE, prompts=prompts) as server,
        Softphone("4420", server.sip) as other,
    ):
        settings = f"[asterisk]\nsip_port = {server.settings.asterisk.sip_port}\n"
        (tmp_path / "home" / "ringhall.toml").write_text(settings)
        await other.dial("2000")
        await server.until_event(e.QueueEntered)
        status, told, err = await _demo(tmp_path / "home")
        _check(status, told, err)
        assert "callers are waiting on the running server" in err
        assert not [r for r in await server.events() if isinstance(r.event, e.AgentStateChanged)]
