"""Each way to hand a call over, blind and attended, to each target: by tones, in record and recording."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from records import events as e
from tests.harness.talk import Listener
from tests.in_call.house import CALLER, FIRST, MUSIC, NUMBER, OUTSIDE, SECOND, STORY_HZ, a_house, in_order
from tests.in_call.test_over_the_api import holder

if TYPE_CHECKING:
    from pathlib import Path

    from records.folds.call_record import CallRecord
    from tests.in_call.house import House
    from tests.in_call.test_over_the_api import Holder

pytestmark = pytest.mark.asterisk

TARGETS = {
    "agent": ({"agent": SECOND}, SECOND),
    "queue": ({"queue": "support"}, "82"),
    "outside": ({"number": NUMBER}, "0709187263"),
    "menu": ({"menu": "story"}, "1900"),
}
"""What the API is told, and what is dialed."""
THERE = {"agent": SECOND, "queue": SECOND, "outside": OUTSIDE}
TALKS = {"agent": [{SECOND}], "queue": [{SECOND}], "outside": [{OUTSIDE}]}
"""Of these talks the recording goes on."""
WAYS = ("api", "keys", "refer")


class Scene:
    """One talk after the other, each handed over in another way."""

    def __init__(self, house: House, way: str, holder: Holder) -> None:
        self.h = house
        self._way = way
        self._holder = holder
        self._after = 0
        self._first = [{FIRST}] if FIRST in house.people else []
        """Whom the recording has first: the phone with keys says nothing."""

    async def begin(self) -> None:
        """Let the caller talk with the first agent."""
        h = self.h
        await asyncio.gather(h.state(FIRST, "ready"), h.state(SECOND, "ready"))
        self._after = (await h.server.events())[-1].seq
        await h.people[CALLER].dial("1000")
        h.call = (await self.sees(e.CallConnected)).call
        if self._first:
            await h.hear({CALLER: {FIRST}, FIRST: {CALLER}})
        await asyncio.sleep(1.5)  # so that there is enough of it on the recording

    async def sees(self, kind: type[e.Event], **fields: object) -> Any:
        """Wait for an event of this talk."""
        found = await self.h.server.until_event(
            kind,
            12.0,
            after=self._after,
            met=lambda one: all(getattr(one, name) == value for name, value in fields.items()),
        )
        return found[-1].event

    async def blind(self, target: str) -> None:
        asked, dialed = TARGETS[target]
        match self._way:
            case "api":
                await self._holder.ask("POST", f"/calls/{self.h.call}/transfer", asked)
            case "keys":
                await self.h.people[FIRST].press(f"*2{dialed}#")
            case _:
                self.h.desk_phone.transfer(f"sip:{dialed}@127.0.0.1")
                assert await self.h.desk_phone.transfer_result() == 200
        if target == "outside":
            await self.h.outside_answers()

    async def attended(self, target: str) -> None:
        asked, dialed = TARGETS[target]
        there, h = THERE[target], self.h
        answers = h.outside_answers() if target == "outside" else asyncio.sleep(0)
        talking = {CALLER: {MUSIC}, FIRST: {there}, there: {FIRST}}
        match self._way:
            case "api":
                await self._holder.ask("POST", f"/calls/{h.call}/consult", asked)
                await answers
                await h.hear(talking)
                await self._holder.ask("POST", f"/calls/{h.call}/complete")
            case "keys":
                await h.people[FIRST].press(f"*3{dialed}#")
                await answers
                await h.hear(talking, 12.0)
                await h.people[FIRST].press("*4")
            case _:
                await h.desk_phone.hold()
                second, _ = await asyncio.gather(h.desk_phone.dial(dialed, f"secret-{FIRST}"), answers)
                await h.hear({CALLER: {MUSIC}})
                h.desk_phone.transfer_to(second)
                assert await h.desk_phone.transfer_result() == 200

    async def proved(self, kind: str, target: str) -> CallRecord:
        """Hear who has the call now, and that the first agent has not; end it."""
        h = self.h
        if target == "menu":
            await Listener(h.people[CALLER]).expect(STORY_HZ, 12.0)
        else:
            there = THERE[target]
            await h.hear({CALLER: {there}, there: {CALLER}}, 12.0)
            await asyncio.sleep(0.5)
        assert (await self.sees(e.CallTransferred)).kind == kind
        await (h.people[FIRST] if self._first else h.desk_phone).over()
        if target != "menu":
            await h.people[CALLER].hang_up()
        await self.sees(e.CallEnded, call=h.call)
        await h.people[CALLER].over()
        return next(record for record in await h.server.records() if record.call == h.call)

    async def recorded(self, target: str, kind: str) -> None:
        """Look at the recording: left the caller alone, right who talked with them and nobody else."""
        left, right = await self.h.recorded()
        assert in_order(left) == [{CALLER}], ("the caller, and nobody else", kind, target)
        heard = in_order(right)
        # music comes before whoever was not there at once
        assert [who for who in heard if who != {MUSIC}] == self._first + TALKS.get(target, []), (kind, target)
        assert kind == "blind" or {MUSIC} in heard


@pytest.mark.parametrize("way", WAYS)
async def test_every_way(tmp_path: Path, prompts: Path, way: str) -> None:
    async with AsyncExitStack() as stack:
        h = await stack.enter_async_context(a_house(tmp_path, prompts, desk_phone=way == "refer"))
        token = (h.server.home / "secrets" / "api-token").read_text().strip()
        scene = Scene(h, way, await stack.enter_async_context(holder(h, token)))
        for agent in (FIRST, SECOND):
            await h.sees(e.PhoneStateChanged, phone=f"phone-{agent}", reachable=True)
            await h.server.log_in(agent, f"phone-{agent}")
            await h.server.ready(agent)
        for kind, targets in (("blind", TARGETS), ("attended", THERE)):
            for target in targets:
                await scene.begin()
                await (scene.blind(target) if kind == "blind" else scene.attended(target))
                record = await scene.proved(kind, target)
                made = [(one.kind, one.agent, one.to_kind, one.failed) for one in record.transfers]
                # a queue that was consulted has sent somebody: the call is theirs
                to_kind = "agent" if (kind, target) == ("attended", "queue") else target
                assert made == [(kind, FIRST, to_kind, "")], (kind, target)
                await scene.recorded(target, kind)
