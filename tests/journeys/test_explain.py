"""``ringhall explain`` of a real call: its lines, its times, and what was typed, masked."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

from records import events as e
from tests.journeys.house import CHOOSE_HZ, JOURNEY

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
    assert "waits in queue sales" in out
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
