"""``ringhall explain`` of a real call: its lines, its times, and what was typed, masked."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

from records import events as e
from tests.journeys.house import AGENTS, CHOOSE_HZ, JOURNEY

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = JOURNEY


async def ringhall(house: House, *words: str) -> tuple[int, str, str]:
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from callflow.cli import main; main()", *words),
        env={**os.environ, "RINGHALL_HOME": str(house.server.home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await made.communicate()
    return made.returncode or 0, out.decode(), err.decode()


async def test_a_call_is_explained_while_it_waits_and_after_it(house: House) -> None:
    caller = await house.caller("1600")
    await caller.phone.established()
    await caller.hears(CHOOSE_HZ)
    await caller.phone.press("12345")
    await house.sees(e.DigitsCollected, call=caller.call)
    await caller.phone.press("1")
    await house.sees(e.QueueEntered, call=caller.call, queue="sales")
    status, out, _ = await ringhall(house, "explain", caller.call)
    assert status == 0
    await caller.hang_up()
    await house.ended(caller, "abandoned", "caller")

    assert out.startswith(f"call {caller.call} from ")
    assert "order = …45, 5 digits" in out
    assert "12345" not in out
    assert "waits in queue sales, position 1" in out
    assert "NOW: waits in queue sales" in out
    assert "ENDS" not in out

    _, out, _ = await ringhall(house, "explain", caller.call, "--json")
    told = json.loads(out)
    assert told["story"][-1]["text"].startswith("ENDS: abandoned, by caller")
    steps = [beat for beat in told["story"] if beat["file"]]
    assert [beat["text"].partition(":")[0] for beat in steps][-1] == "queue"
    assert all(beat["line"] > 0 and beat["version"] for beat in steps)

    status, _, err = await ringhall(house, "explain", "nobody")
    assert status == 1
    assert err.startswith("ringhall explain: nothing is known of a call nobody")


async def test_why_a_call_went_to_one_agent_and_to_no_other(house: House) -> None:
    """Asked for more than anybody has, then for less; refused by one, taken by another."""
    refusing = await house.agent("1001", answers=False)
    await house.log_in("1003", (await house.phone()).name, ready=False)
    caller = await house.waiting_caller("2300")
    _, out, _ = await ringhall(house, "explain", caller.call, "--json")
    now = json.loads(out)["story"][-1]["decision"]
    assert now["moment"] == "now"
    assert [one["agent"] for one in now["verdicts"]] == sorted(agent.number for agent in AGENTS)
    why = {one["agent"]: one for one in now["verdicts"]}
    assert why["1001"]["lacking"] == [{"skill": "sales", "has": 4, "needs": 5}]
    assert why["1001"]["fits_from"] - now["at"] < 10.0

    await house.sees(e.TermsRelaxed, 15.0, call=caller.call)
    await refusing.ringing()
    await refusing.hang_up()
    await house.state("1001", "missed", "busy")
    _, out, _ = await ringhall(house, "explain", caller.call)
    assert "lacks sales 5: 1001 Seller 1001 (has 4, enough from" in out
    assert "asks for less: needs sales 4 (before: sales 5)" in out
    assert "offered to 1001 Seller 1001 (the only one free)" in out
    assert "back from 1001 Seller 1001: busy" in out
    refused = out.rpartition("NOW: waits in queue expert")[2]
    assert "missed (busy): 1001 Seller 1001" in refused
    assert "paused (login): 1003 Seller 1003" in refused
    assert "lacks sales 4: 1005 Helper (has 1)" in refused

    _, out, _ = await ringhall(house, "explain", "1001")
    assert out.startswith("agent 1001 Seller 1001: missed (busy) since ")
    assert "the agent has missed a call and has not said ready since" in out
    assert f"{caller.call} of expert, which had waited 10." in out

    await house.agent("1002")
    await house.sees(e.CallConnected, call=caller.call, agent="1002")
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "busy"), ("1002", "answered"))
    _, out, _ = await ringhall(house, "explain", caller.call)
    taken = out.partition("offered to 1002 Seller 1002 (the only one free)")[2]
    assert "an agent became free and this call was the first, urgency" in taken
    assert "missed (busy): 1001 Seller 1001" in taken
    assert "NOW" not in taken
    assert "ENDS: completed, by caller" in taken
