"""What Asterisk promises, as far as Ringhall relies on it: run over the fake and over the real one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from telephony.ari import models
from telephony.ari.errors import AriConflict, AriError, AriNotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telephony.ari.requests import Requests
    from tests.telephony.contract.world import World

PROMPT_S = 0.05
"""How soon a request of any call must be answered, whatever other calls do."""


async def arrived(world: World, *, answered: bool = True) -> str:
    channel = await world.call_in()
    await world.diary.until(models.StasisStart, channel=channel)
    if answered:
        await world.ari.quick.channels_answer(channel)
        await world.diary.until(models.ChannelStateChange, channel=channel)
    return channel


async def gone(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask for something until it is gone, as it is within moments of its last event."""
    async with asyncio.timeout(5):
        with suppress(AriNotFound):
            while True:
                await ask()


async def agent_leg(world: World, behaviour: str, leg: str, **dial: int) -> None:
    phone = await world.phone(behaviour)
    await world.ari.quick.channels_create(endpoint=f"PJSIP/{phone}", app="ringhall", channel_id=leg)
    await world.diary.until(models.StasisStart, channel=leg)
    await world.ari.quick.channels_dial(leg, timeout=dial.get("timeout", 30))


# ── a call that comes in ─────────────────────────────────────────────────────────────────────────


async def test_a_call_arrives_unanswered_with_what_was_dialed(world: World) -> None:
    channel = await world.call_in()
    start = await world.diary.until(models.StasisStart, channel=channel)
    assert start.args == ["trunk", "100"]
    assert start.channel.state == "Ring"
    assert start.channel.caller.number == "5550100"
    (listed,) = [c for c in await world.ari.slow.channels_list() if c.id == channel]
    assert (listed.dialplan.app_name, listed.dialplan.app_data) == ("Stasis", "ringhall,trunk,100")


async def test_answering_is_reported_and_may_be_repeated(world: World) -> None:
    channel = await arrived(world, answered=False)
    await world.ari.quick.channels_ring(channel)
    await world.ari.quick.channels_answer(channel)
    change = await world.diary.until(models.ChannelStateChange, channel=channel)
    assert change.channel.state == "Up"
    await world.ari.quick.channels_answer(channel)


async def test_a_caller_who_hangs_up_ends_the_stasis_and_no_destruction_is_reported(world: World) -> None:
    channel = await arrived(world)
    await world.hang_up(channel)
    request = await world.diary.until(models.ChannelHangupRequest, channel=channel)
    await world.diary.until(models.StasisEnd, channel=channel)
    assert request.cause == 16
    await gone(lambda: world.ari.quick.channels_get(channel))
    # The application hears of a channel only while it has it: StasisEnd is the last word.
    assert world.diary.kinds(channel)[-1] == "StasisEnd"


async def test_we_hang_up_on_a_caller(world: World) -> None:
    channel = await arrived(world, answered=False)
    await world.ari.quick.channels_hangup(channel, reason="busy")
    await world.diary.until(models.StasisEnd, channel=channel)


async def test_keys_are_reported(world: World) -> None:
    channel = await arrived(world)
    await world.press(channel, "5")
    key = await world.diary.until(models.ChannelDtmfReceived, channel=channel)
    assert key.digit == "5"


async def test_requests_for_a_channel_that_is_gone(world: World) -> None:
    quick = world.ari.quick
    await quick.bridges_create_with_id("empty", type_="mixing")
    for request in (
        quick.channels_answer("nobody"),
        quick.channels_play_with_id("nobody", "p", media=["sound:beep"]),
        quick.channels_hangup("nobody"),
        quick.channels_dial("nobody"),
        quick.bridges_add_channel("empty", channel=["nobody"]),
    ):
        with pytest.raises(AriNotFound):
            await request
    await quick.bridges_destroy("empty")


async def test_a_hangup_for_no_reason_known(world: World) -> None:
    channel = await arrived(world)
    with pytest.raises(AriError) as refused:
        await world.ari.quick.channels_hangup(channel, reason="nonsense")
    assert refused.value.status == 400


async def test_variables(world: World) -> None:
    channel = await arrived(world)
    await world.ari.quick.channels_set_channel_var(channel, variable="COLOUR", value="blue")
    assert (await world.ari.quick.channels_get_channel_var(channel, variable="COLOUR")).value == "blue"
    with pytest.raises(AriNotFound):
        await world.ari.quick.channels_get_channel_var(channel, variable="NO_SUCH")


# ── sounds ───────────────────────────────────────────────────────────────────────────────────────


async def test_sounds_play_one_after_another(world: World) -> None:
    channel = await arrived(world)
    media = [world.short_sound, world.short_sound]
    playback = await world.ari.quick.channels_play_with_id(channel, "two", media=media)
    assert playback.state in {"queued", "playing"}, "it may have begun by the time of the answer"
    await world.diary.until(models.PlaybackContinuing)
    finished = await world.diary.until(models.PlaybackFinished)
    assert (finished.playback.id, finished.playback.state) == ("two", "done")
    assert finished.playback.target_uri == f"channel:{channel}"
    await gone(lambda: world.ari.quick.playbacks_get("two"))


async def test_a_caller_hears_sounds_before_the_answer(world: World) -> None:
    channel = await arrived(world, answered=False)
    await world.ari.quick.channels_play_with_id(channel, "early", media=[world.short_sound])
    assert (await world.diary.until(models.PlaybackFinished)).playback.state == "done"


async def test_a_missing_sound_fails_unless_another_follows(world: World) -> None:
    channel = await arrived(world)
    missing = "sound:no-such-sound"
    await world.ari.quick.channels_play_with_id(channel, "none", media=[missing])
    assert (await world.diary.until(models.PlaybackFinished)).playback.state == "failed"
    world.diary.messages.clear()
    await world.ari.quick.channels_play_with_id(channel, "some", media=[missing, world.short_sound])
    assert (await world.diary.until(models.PlaybackFinished)).playback.state == "done"


async def test_a_playback_is_stopped(world: World) -> None:
    channel = await arrived(world)
    await world.ari.quick.channels_play_with_id(channel, "long", media=[world.long_sound])
    await world.diary.until(models.PlaybackStarted)
    assert (await world.ari.quick.playbacks_get("long")).state == "playing"
    await world.ari.quick.playbacks_stop("long")
    assert (await world.diary.until(models.PlaybackFinished)).playback.state == "done"
    await gone(lambda: world.ari.quick.playbacks_stop("long"))


async def test_a_second_playback_waits_for_the_first(world: World) -> None:
    channel = await arrived(world)
    await world.ari.quick.channels_play_with_id(channel, "first", media=[world.long_sound])
    await world.ari.quick.channels_play_with_id(channel, "second", media=[world.short_sound])
    assert (await world.ari.quick.playbacks_get("second")).state == "queued"
    await world.ari.quick.playbacks_stop("first")
    assert (await world.diary.until(models.PlaybackFinished, playback="second")).playback.state == "done"


async def test_hanging_up_fails_what_plays(world: World) -> None:
    channel = await arrived(world)
    await world.ari.quick.channels_play_with_id(channel, "long", media=[world.long_sound])
    await world.diary.until(models.PlaybackStarted)
    await world.hang_up(channel)
    finished = await world.diary.until(models.PlaybackFinished)
    await world.diary.until(models.StasisEnd, channel=channel)
    assert finished.playback.state == "failed"


# ── a phone that we call ─────────────────────────────────────────────────────────────────────────


async def test_a_phone_rings_and_answers(world: World) -> None:
    await agent_leg(world, "answers", "leg-a")
    await world.diary.until(models.Dial, peer="leg-a", dialstatus="RINGING")
    await world.diary.until(models.Dial, peer="leg-a", dialstatus="ANSWER")
    states = [
        m.channel.state for m in world.diary.messages
        if isinstance(m, models.ChannelStateChange) and m.channel.id == "leg-a"
    ]  # fmt: skip
    assert states == ["Ringing", "Up"]
    await world.ari.quick.channels_hangup("leg-a", reason="normal")
    destroyed = await world.diary.until(models.ChannelDestroyed, channel="leg-a")
    assert destroyed.cause == 16
    kinds = world.diary.kinds("leg-a")
    assert kinds[-2:] == ["StasisEnd", "ChannelDestroyed"]


async def judged_leg(world: World, leg: str) -> None:
    await agent_leg(world, "answers", leg)
    await world.diary.until(models.Dial, peer=leg, dialstatus="ANSWER")
    await world.ari.quick.channels_continue_in_dialplan(
        leg, context="who-answered", extension="judge", priority=1
    )
    await world.diary.until(models.StasisEnd, channel=leg)


async def test_a_phone_is_judged_in_the_dialplan_and_comes_back(world: World) -> None:
    quick = world.ari.quick
    await judged_leg(world, "leg-j")
    with pytest.raises(AriNotFound):  # the variable; they may be asked for all the same
        await quick.channels_get_channel_var("leg-j", variable="AMDSTATUS")
    for request in (
        quick.channels_continue_in_dialplan("leg-j", context="who-answered"),
        quick.channels_ring_stop("leg-j"),
        quick.channels_play_with_id("leg-j", "p", media=["sound:beep"]),
    ):
        with pytest.raises(AriConflict):
            await request
    (listed,) = [c for c in await world.ari.slow.channels_list() if c.id == "leg-j"]
    assert (listed.state, listed.dialplan.app_name) == ("Up", "AMD")
    await world.diary.until(models.StasisStart, channel="leg-j", args=["judged"])
    assert (await quick.channels_get_channel_var("leg-j", variable="AMDSTATUS")).value == "NOTSURE"
    await quick.channels_ring_stop("leg-j")
    cause = (await quick.channels_get_channel_var("leg-j", variable="AMDCAUSE")).value
    assert cause.startswith(("TOOLONG-", "NOAUDIODATA-"))
    await quick.channels_hangup("leg-j")
    await world.diary.until(models.ChannelDestroyed, channel="leg-j")
    starts = [kind for kind in world.diary.kinds("leg-j") if kind.startswith(("Stasis", "ChannelDestroyed"))]
    assert starts == ["StasisStart", "StasisEnd", "StasisStart", "StasisEnd", "ChannelDestroyed"]


async def test_a_phone_that_is_gone_while_it_is_judged_is_reported_destroyed(world: World) -> None:
    await judged_leg(world, "leg-k")
    await world.ari.quick.channels_hangup("leg-k", reason="busy")
    destroyed = await world.diary.until(models.ChannelDestroyed, channel="leg-k")
    assert destroyed.cause == 17
    with pytest.raises(AriNotFound):
        await world.ari.quick.channels_get_channel_var("leg-k", variable="AMDSTATUS")


@pytest.mark.parametrize(
    ("behaviour", "cause", "sip_status", "rang"), [("busy", 17, 486, False), ("rejects", 21, 603, True)]
)
async def test_a_phone_refuses(world: World, behaviour: str, cause: int, sip_status: int, rang: bool) -> None:
    await agent_leg(world, behaviour, f"leg-{behaviour}")
    destroyed = await world.diary.until(models.ChannelDestroyed, channel=f"leg-{behaviour}")
    assert (destroyed.cause, destroyed.tech_cause) == (cause, sip_status)
    ringing = [m for m in world.diary.messages if isinstance(m, models.Dial) and m.dialstatus == "RINGING"]
    assert bool(ringing) is rang


async def test_a_silent_phone_gives_no_sign_until_we_give_up(world: World) -> None:
    await agent_leg(world, "silent", "leg-s", timeout=1)
    destroyed = await world.diary.until(models.ChannelDestroyed, channel="leg-s")
    assert destroyed.cause == 19
    assert not any(isinstance(m, models.ChannelStateChange) for m in world.diary.messages)


async def test_we_stop_calling(world: World) -> None:
    await agent_leg(world, "rings", "leg-r")
    await world.diary.until(models.ChannelStateChange, channel="leg-r")  # until then it would dial again
    with pytest.raises(AriConflict):
        await world.ari.quick.channels_dial("leg-r")
    await world.ari.quick.channels_hangup("leg-r", reason="normal")
    await world.diary.until(models.ChannelDestroyed, channel="leg-r")


async def test_a_phone_that_is_not_there_can_not_be_called(world: World) -> None:
    with pytest.raises(AriError) as refused:
        await world.ari.quick.channels_create(endpoint="PJSIP/nobody", app="ringhall", channel_id="leg-n")
    assert (refused.value.status, refused.value.message) == (500, "Allocation failed")


async def test_an_id_is_used_once(world: World) -> None:
    phone = await world.phone("rings")
    create = world.ari.quick.channels_create
    await create(endpoint=f"PJSIP/{phone}", app="ringhall", channel_id="leg-twice")
    with pytest.raises(AriConflict):
        await create(endpoint=f"PJSIP/{phone}", app="ringhall", channel_id="leg-twice")
    await world.ari.quick.channels_hangup("leg-twice")


# ── bridges ──────────────────────────────────────────────────────────────────────────────────────


async def test_from_the_music_into_the_talk(world: World) -> None:
    quick = world.ari.quick
    caller = await arrived(world)
    await quick.bridges_create_with_id("wait-default", type_="holding", name="wait-default")
    with pytest.raises(AriConflict):
        await quick.bridges_create_with_id("wait-default", type_="holding", name="wait-default")
    await quick.bridges_start_moh("wait-default", moh_class="default")
    await quick.bridges_add_channel("wait-default", channel=[caller])
    await world.diary.until(models.ChannelEnteredBridge, bridge="wait-default")
    await agent_leg(world, "answers", "leg-t")
    await world.diary.until(models.Dial, peer="leg-t", dialstatus="ANSWER")
    await quick.bridges_create_with_id("talk", type_="mixing,dtmf_events", name="talk")
    await quick.bridges_add_channel("talk", channel=[caller, "leg-t"])
    await world.diary.until(models.ChannelLeftBridge, bridge="wait-default")
    await world.diary.until(models.ChannelEnteredBridge, bridge="talk", channel="leg-t")
    members = {b.id: set(b.channels) for b in await quick.bridges_list()}
    assert members == {"wait-default": set(), "talk": {caller, "leg-t"}}

    await quick.bridges_remove_channel("talk", channel=["leg-t"])
    with pytest.raises(AriConflict):
        await quick.bridges_remove_channel("talk", channel=["leg-t"])
    await quick.bridges_destroy("talk")
    # a real Asterisk takes a bridge down in its own time, and says 409 until then
    with pytest.raises((AriNotFound, AriConflict)):
        await quick.bridges_destroy("talk")
    # Both are still there and ours.
    assert (await quick.channels_get(caller)).state == "Up"
    assert (await quick.channels_get("leg-t")).state == "Up"


async def test_a_caller_leaves_the_bridge_by_hanging_up(world: World) -> None:
    caller = await arrived(world)
    await world.ari.quick.bridges_create_with_id("talk-2", type_="mixing,dtmf_events")
    await world.ari.quick.bridges_add_channel("talk-2", channel=[caller])
    await world.hang_up(caller)
    await world.diary.until(models.StasisEnd, channel=caller)
    assert (await world.ari.quick.bridges_get("talk-2")).channels == []


async def test_a_wrong_channel_among_several_leaves_the_bridge_as_it_was(world: World) -> None:
    caller = await arrived(world)
    await world.ari.quick.bridges_create_with_id("talk-3", type_="mixing,dtmf_events")
    with pytest.raises(AriNotFound):
        await world.ari.quick.bridges_add_channel("talk-3", channel=[caller, "nobody"])
    assert (await world.ari.quick.bridges_get("talk-3")).channels == []


# ── one slow call must not freeze the others ─────────────────────────────────────────────────────


async def _answered_meanwhile(world: World, other: str) -> float:
    """Seconds that a request about another call takes now, on the quick lane."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await world.ari.quick.channels_set_channel_var(other, variable="ASKED", value="yes")
    return loop.time() - began


async def test_connected_in_the_middle_of_an_announcement_nobody_waits(world: World) -> None:
    quick = world.ari.quick
    caller, other = await arrived(world), await arrived(world)
    await quick.bridges_create_with_id("talk-4", type_="mixing,dtmf_events")
    await quick.channels_play_with_id(caller, "announcement", media=[world.long_sound])
    await world.diary.until(models.PlaybackStarted)
    connecting = asyncio.gather(
        quick.playbacks_stop("announcement"), quick.bridges_add_channel("talk-4", channel=[caller])
    )
    await asyncio.sleep(0)  # both requests are on their way before the other call's
    assert await _answered_meanwhile(world, other) <= PROMPT_S
    await connecting
    assert (await quick.bridges_get("talk-4")).channels == [caller]


BLOCKING: dict[str, Callable[[Requests, str], Awaitable[None]]] = {
    "answer": lambda quick, channel: quick.channels_answer(channel),
    "add": lambda quick, channel: quick.bridges_add_channel("talk-5", channel=[channel]),
    "remove": lambda quick, channel: quick.bridges_remove_channel("talk-5", channel=[channel]),
    "set": lambda quick, channel: quick.channels_set_channel_var(channel, variable="V", value="1"),
}


@pytest.mark.parametrize("what", BLOCKING)
async def test_changing_a_channel_that_plays_blocks_the_lane_until_the_sound_is_over(
    world: World, what: str
) -> None:
    """Why the test above stops the playback first."""
    quick = world.ari.quick
    caller, other = await arrived(world, answered=what != "answer"), await arrived(world)
    await quick.bridges_create_with_id("talk-5", type_="mixing,dtmf_events")
    if what == "remove":
        await quick.bridges_add_channel("talk-5", channel=[caller])
    await quick.channels_play_with_id(caller, "announcement", media=[world.long_sound])
    await world.diary.until(models.PlaybackStarted)
    blocked = asyncio.ensure_future(BLOCKING[what](quick, caller))
    await asyncio.sleep(0)
    behind = asyncio.ensure_future(_answered_meanwhile(world, other))
    done, _ = await asyncio.wait([blocked, behind], timeout=0.5)
    assert not done
    await world.ari.slow.playbacks_stop("announcement")  # the other lane is free
    await asyncio.gather(blocked, behind)


async def test_what_does_not_wait_for_the_sound(world: World) -> None:
    quick = world.ari.quick
    caller = await arrived(world, answered=False)
    await quick.channels_set_channel_var(caller, variable="V", value="1")
    await quick.channels_play_with_id(caller, "announcement", media=[world.long_sound])
    await world.diary.until(models.PlaybackStarted)
    async with asyncio.timeout(1):
        await quick.channels_get_channel_var(caller, variable="V")
        await quick.channels_ring(caller)
        await quick.channels_play_with_id(caller, "next", media=[world.short_sound])
        await quick.channels_hangup(caller)


async def waiting_with_music(world: World, music: str = "wait-music") -> str:
    """Let a caller wait in a holding bridge that plays music."""
    quick, caller = world.ari.quick, await arrived(world)
    await quick.bridges_create_with_id(music, type_="holding", name=music)
    await quick.bridges_start_moh(music, moh_class="default")
    await quick.bridges_add_channel(music, channel=[caller])
    await world.diary.until(models.ChannelEnteredBridge, bridge=music, channel=caller)
    return caller


async def test_an_announcement_to_one_who_waits_leaves_them_where_they_are(world: World) -> None:
    quick = world.ari.quick
    caller = await waiting_with_music(world)
    await quick.channels_play_with_id(caller, "announcement", media=[world.short_sound, world.short_sound])
    await world.diary.until(models.PlaybackStarted, playback="announcement")
    assert caller in (await quick.bridges_get("wait-music")).channels
    await world.press(caller, "5")
    assert (await world.diary.until(models.ChannelDtmfReceived, channel=caller)).digit == "5"
    finished = await world.diary.until(models.PlaybackFinished, playback="announcement")
    assert (finished.playback.state, finished.playback.target_uri) == ("done", f"channel:{caller}")
    assert caller in (await quick.bridges_get("wait-music")).channels
    assert not any(isinstance(m, models.ChannelLeftBridge) for m in world.diary.messages)


async def test_moved_from_the_music_in_the_middle_of_an_announcement_nobody_waits(world: World) -> None:
    quick = world.ari.quick
    caller, other = await waiting_with_music(world), await arrived(world)
    await quick.bridges_create_with_id("talk-6", type_="mixing,dtmf_events")
    await quick.channels_play_with_id(caller, "announcement", media=[world.long_sound])
    await world.diary.until(models.PlaybackStarted, playback="announcement")
    loop = asyncio.get_running_loop()
    began = loop.time()
    connecting = asyncio.gather(
        quick.playbacks_stop("announcement"), quick.bridges_add_channel("talk-6", channel=[caller])
    )
    await asyncio.sleep(0)
    assert await _answered_meanwhile(world, other) <= PROMPT_S
    await connecting
    assert loop.time() - began <= PROMPT_S
    assert (await quick.bridges_get("talk-6")).channels == [caller]


async def test_moved_from_the_music_without_stopping_the_announcement_everybody_waits(world: World) -> None:
    quick = world.ari.quick
    caller, other = await waiting_with_music(world), await arrived(world)
    await quick.bridges_create_with_id("talk-7", type_="mixing,dtmf_events")
    await quick.channels_play_with_id(caller, "announcement", media=[world.long_sound])
    await world.diary.until(models.PlaybackStarted, playback="announcement")
    moving = asyncio.ensure_future(quick.bridges_add_channel("talk-7", channel=[caller]))
    await asyncio.sleep(0)
    behind = asyncio.ensure_future(_answered_meanwhile(world, other))
    done, _ = await asyncio.wait([moving, behind], timeout=0.5)
    assert not done
    await world.ari.slow.playbacks_stop("announcement")
    await asyncio.gather(moving, behind)


# ── phones' configuration ────────────────────────────────────────────────────────────────────────


async def test_endpoints_are_pushed_listed_and_removed(world: World) -> None:
    slow = world.ari.slow
    fields = {"aors": "desk-1", "context": "from-phones", "disallow": "all", "allow": "ulaw"}
    await slow.asterisk_update_object("res_pjsip", "aor", "desk-1", fields={"max_contacts": "1"})
    await slow.asterisk_update_object("res_pjsip", "endpoint", "desk-1", fields=fields)
    stored = {t.attribute: t.value for t in await slow.asterisk_get_object("res_pjsip", "endpoint", "desk-1")}
    assert (stored["aors"], stored["context"]) == ("desk-1", "from-phones")
    states = {e.resource: e.state for e in await slow.endpoints_list_by_tech("PJSIP")}
    assert states["desk-1"] == "offline"
    with pytest.raises(AriError):
        await slow.channels_create(endpoint="PJSIP/desk-1", app="ringhall", channel_id="leg-desk")
    await slow.asterisk_delete_object("res_pjsip", "endpoint", "desk-1")
    with pytest.raises(AriNotFound):
        await slow.asterisk_get_object("res_pjsip", "endpoint", "desk-1")
    with pytest.raises(AriNotFound):
        await slow.endpoints_get("PJSIP", "desk-1")


async def test_the_system_says_who_it_is(world: World) -> None:
    info = await world.ari.quick.asterisk_get_info(only=["system", "status"])
    assert info.system is not None
    assert info.status is not None
    assert info.system.entity_id
    assert info.status.startup_time
