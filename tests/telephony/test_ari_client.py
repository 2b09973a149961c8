from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from telephony.ari import models
from telephony.ari.backoff import Backoff
from telephony.ari.client import CONNECT_S, AriClient
from telephony.ari.errors import (
    ApplicationTaken,
    AriConflict,
    AriDisconnected,
    AriError,
    AriNotFound,
    AriOverloaded,
    AriTimeout,
)
from telephony.ari.port import Connected, Disconnected, UnknownEvent
from tests.telephony.ari_server import AriServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telephony.ari.port import Message

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def server() -> AsyncIterator[AriServer]:
    made = AriServer()
    await made.start()
    yield made
    await made.close()


@asynccontextmanager
async def connected(
    server: AriServer, **options: Any
) -> AsyncIterator[tuple[AriClient, AsyncIterator[Message]]]:
    client = AriClient(server.url, "user", "secret", "test", **options)
    await client.start()
    messages = client.messages()
    assert isinstance(await anext(messages), Connected)
    yield client, messages
    await client.close()


def channel_event(kind: str, name: str) -> dict[str, Any]:
    party = {"name": "", "number": ""}
    dialplan = {"context": "c", "exten": "e", "priority": 1, "app_name": "", "app_data": ""}
    channel = {
        "id": name, "protocol_id": "", "name": "n", "state": "Up", "caller": party, "connected": party,
        "accountcode": "", "dialplan": dialplan, "creationtime": "t", "language": "en", "of_the_future": 1,
    }  # fmt: skip
    return {"type": kind, "channel": channel}


# ── requests ─────────────────────────────────────────────────────────────────────────────────────


async def test_each_request_gets_its_own_answer_in_the_order_sent(server: AriServer) -> None:
    server.answer = lambda _method, uri: (200, {"value": uri.split("variable=")[1]})
    async with connected(server) as (client, _):
        ask = client.quick.channels_get_channel_var
        answers = await asyncio.gather(*(ask("c", variable=f"v{n}") for n in range(200)))
    assert [a.value for a in answers] == [f"v{n}" for n in range(200)]
    sent = [r["uri"] for r in server.requests if "variable=" in r["uri"]]
    assert sent == [f"channels/c/variable?variable=v{n}" for n in range(200)]


async def test_names_are_quoted_and_lists_with_commas_go_into_the_body(server: AriServer) -> None:
    server.answer = lambda _method, _uri: (200, None)
    async with connected(server) as (client, _):
        with suppress(AriError):
            await client.quick.channels_play_with_id("a/b c", "p&q", media=["sound:a,b", "sound:c"])
        await client.quick.bridges_add_channel("b", channel=["x y", "z"], mute=True)
    play, add = server.requests[1:]
    assert play["uri"] == "channels/a%2Fb%20c/play/p%26q"
    assert play["message_body"] == '{"media":["sound:a,b","sound:c"]}'
    assert add["uri"] == "bridges/b/addChannel?channel=x%20y,z&mute=true"


@pytest.mark.parametrize("lane", ["quick", "slow"])
@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "Channel not found", AriNotFound),
        (400, "Channel not found", AriNotFound),
        (409, "There", AriConflict),
        (412, "Invalid state", AriConflict),
        (422, "Not in Stasis", AriConflict),
        (500, "Allocation failed", AriError),
    ],
)
async def test_refusals_have_a_type_and_say_what_and_where(
    server: AriServer, lane: str, status: int, message: str, kind: type[AriError]
) -> None:
    server.answer = lambda _method, _uri: (status, {"message": message})
    async with connected(server) as (client, _):
        requests = client.quick if lane == "quick" else client.slow
        with pytest.raises(kind) as refused:
            await requests.channels_create(endpoint="PJSIP/5550100", app="test")
        stats = client.stats.quick if lane == "quick" else client.stats.slow
    assert str(refused.value) == f"POST channels/create: {status} {message}"
    assert stats.errors == 1


@pytest.mark.parametrize("lane", ["quick", "slow"])
async def test_an_unanswered_request_ends_after_its_time(server: AriServer, lane: str) -> None:
    server.answer = lambda _method, _uri: None
    loop = asyncio.get_running_loop()
    async with connected(server, timeout=2.0) as (client, _):
        began = loop.time()
        requests = client.quick if lane == "quick" else client.slow
        with pytest.raises(AriTimeout):
            await requests.channels_answer("c")
        assert loop.time() - began == pytest.approx(2.0, abs=0.1)


async def test_a_late_answer_disturbs_nobody(server: AriServer) -> None:
    server.answer = lambda _method, _uri: None
    async with connected(server, timeout=1.0) as (client, _):
        with pytest.raises(AriTimeout):
            await client.quick.channels_answer("c")
        server._reply(server.requests[-1], (404, {"message": "too late"}))
        server.answer = lambda _method, _uri: (200, {"value": "fresh"})
        assert (await client.quick.channels_get_channel_var("c", variable="V")).value == "fresh"
        assert client.stats.quick.late == 1


async def test_pending_requests_fail_at_once_when_the_connection_breaks(server: AriServer) -> None:
    server.answer = lambda _method, _uri: None
    loop = asyncio.get_running_loop()
    async with connected(server) as (client, messages):
        pending = [asyncio.ensure_future(client.quick.channels_answer(f"c{n}")) for n in range(20)]
        await asyncio.sleep(0.1)
        began = loop.time()
        server.drop()
        results = await asyncio.gather(*pending, return_exceptions=True)
        assert loop.time() - began < 0.1
        assert all(isinstance(r, AriDisconnected) for r in results)
        assert isinstance(await anext(messages), Disconnected)
        with pytest.raises(AriDisconnected):
            await client.quick.channels_answer("c")


async def test_a_cancelled_request_leaves_nothing_behind(server: AriServer) -> None:
    server.answer = lambda _method, _uri: None
    async with connected(server) as (client, _):
        asking = asyncio.ensure_future(client.quick.channels_answer("c"))
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.wait([asking])
        assert not client.quick._pending


async def test_too_much_is_refused_before_it_is_sent(server: AriServer) -> None:
    server.answer = lambda _method, _uri: None
    async with connected(server, pending_limit=3) as (client, _):
        with pytest.raises(AriOverloaded, match="slow lane"):
            await client.quick.channels_set_channel_var("c", variable="V", value="x" * 70_000)
        waiting = [asyncio.ensure_future(client.quick.channels_answer("c")) for _ in range(3)]
        await asyncio.sleep(0.1)
        with pytest.raises(AriOverloaded, match="3 requests"):
            await client.quick.channels_answer("c")
        for asking in waiting:
            asking.cancel()


async def test_latency_is_observed_by_lane(server: AriServer) -> None:
    seen: list[str] = []
    async with connected(server, observe=lambda lane, _seconds: seen.append(lane)) as (client, _):
        await client.quick.channels_get_channel_var("c", variable="V")
        await client.slow.channels_get_channel_var("c", variable="V")
    assert seen == ["quick", "quick", "slow"]  # the first one asks who answers


# ── events ───────────────────────────────────────────────────────────────────────────────────────


async def test_events_come_typed_and_in_order(server: AriServer) -> None:
    async with connected(server) as (_, messages):
        names = [f"c{n}" for n in range(50)]
        server.send(*(channel_event("StasisEnd", name) for name in names))
        got = [await anext(messages) for _ in names]
    assert all(isinstance(m, models.StasisEnd) for m in got)
    assert [m.channel.id for m in got if isinstance(m, models.StasisEnd)] == names


async def test_what_the_models_do_not_know_is_passed_on_and_counted(server: AriServer) -> None:
    async with connected(server) as (client, messages):
        server.send({"type": "OfTheFuture", "x": 1})
        server.send({"type": "StasisEnd"})  # without its channel
        server.send_text("not JSON")
        server.send(channel_event("StasisEnd", "c"))
        unknown = [await anext(messages) for _ in range(3)]
        assert isinstance(await anext(messages), models.StasisEnd)
        assert client.stats.unknown_events == 3
    assert [m.type for m in unknown if isinstance(m, UnknownEvent)] == ["OfTheFuture", "StasisEnd", ""]


async def test_events_before_the_greeting_is_over_come_after_connected(server: AriServer) -> None:
    server.greeting = [channel_event("StasisEnd", "early")]
    async with connected(server) as (_, messages):
        assert isinstance(await anext(messages), models.StasisEnd)


async def test_a_reader_who_is_too_slow_is_told(server: AriServer) -> None:
    async with connected(server, queue_limit=100) as (client, messages):
        server.send(*(channel_event("StasisEnd", f"c{n}") for n in range(150)))
        await asyncio.sleep(1)
        lost = await anext(messages)
        assert isinstance(lost, Disconnected)
        assert "100 events" in lost.reason
        assert isinstance(await anext(messages), Connected)
        assert (client.stats.overflows, client.stats.events_given_up) == (1, 100)
        server.send(channel_event("StasisEnd", "after"))
        event = await anext(messages)
        assert isinstance(event, models.StasisEnd)
        assert event.channel.id == "after"


# ── the connection ───────────────────────────────────────────────────────────────────────────────


async def test_the_filter_is_in_place_before_connected(server: AriServer) -> None:
    application = {
        "name": "test", "channel_ids": [], "bridge_ids": [], "endpoint_ids": [], "device_names": [],
        "events_allowed": [], "events_disallowed": [],
    }  # fmt: skip
    server.answer = lambda _method, _uri: (200, application)
    rules = {"allowed": [{"type": "StasisStart"}]}
    async with connected(server, event_filter=rules):
        pass
    asked = [(r["method"], r["uri"], r.get("message_body")) for r in server.requests]
    assert asked[0] == (
        "PUT", "applications/test/eventFilter",
        '{"allowed":[{"type":"StasisStart"},{"type":"RESTResponse"},{"type":"ApplicationReplaced"}]}',
    )  # fmt: skip


async def test_a_silent_socket_is_noticed_within_five_seconds(server: AriServer) -> None:
    server.pongs = False
    loop = asyncio.get_running_loop()
    async with connected(server) as (_, messages):
        began = loop.time()
        assert isinstance(await anext(messages), Disconnected)
        assert 3 < loop.time() - began <= 5


async def test_a_living_socket_is_left_alone(server: AriServer) -> None:
    async with connected(server) as (client, _):
        await asyncio.sleep(600)
        assert (client.stats.connects, client.stats.losses) == (1, 0)


async def test_another_asterisk_process_is_told_from_a_cut_socket(server: AriServer) -> None:
    async with connected(server) as (_, messages):
        server.drop()
        assert isinstance(await anext(messages), Disconnected)
        again = await anext(messages)
        assert isinstance(again, Connected)
        assert (again.first, again.asterisk_started) == (False, False)
        server.startup_time = "second"
        server.drop()
        assert isinstance(await anext(messages), Disconnected)
        restarted = await anext(messages)
        assert isinstance(restarted, Connected)
        assert restarted.asterisk_started


async def test_it_stops_for_good_when_the_application_is_taken(server: AriServer) -> None:
    async with connected(server) as (_, messages):
        server.send({"type": "ApplicationReplaced"})
        assert isinstance(await anext(messages), Disconnected)
        with pytest.raises(ApplicationTaken, match="another controller took the Stasis application 'test'"):
            await anext(messages)
        await asyncio.sleep(60)
        assert server.connections == 1


async def test_an_attempt_of_ours_that_comes_late_is_no_other_controller(server: AriServer) -> None:
    """It was given up while the network stalled; to Asterisk it looks like somebody who takes over."""
    async with connected(server) as (_, messages):
        server.stalls_s = CONNECT_S + 2
        server.drop()
        assert isinstance(await anext(messages), Disconnected)
        await asyncio.sleep(CONNECT_S - 1)  # the first attempt is held back, the second one will not be
        server.stalls_s = 0.0
        assert isinstance(await anext(messages), Connected)
        server.send({"type": "ApplicationReplaced"})
        assert isinstance(await anext(messages), Disconnected)
        assert isinstance(await anext(messages), Connected), "it is not taken for another controller"
        server.send({"type": "ApplicationReplaced"})
        assert isinstance(await anext(messages), Disconnected)
        with pytest.raises(ApplicationTaken):  # there was one such attempt, not two
            await anext(messages)


async def test_pauses_grow_with_full_jitter_and_begin_anew_after_a_stable_connection(
    server: AriServer,
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(seconds)

    backoff = Backoff(base=0.1, cap=5.0, rng=random.Random(7))
    async with connected(server, backoff=backoff, sleep=sleep) as (_, messages):
        for number in itertools.count(1):
            server.drop()
            assert isinstance(await anext(messages), Disconnected)
            assert isinstance(await anext(messages), Connected)
            assert len(pauses) == number
            if number == 10:
                break
        expected = random.Random(7)
        limits = [min(5.0, 0.1 * 2**n) for n in range(10)]
        assert pauses == [expected.uniform(0, limit) for limit in limits]
        await asyncio.sleep(60)
        server.drop()
        assert isinstance(await anext(messages), Disconnected)
        assert isinstance(await anext(messages), Connected)
        assert pauses[-1] <= 0.1


async def test_it_waits_for_an_asterisk_that_is_not_there_yet() -> None:
    server = AriServer()
    await server.start()
    await server.close()
    client = AriClient(server.url, "user", "secret", "test")
    await client.start()
    await asyncio.sleep(30)
    assert client.stats.failures > 5
    await server.start()
    async with asyncio.timeout(10):
        assert isinstance(await anext(client.messages()), Connected)
    await client.close()
    await server.close()


async def test_closing_ends_the_messages_and_every_request(server: AriServer) -> None:
    server.answer = lambda _method, _uri: None
    async with connected(server) as (client, messages):
        pending = asyncio.ensure_future(client.quick.channels_answer("c"))
        await asyncio.sleep(0.1)
    with pytest.raises(AriDisconnected):
        await pending
    assert [type(m) async for m in messages] == [Disconnected]
    with pytest.raises(AriDisconnected):
        await client.slow.channels_list()
