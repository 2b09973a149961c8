"""Taps and feeds on a real Asterisk: who hears whom, and that nothing is left behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from speech.tones import has_tone, tone, tone_level
from telephony.switch import LegEnded, LegGone
from tests.harness.talk import Listener, expect_talk
from tests.media.conftest import AGENT_HZ, CALLER_HZ, PLAYED_HZ, Talk, media_on

if TYPE_CHECKING:
    from telephony.asterisk.home import AsteriskHome
    from telephony.asterisk.media import AsteriskMedia
    from telephony.media import Frame, Tap
    from tests.switch.conftest import Bench

pytestmark = pytest.mark.asterisk


async def hear(tap: Tap, seconds: float) -> list[Frame]:
    """Take so much audio from a tap."""
    frames: list[Frame] = []
    async with asyncio.timeout(seconds + 3):
        async for frame in tap.frames():
            frames.append(frame)
            if len(frames) * 0.02 >= seconds:
                break
    return frames


def sound(frames: list[Frame]) -> bytes:
    return b"".join(frame.pcm for frame in frames)


def loud(seconds: float) -> bytes:
    """A tone that stands out from the other party's."""
    return tone(PLAYED_HZ, seconds, level_db=-5.0).tobytes()


async def left_in(home: AsteriskHome) -> list[str]:
    """Give what Asterisk has of media: channels and bridges."""
    shown = await asyncio.to_thread(home.process.cli, "core show channels concise")
    bridges = await asyncio.to_thread(home.process.cli, "bridge show all")
    channels = [
        line for line in shown.splitlines() if line.startswith(("Snoop/", "WebSocket/", "UnicastRTP/"))
    ]
    return channels + [line for line in bridges.splitlines() if line.startswith("media-")]


async def nothing_left(home: AsteriskHome, seconds: float = 3.0) -> None:
    left: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            while left := await left_in(home):  # noqa: ASYNC110 - Asterisk takes its time
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"Asterisk still has {left}")


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_each_side_is_heard_alone(
    media: AsteriskMedia, talk: Talk, asterisk: AsteriskHome, rate: int
) -> None:
    taps = [await media.tap(leg, rate=rate) for leg in (talk.caller_leg, talk.agent_leg)]  # type: ignore[arg-type]
    caller, agent = await asyncio.gather(*(hear(tap, 1.5) for tap in taps))
    for frames, own_hz, other_hz in ((caller, CALLER_HZ, AGENT_HZ), (agent, AGENT_HZ, CALLER_HZ)):
        assert {len(frame.pcm) for frame in frames} == {rate // 50 * 2}
        assert frames[0].samples.dtype == "int16"
        positions = [frame.at for frame in frames]
        assert positions == list(range(0, len(frames) * rate // 50, rate // 50))
        assert tone_level(sound(frames), rate, own_hz) == pytest.approx(-12, abs=1)
        # but for its beginning, where a tone is a click with all frequencies in it
        assert tone_level(sound(frames[25:]), rate, other_hz) < -50
    await expect_talk(talk.caller, CALLER_HZ, talk.agent, AGENT_HZ)
    for tap in taps:
        await media.untap(tap)
    await nothing_left(asterisk)


async def test_a_survey_of_the_calls_shows_none_of_it(media: AsteriskMedia, talk: Talk, bench: Bench) -> None:
    await media.tap(talk.caller_leg)
    await media.feed(talk.agent_leg)
    survey = await bench.switch.survey()
    assert survey.legs.keys() == {talk.caller_leg, talk.agent_leg}
    assert survey.talks == {talk.call: frozenset({talk.caller_leg, talk.agent_leg})}


async def test_played_sound_is_heard_by_one_party_alone(
    media: AsteriskMedia, talk: Talk, asterisk: AsteriskHome
) -> None:
    feed = await media.feed(talk.agent_leg)
    tap = await media.tap(talk.agent_leg)
    at_agent, at_caller = Listener(talk.agent), Listener(talk.caller)
    await feed.play(loud(2.01))
    await feed.mark("all")
    began = asyncio.get_running_loop().time()
    assert await asyncio.wait_for(feed.played("all"), 5)
    assert 1.5 <= asyncio.get_running_loop().time() - began <= 3.0
    await at_agent.expect(PLAYED_HZ)
    assert at_caller.seconds > 1.5
    assert not at_caller.hears(PLAYED_HZ)
    assert not has_tone(sound(tap.take()), 8000, PLAYED_HZ)  # nor is it what the agent says
    await feed.close()
    await media.untap(tap)
    await nothing_left(asterisk)


async def test_flushed_sound_is_not_heard(media: AsteriskMedia, talk: Talk) -> None:
    feed = await media.feed(talk.caller_leg)
    await feed.play(loud(10.0))
    await feed.mark("end")
    await Listener(talk.caller).expect(PLAYED_HZ)
    await feed.flush()
    assert await asyncio.wait_for(feed.played("end"), 1) is False
    await asyncio.sleep(0.3)  # what is on its way
    after = Listener(talk.caller)
    while after.seconds < 1.5:  # noqa: ASYNC110 - real audio takes real time
        await asyncio.sleep(0.1)
    assert not after.hears(PLAYED_HZ)
    await feed.play(loud(1.5))  # and it goes on
    await Listener(talk.caller).expect(PLAYED_HZ)
    await feed.close()


async def test_more_sound_than_asterisk_holds(media: AsteriskMedia, talk: Talk) -> None:
    """It is sent as it is played; nothing of it is dropped, and a flush ends the waiting."""
    feed = await media.feed(talk.caller_leg)
    began = asyncio.get_running_loop().time()
    playing = asyncio.create_task(feed.play(loud(40.0)))
    await asyncio.sleep(1.0)
    assert not playing.done()
    await feed.flush()
    await asyncio.wait_for(playing, 1)
    assert asyncio.get_running_loop().time() - began < 3
    await feed.close()


async def test_two_listeners_share_one_stream(
    media: AsteriskMedia, talk: Talk, asterisk: AsteriskHome
) -> None:
    first, second = await asyncio.gather(media.tap(talk.caller_leg), media.tap(talk.caller_leg))
    assert len(media) == 1
    heard = await asyncio.gather(hear(first, 1.0), hear(second, 1.0))
    begun = heard[1][0].at
    of_first = {frame.at: frame.pcm for frame in heard[0] if frame.at >= begun}
    assert len(of_first) > 25
    assert of_first.items() <= {frame.at: frame.pcm for frame in heard[1]}.items()
    await media.untap(first)
    late = len(first.take())
    assert len(await hear(second, 1.0)) == 50
    assert late < 25
    assert first.take() == []
    await media.untap(second)
    assert len(media) == 0
    await nothing_left(asterisk)


async def test_a_slow_reader_loses_its_oldest_audio_and_nothing_else(
    media: AsteriskMedia, talk: Talk
) -> None:
    slow = await media.tap(talk.caller_leg, hold_s=0.5)
    quick = await media.tap(talk.caller_leg)
    other = await media.tap(talk.agent_leg)
    heard = await asyncio.gather(hear(quick, 2.0), hear(other, 2.0))
    assert quick.lost_s == other.lost_s == 0
    assert tone_level(sound(heard[0]), 8000, CALLER_HZ) == pytest.approx(-12, abs=1)
    assert 1.2 <= slow.lost_s <= 2.0
    late = slow.take()
    assert len(late) == 25
    assert late[0].at / 8000 == pytest.approx(slow.lost_s)  # the count tells where the hole is
    assert len(await hear(slow, 0.4)) == 20
    await expect_talk(talk.caller, CALLER_HZ, talk.agent, AGENT_HZ)


async def test_the_leg_ends(media: AsteriskMedia, talk: Talk, asterisk: AsteriskHome, bench: Bench) -> None:
    tap, feed = await media.tap(talk.caller_leg), await media.feed(talk.caller_leg)
    await feed.play(loud(5.0))
    await feed.mark("end")
    await talk.caller.hang_up()
    await bench.until(LegEnded, leg=talk.caller_leg)
    async with asyncio.timeout(3):
        async for _ in tap.frames():
            pass
        assert await feed.played("end") is False
    with pytest.raises(LegGone):
        await feed.play(bytes(320))
    await feed.close()
    await nothing_left(asterisk)
    with pytest.raises(LegGone):
        await media.tap(talk.caller_leg)
    with pytest.raises(LegGone):
        await media.feed("1.1")
    assert len(media) == 0


async def test_a_stream_that_breaks_is_opened_again(
    media: AsteriskMedia, talk: Talk, asterisk: AsteriskHome
) -> None:
    tap = await media.tap(talk.caller_leg)
    await hear(tap, 0.5)
    channel = (await left_in(asterisk))[0].partition("!")[0]
    for line in await left_in(asterisk):
        if line.startswith(("WebSocket/", "UnicastRTP/")):
            channel = line.partition("!")[0]
    await asyncio.to_thread(asterisk.process.cli, f"channel request hangup {channel}")
    tap.take()
    after = await hear(tap, 2.0)
    assert tone_level(sound(after[-50:]), 8000, CALLER_HZ) == pytest.approx(-12, abs=1)
    assert 0.05 < tap.missing_s < 1.5
    assert not tap.ended
    await expect_talk(talk.caller, CALLER_HZ, talk.agent, AGENT_HZ)
    await media.untap(tap)
    await nothing_left(asterisk)


async def test_what_a_dead_controller_left_is_removed(
    asterisk: AsteriskHome, bench: Bench, talk: Talk
) -> None:
    dead = media_on(asterisk)
    await dead.start()
    await dead.tap(talk.caller_leg)
    await dead.feed(talk.agent_leg)
    await dead._ari.close()  # it takes nothing down: as if it were killed
    assert len(await left_in(asterisk)) == 6
    media = media_on(asterisk)
    await media.start()
    tap = await media.tap(talk.caller_leg)
    await hear(tap, 0.5)
    async with asyncio.timeout(3):
        while len(await left_in(asterisk)) > 3:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert len(await hear(tap, 0.5)) == 25
    await expect_talk(talk.caller, CALLER_HZ, talk.agent, AGENT_HZ)
    await media.close()
    await nothing_left(asterisk)
    await dead._ways.close()
