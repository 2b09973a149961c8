"""What callers hear while they wait, and how they get out of a queue: with real music and real keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from acd.announcements import NEXT
from records import events as e
from speech.prompts import RenderedPrompts
from telephony.programs import private_prefix
from telephony.wav import pcm_of
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, COMFORT_HZ, INVALID_HZ, JOURNEY, SORRY_HZ, SUPPORT

if TYPE_CHECKING:
    from telephony.peers.softphone import Heard
    from tests.journeys.house import Caller, House

pytestmark = JOURNEY

AT_ONCE_S = 0.05
"""How soon a phone is called, and the two are connected, whatever is being announced."""


def said(heard: Heard, prompt: Path) -> float:
    """Tell how surely a rendered prompt is in what was heard: the highest normalised correlation."""
    rate, pcm = pcm_of(prompt.read_bytes())
    assert rate == heard.rate
    sought = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    samples = np.frombuffer(heard.pcm, dtype="<i2").astype(np.float64)
    if len(samples) < len(sought):
        return 0.0
    size = 1 << (len(samples) + len(sought)).bit_length()
    spectrum = np.fft.rfft(samples, size) * np.conj(np.fft.rfft(sought, size))
    correlation = np.fft.irfft(spectrum, size)[: len(samples) - len(sought) + 1]
    energy = np.concatenate(([0.0], np.cumsum(samples**2)))
    windows = energy[len(sought) :] - energy[: len(samples) - len(sought) + 1]
    return float((correlation / np.sqrt(np.maximum(windows, 1.0) * (sought**2).sum())).max())


async def at(house: House, kind: type[e.Event], **fields: Any) -> float:
    """Give when an event of this test was recorded (Unix seconds)."""
    await house.sees(kind, **fields)
    return next(
        r.at.timestamp()
        for r in house.feed.events
        if isinstance(r.event, kind) and all(getattr(r.event, k) == v for k, v in fields.items())
    )


async def told_caller(house: House) -> Caller:
    """Let somebody wait until the long message has begun."""
    caller = await house.waiting_caller("4500")
    await caller.hears(COMFORT_HZ, 16)
    return caller


async def test_music_an_announcement_music_a_message_and_music_again(house: House) -> None:
    caller = await house.waiting_caller("4500")
    told = await house.sees(e.WaitAnnounced, call=caller.call)
    assert (told.position, told.within_s, told.longer) == (1, 0.0, False), "nobody knows the wait yet"
    book = RenderedPrompts(house.server.home / "prompts", private_prefix())
    await book.prepare([NEXT], ["en"])
    [prompt] = book.sounds(NEXT, "en")
    await book.close()

    async def announced() -> bool:
        return said(caller.phone.heard(), Path(f"{prompt}.wav")) > 0.8

    await house.server.until(announced, 6, "the announcement heard")
    listener = caller.listen()
    await listener.expect_sound(3.0)
    assert not listener.hears(COMFORT_HZ), "music, up to the message"
    await caller.hears(COMFORT_HZ, 12)
    _, bridges = await house.survey()
    assert len(bridges["wait-default"]) >= 1, "the caller has not been moved"
    message = caller.listen()
    await message.expect_sound(6.5, 9)  # the rest of its 7 s
    after = caller.listen()
    await after.expect_sound(1.5)
    assert not after.hears(COMFORT_HZ), "the music goes on"
    await caller.hang_up()
    await house.ended(caller, "abandoned", "caller")


async def test_a_phone_is_called_and_connected_at_once_in_the_middle_of_a_message(house: House) -> None:
    agent = await house.agent("1001", answers=False, ready=False)
    caller = await told_caller(house)
    await house.server.ready("1001")
    await agent.ringing()
    ready = await at(house, e.AgentStateChanged, agent="1001", after="ready")
    rang = await at(house, e.OfferRang, call=caller.call)
    ringing = caller.listen()
    await ringing.expect(COMFORT_HZ, 3)  # the message goes on
    await agent.answer()
    answered = await at(house, e.OfferAnswered, call=caller.call)
    connected = await at(house, e.CallConnected, call=caller.call)
    await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
    cut = caller.listen()
    await cut.expect_sound(1.5)
    assert not cut.hears(COMFORT_HZ), "the message ends with the answer"
    assert rang - ready <= AT_ONCE_S
    assert connected - answered <= AT_ONCE_S
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"))


async def test_nobody_picks_up_and_the_caller_is_told_on(house: House) -> None:
    await house.agent("1001", answers=False)
    caller = await house.waiting_caller("4500")
    await house.state("1001", "missed", "no_answer")
    told = await house.sees(e.WaitAnnounced, call=caller.call)
    assert told.position == 1
    await caller.hang_up()
    await house.ended(caller, "abandoned", "caller", ("1001", "no_answer"))


async def test_the_caller_leaves_by_a_key_in_the_middle_of_a_message(house: House) -> None:
    caller = await told_caller(house)
    await caller.phone.press("7")  # leads nowhere
    await caller.phone.press("1")
    left = await house.sees(e.QueueLeft, call=caller.call)
    assert (left.reason, left.key) == ("key", "1")
    await caller.hears(SORRY_HZ, 3)
    await caller.phone.over(5)
    record = await house.ended(caller, "key", "system")
    assert [visit.menu for visit in record.menus] == ["told", "sorry"]


async def test_the_caller_leaves_by_a_key_during_music_while_a_phone_rings(house: House) -> None:
    agent = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("4500")
    await agent.ringing()
    await caller.phone.press("1")
    await caller.hears(SORRY_HZ, 3)
    await house.ended(caller, "key", "system", ("1001", "withdrawn"))
    await house.state("1001", "ready")


async def test_the_queue_closes_by_hand(house: House) -> None:
    await house.agent(SUPPORT, ready=False)
    caller = await house.waiting_caller("4510")
    await caller.hears_music()
    await house.server.ask("POST", "/control/hours/always/close", {"by": "test"})
    try:
        left = await house.sees(e.QueueLeft, 8, call=caller.call)
        assert left.reason == "closed"
        await caller.hears(SORRY_HZ, 3)
        await house.ended(caller, "closed", "system")
        late = await house.caller("4510")
        await late.hears(SORRY_HZ)
        assert house.seen(e.QueueEntered, call=late.call) == []
        await house.ended(late, "closed", "system")
    finally:
        await house.server.ask("POST", "/control/hours/always/reopen", {"by": "test"})


async def test_the_last_agent_logs_out(house: House) -> None:
    await house.agent(SUPPORT, ready=False)
    caller = await house.waiting_caller("4510")
    await caller.hears_music()
    await house.server.ask("POST", f"/control/agents/{SUPPORT}/logout")
    left = await house.sees(e.QueueLeft, 14, call=caller.call)
    assert left.reason == "empty"
    await caller.hears(INVALID_HZ, 3)
    await house.ended(caller, "empty", "system")
