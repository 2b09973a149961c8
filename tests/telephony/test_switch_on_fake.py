"""The switch over the fake Asterisk: what everybody's tests of whole calls in virtual time stand on."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest

from telephony.ari.errors import AriError
from telephony.ari.fake import Behaviour, FakeAsterisk, Greeting
from telephony.asterisk.phone_watch import PhoneWatch
from telephony.asterisk.switch import AsteriskSwitch
from telephony.switch import (
    Answerer,
    Cause,
    KeyPressed,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegGone,
    LegRinging,
    PhoneAccount,
    PhoneReachable,
    PhoneUnreachable,
    PlayEnded,
    RecordingEnded,
    SwitchBack,
    SwitchEvent,
    SwitchLost,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.virtual_time
E = TypeVar("E", bound=SwitchEvent)


class Bench:
    def __init__(self, asterisk: FakeAsterisk) -> None:
        self.asterisk = asterisk
        self.ami = asterisk.ami()
        self.switch = AsteriskSwitch(asterisk.ari(), PhoneWatch(self.ami))
        self._events = self.switch.events()
        self.seen: list[SwitchEvent] = []

    async def until(self, kind: type[E], **fields: object) -> E:
        async with asyncio.timeout(3600):
            async for event in self._events:
                self.seen.append(event)
                if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                    return event
        raise AssertionError("the events ended")


@asynccontextmanager
async def bench(asterisk: FakeAsterisk, *, pulse: bool = False) -> AsyncIterator[Bench]:
    made = Bench(asterisk)
    if pulse:
        made.switch.watch_pulse()
    await made.switch.start()
    await made.until(SwitchBack)
    yield made
    await made.switch.close()


async def test_a_whole_call() -> None:
    asterisk = FakeAsterisk()
    asterisk.phone("phone-1", Behaviour.answers(3.0))
    async with bench(asterisk) as b:
        caller = asterisk.call_in("100", number="5550100")
        arrived = await b.until(LegArrived)
        assert (arrived.leg, arrived.dialed, arrived.endpoint) == (caller, "100", "loopback")
        await b.switch.answer(caller)
        await b.switch.play(caller, "p1", ["/prompts/a"])
        asterisk.press(caller, "2")
        assert (await b.until(KeyPressed)).key == "2"
        await b.switch.stop("p1")
        assert not (await b.until(PlayEnded)).failed
        await b.switch.wait_with_music(caller, "default")
        assert asterisk.hears(caller) == "music:default"

        await b.switch.start_leg("leg-1", "phone-1", caller_number="5550100", caller_name="", headers={})
        await b.until(LegRinging, leg="leg-1")
        await b.until(LegAnswered, leg="leg-1")
        await b.switch.connect("c1", [caller, "leg-1"])
        assert asterisk.hears(caller) == "talk:leg-1"
        survey = await b.switch.survey()
        assert survey.talks == {"c1": frozenset({caller, "leg-1"})}
        asterisk.hang_up(caller)
        await b.until(LegEnded, leg=caller)
        await b.switch.hangup("leg-1")
        await b.until(LegEnded, leg="leg-1")
        assert not asterisk.channels


async def test_one_who_waits_is_played_to_where_they_are() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        caller = asterisk.call_in("100")
        await b.until(LegArrived)
        await b.switch.answer(caller)
        await b.switch.wait_with_music(caller, "default")
        await b.switch.play(caller, "p1", ["/prompts/a", "/prompts/b"])
        assert await b.switch.playback_alive("p1")
        asterisk.press(caller, "1")
        assert (await b.until(KeyPressed)).key == "1"
        assert not (await b.until(PlayEnded, playback="p1")).failed
        assert caller in (await b.switch.survey()).waiting
        # and moved away in the middle of the next: only after it was stopped
        await b.switch.play(caller, "p2", ["/prompts/a"])
        await b.switch.stop("p2")
        async with asyncio.timeout(0.05):
            await b.switch.leave_music(caller, "default")
        assert (await b.switch.survey()).waiting == frozenset()
        assert asterisk.bridges["wait-default"].channels == []


async def test_a_connection_that_is_late_is_told_as_lost_until_it_is_in_time() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk, pulse=True) as b:
        quick = asterisk.connections[0].quick
        quick.delay_next("POST events/user/", 4.0)
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert "more than 2 s" in (await b.until(SwitchLost)).reason
        assert loop.time() - began == pytest.approx(3.0, abs=0.1)
        quick.delay_next("POST events/user/", 1.0)  # of which a second one is nothing new, nor good enough
        assert not (await b.until(SwitchBack)).restarted
        assert loop.time() - began == pytest.approx(8.0, abs=0.1)
        assert [type(seen) for seen in b.seen] == [SwitchBack, SwitchLost, SwitchBack]


async def test_a_connection_that_answers_and_brings_no_events_is_replaced() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk, pulse=True) as b:
        asterisk.connections[0].deaf = True
        loop = asyncio.get_running_loop()
        began = loop.time()
        unheard = asterisk.call_in("100")
        assert "more than 2 s" in (await b.until(SwitchLost)).reason
        assert "no connection" in (await b.until(SwitchLost)).reason
        assert not (await b.until(SwitchBack)).restarted
        assert loop.time() - began < 5.0
        assert unheard in (await b.switch.survey()).legs
        await asyncio.sleep(10.0)
        asterisk.call_in("100")
        await b.until(LegArrived)
        assert sum(isinstance(seen, SwitchLost) for seen in b.seen) == 2, "the new one was given up too"


async def test_a_playback_that_can_not_be_stopped_yet_is_stopped_a_moment_later() -> None:
    """Asterisk says that it plays before it lets the playback be stopped, and would play it to its end."""
    asterisk = FakeAsterisk(sound_seconds=60.0)
    async with bench(asterisk) as b:
        caller = asterisk.call_in("100")
        await b.until(LegArrived)
        await b.switch.answer(caller)
        await b.switch.play(caller, "p1", ["/prompts/a"])
        asterisk.connections[0].quick.fail_next(
            "DELETE playbacks/p1", AriError(500, "Could not stop playback")
        )
        async with asyncio.timeout(1):
            await b.switch.stop("p1")
            await b.until(PlayEnded, playback="p1")


async def test_phones_come_go_and_refuse() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        await b.switch.push_phones([PhoneAccount(name="phone-1", secret="s")])
        assert not (await b.switch.survey()).phones["phone-1"]
        asterisk.phone("phone-1", Behaviour.busy())
        await b.until(PhoneReachable, phone="phone-1")
        await b.switch.start_leg("leg-1", "phone-1", caller_number="", caller_name="", headers={})
        assert (await b.until(LegEnded)).cause is Cause.BUSY
        asterisk.phone("phone-1", online=False)
        await b.until(PhoneUnreachable, phone="phone-1")


async def test_what_happened_while_the_connection_was_down_shows_in_the_survey() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        stays, goes = asterisk.call_in("100"), asterisk.call_in("100")
        await b.until(LegArrived, leg=goes)
        asterisk.drop_connection(5.0)
        asterisk.hang_up(goes)
        late = asterisk.call_in("100")  # rings until a controller answers again
        await b.until(SwitchLost)
        assert not (await b.until(SwitchBack)).restarted
        assert (await b.until(LegArrived)).leg == late
        assert set((await b.switch.survey()).legs) == {stays, late}
        asterisk.restart(2.0)
        await b.until(SwitchLost)
        assert (await b.until(SwitchBack)).restarted
        assert not (await b.switch.survey()).legs


async def test_a_recording_ends_by_key_silence_time_request_and_hangup() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        caller = asterisk.call_in("100")
        await b.until(LegArrived)
        await b.switch.answer(caller)
        await b.switch.record(caller, "r1", most_s=60, end_key="#")
        assert await b.switch.recording_alive("r1")
        await asyncio.sleep(3)
        asterisk.press(caller, "1")
        asterisk.press(caller, "#")
        assert await b.until(RecordingEnded) == RecordingEnded(leg=caller, recording="r1")
        assert not await b.switch.recording_alive("r1")
        sound = await b.switch.take_recording("r1")
        assert sound is not None
        assert 2.9 < len(sound) / 16000 < 3.1
        assert await b.switch.take_recording("r1") is None
        began = asyncio.get_running_loop().time()
        await b.switch.record(caller, "r2", most_s=60, silence_s=3)
        await b.until(RecordingEnded)
        assert round(asyncio.get_running_loop().time() - began) == 8
        await b.switch.record(caller, "r2", most_s=4)
        await b.until(RecordingEnded)
        await b.switch.record(caller, "r3", most_s=60)
        await b.switch.stop_recording("r3")
        await b.until(RecordingEnded)
        await b.switch.stop_recording("r3")
        await b.switch.record(caller, "r4", most_s=60)
        asterisk.hang_up(caller)
        await b.until(RecordingEnded, recording="r4")
        await b.until(LegEnded)


async def test_an_outside_number_is_called_over_a_trunk() -> None:
    asterisk = FakeAsterisk()
    asterisk.phone("+8621@carrier", Behaviour.answers(3.0))
    async with bench(asterisk) as b:
        await b.switch.start_outside_leg("leg-1", "+8621", "carrier", caller_number="100", caller_name="")
        await b.until(LegAnswered, leg="leg-1")
        await b.switch.start_outside_leg("leg-2", "+8621", "nobody", caller_number="100", caller_name="")
        assert (await b.until(LegEnded, leg="leg-2")).cause is Cause.UNREACHABLE


async def outside(b: Bench, greeting: Greeting) -> str:
    b.asterisk.phone("+8621@carrier", Behaviour.answers(1.0)).greeting = greeting
    await b.switch.start_outside_leg("leg-1", "+8621", "carrier", caller_number="100", caller_name="")
    await b.until(LegAnswered, leg="leg-1")
    return "leg-1"


@pytest.mark.parametrize(
    ("status", "cause", "answerer", "silent", "why"),
    [
        ("HUMAN", "HUMAN-400-400", Answerer.HUMAN, False, "a greeting, then 400 ms"),
        ("MACHINE", "LONGGREETING-1000-1000", Answerer.MACHINE, False, "1000 ms of speech"),
        ("MACHINE", "MAXWORDS-4-3", Answerer.MACHINE, False, "4 words before any long silence; more than 3"),
        ("MACHINE", "INITIALSILENCE-1360-1360", Answerer.UNSURE, True, "nobody spoke in 1360 ms"),
        ("NOTSURE", "TOOLONG-1400", Answerer.UNSURE, False, "unclear after 1400 ms"),
        ("NOTSURE", "", Answerer.UNSURE, False, "does not say why"),
        ("OFTHEFUTURE", "NEW-1-2", Answerer.UNSURE, False, "does not say why (OFTHEFUTURE NEW-1-2)"),
    ],
)
async def test_who_answered_is_judged_and_the_leg_is_where_it_was(
    status: str, cause: str, answerer: Answerer, silent: bool, why: str
) -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        leg = await outside(b, Greeting(status, cause, after=0.7))
        loop = asyncio.get_running_loop()
        began = loop.time()
        heard = await b.switch.detect_machine(leg)
        assert loop.time() - began == pytest.approx(0.7, abs=0.01)
        assert (heard.answerer, heard.silent) == (answerer, silent)
        assert why in heard.why
        assert heard.quiet_s == (0.4 if answerer is Answerer.HUMAN else 0.0)
        assert await b.switch.detect_machine(leg) == heard, "it is judged once"
        assert loop.time() - began < 0.8
        caller = asterisk.call_in("100")
        await b.until(LegArrived, leg=caller)
        await b.switch.answer(caller)
        await b.switch.connect("c1", [caller, leg])
        assert asterisk.hears(leg) == f"talk:{caller}"
        survey = await b.switch.survey()
        assert survey.legs[leg].arrived is None
        asterisk.hang_up(leg)
        await b.until(LegEnded, leg=leg)
    assert [seen.leg for seen in b.seen if isinstance(seen, LegArrived)] == [caller]
    assert [seen.leg for seen in b.seen if isinstance(seen, LegEnded)] == [leg]


async def test_who_hangs_up_while_they_are_judged_ends_as_usual() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        leg = await outside(b, Greeting())
        judging = asyncio.create_task(b.switch.detect_machine(leg))
        await asyncio.sleep(0.5)
        asterisk.hang_up(leg, 16)
        async with asyncio.timeout(0.1):
            with pytest.raises(LegGone):
                await judging
        assert (await b.until(LegEnded, leg=leg)).cause is Cause.NORMAL
        # and one whom we hang up on, and who is asked for when they are gone
        leg = await outside(b, Greeting())
        judging = asyncio.create_task(b.switch.detect_machine(leg))
        await asyncio.sleep(0.5)
        await b.switch.hangup(leg, Cause.BUSY)
        with pytest.raises(LegGone):
            await judging
        assert (await b.until(LegEnded, leg=leg)).cause is Cause.BUSY
        with pytest.raises(LegGone):
            await b.switch.detect_machine(leg)
    assert sum(isinstance(seen, LegEnded) for seen in b.seen) == 2


@pytest.mark.parametrize("lost_s", [0.5, 3.0])
async def test_a_lost_connection_does_not_lose_who_is_judged(lost_s: float) -> None:
    """It comes back before the connection does, or tries until that is there."""
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        leg = await outside(b, Greeting("HUMAN", "HUMAN-400-400", after=1.0))
        judging = asyncio.create_task(b.switch.detect_machine(leg))
        await asyncio.sleep(0.3)
        asterisk.drop_connection(lost_s)
        await b.until(SwitchBack)
        assert leg in (await b.switch.survey()).legs
        async with asyncio.timeout(1.0):
            assert (await judging).answerer is Answerer.HUMAN
        await b.switch.connect("c1", [leg])


async def test_who_came_back_unheard_is_found_by_the_survey() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        leg = await outside(b, Greeting("HUMAN", "HUMAN-400-400", after=1.0))
        judging = asyncio.create_task(b.switch.detect_machine(leg))
        await asyncio.sleep(0.3)
        asterisk.connections[0].deaf = True
        await asyncio.sleep(1.0)
        asterisk.connections[0].deaf = False
        assert not judging.done()
        await b.switch.survey()
        async with asyncio.timeout(0.1):
            assert (await judging).answerer is Answerer.HUMAN


@pytest.mark.parametrize("away_s", [0.1, 0.9, 5.0])
async def test_the_next_controller_finds_who_is_being_judged(away_s: float) -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        leg = await outside(b, Greeting("MACHINE", "LONGGREETING-1000-1000", after=1.2))
        judging = asyncio.create_task(b.switch.detect_machine(leg))
        await asyncio.sleep(0.3)
        judging.cancel()
    await asyncio.sleep(away_s)
    async with bench(asterisk) as b:
        view = (await b.switch.survey()).legs[leg]
        assert (view.up, view.arrived) == (True, None)
        async with asyncio.timeout(1.3):
            assert (await b.switch.detect_machine(leg)).answerer is Answerer.MACHINE
        await b.switch.connect("c1", [leg])
        asterisk.hang_up(leg)
        await b.until(LegEnded, leg=leg)


async def test_who_does_not_come_back_is_ended() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        leg = await outside(b, Greeting(after=3600.0))
        async with asyncio.timeout(16):
            with pytest.raises(LegGone, match="did not come back"):
                await b.switch.detect_machine(leg)
        await b.until(LegEnded, leg=leg)


async def test_without_a_controller_who_was_judged_is_let_go() -> None:
    asterisk = FakeAsterisk()
    async with bench(asterisk) as b:
        leg = await outside(b, Greeting())
        judging = asyncio.create_task(b.switch.detect_machine(leg))
        await asyncio.sleep(0.3)
        judging.cancel()
    await asyncio.sleep(10.0)
    assert leg in asterisk.channels
    await asyncio.sleep(2.0)
    assert leg not in asterisk.channels
