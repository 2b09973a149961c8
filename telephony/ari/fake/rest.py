"""The requests that the fake understands, and how the real one refuses each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from telephony.ari import models
from telephony.ari.fake.parts import FakeBridge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from telephony.ari.fake.asterisk import FakeAsterisk
    from telephony.ari.fake.parts import FakeChannel

    Given = Mapping[str, Any]
    Handler = Callable[["Request"], Awaitable[object]]

REASONS = {
    "normal": 16, "busy": 17, "congestion": 34, "no_answer": 19, "timeout": 102, "rejected": 21,
    "unallocated": 1, "normal_unspecified": 31, "number_incomplete": 28, "codec_mismatch": 58,
    "interworking": 127, "failure": 38, "answered_elsewhere": 26,
}  # fmt: skip

_routes: dict[tuple[str, int], list[tuple[list[str], Handler]]] = {}


class Refused(Exception):  # noqa: N818 - named for what happened
    """Asterisk answers with this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Request:
    """One request: the Asterisk it goes to, the variable parts of its path, parameters, body."""

    def __init__(self, asterisk: FakeAsterisk, parts: list[str], given: Given, body: Any) -> None:
        self.asterisk = asterisk
        self.parts = parts
        self.given = given
        self.body = body

    def channel(self) -> FakeChannel:
        """Find the channel of the path, which must be in the application."""
        leg = self.asterisk.channels.get(self.parts[0])
        if leg is None:
            raise Refused(404, "Channel not found")
        if not leg.in_stasis:
            raise Refused(409, "Channel not in Stasis application")
        return leg

    def bridge(self) -> FakeBridge:
        """Find the bridge of the path."""
        bridge = self.asterisk.bridges.get(self.parts[0])
        if bridge is None:
            raise Refused(404, "Bridge not found")
        return bridge

    async def in_turn(self, leg: FakeChannel, action: Callable[[], None]) -> None:
        """Let a channel do something in its turn, and wait until it has."""
        done = asyncio.get_running_loop().create_future()

        def act() -> None:
            action()
            done.set_result(None)

        self.asterisk.commands.do(leg, act)
        await done


async def carry_out(asterisk: FakeAsterisk, method: str, path: str, given: Given, body: Any) -> object:
    """Do what a request asks and give the answer's content; raises :class:`Refused`."""
    parts = path.split("/")
    for pattern, handler in _routes.get((method, len(parts)), ()):
        if all(p in ("*", given_part) for p, given_part in zip(pattern, parts, strict=True)):
            variable = [unquote(part) for p, part in zip(pattern, parts, strict=True) if p == "*"]
            return await handler(Request(asterisk, variable, given, body))
    raise NotImplementedError(
        f"the fake Asterisk has no {method} {path}; add it to telephony/ari/fake/rest.py"
    )


def _route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    def put(handler: Handler) -> Handler:
        parts = pattern.split("/")
        _routes.setdefault((method, len(parts)), []).append((parts, handler))
        return handler

    return put


# ── the application ──────────────────────────────────────────────────────────────────────────────


@_route("POST", "events/user/*")
async def _user_event(r: Request) -> None:
    r.asterisk.tell_application(
        r.given["application"], models.ChannelUserevent(eventname=r.parts[0], userevent={})
    )


# ── channels ─────────────────────────────────────────────────────────────────────────────────────


@_route("GET", "channels")
async def _list_channels(r: Request) -> object:
    return [leg.view() for leg in r.asterisk.channels.values()]


@_route("GET", "channels/*")
async def _get_channel(r: Request) -> object:
    leg = r.asterisk.channels.get(r.parts[0])
    if leg is None:
        raise Refused(404, "Channel not found")
    return leg.view()


@_route("POST", "channels/create")
async def _create_channel(r: Request) -> object:
    name = r.given.get("channelId", "")
    if name in r.asterisk.channels:
        raise Refused(409, "Channel with given unique ID already exists")
    technology, _, resource = r.given["endpoint"].partition("/")
    phone = r.asterisk.phones.get(resource)
    if technology != "PJSIP" or phone is None or not phone.online:
        raise Refused(500, "Allocation failed")
    args = r.given.get("appArgs", "")
    leg = r.asterisk.create_leg(name, phone, r.given["app"], args.split(",") if args else [])
    leg.variables.update((r.body or {}).get("variables", {}))
    return leg.view()


@_route("POST", "channels/*/dial")
async def _dial(r: Request) -> None:
    leg = r.channel()
    if leg.state != "Down":
        raise Refused(409, "Channel is not in the 'Down' state")
    limit = r.given.get("timeout")
    r.asterisk.commands.do(leg, lambda: r.asterisk.dial(leg, limit or None))


@_route("POST", "channels/*/answer")
async def _answer(r: Request) -> None:
    leg = r.channel()
    if leg.state in ("Down", "Ringing"):
        raise Refused(412, "Channel in invalid state")

    def act() -> None:
        if leg.state != "Up":
            leg.state, leg.ringing = "Up", False
            r.asterisk.tell(leg, models.ChannelStateChange(channel=leg.view()))

    await r.in_turn(leg, act)


@_route("POST", "channels/*/continue")
async def _continue(r: Request) -> None:
    leg, context, exten = r.channel(), r.given.get("context", ""), r.given.get("extension", "s")
    r.asterisk.commands.do(leg, lambda: r.asterisk.leave(leg, context, exten))


@_route("POST", "channels/*/ring")
async def _ring(r: Request) -> None:
    r.channel().ringing = True


@_route("DELETE", "channels/*/ring")
async def _ring_stop(r: Request) -> None:
    r.channel().ringing = False


@_route("POST", "channels/*/moh")
async def _start_music(r: Request) -> None:
    r.channel().music = r.given.get("mohClass", "default")


@_route("DELETE", "channels/*/moh")
async def _stop_music(r: Request) -> None:
    r.channel().music = None


@_route("POST", "channels/*/play/*")
async def _play(r: Request) -> object:
    leg = r.channel()
    if leg.state in ("Down", "Ringing"):
        raise Refused(412, "Channel in invalid state")
    return r.asterisk.commands.play(leg, r.parts[1], list(r.given["media"])).view()


@_route("DELETE", "channels/*")
async def _hang_up(r: Request) -> None:
    if r.parts[0] not in r.asterisk.channels:
        raise Refused(404, "Channel not found")
    code = r.given.get("reason_code")
    cause = int(code) if code is not None else REASONS.get(r.given.get("reason", "normal"))
    if cause is None:
        raise Refused(400, "Invalid reason for hangup reason provided")
    r.asterisk.hang_up(r.parts[0], cause, ours=True)


@_route("GET", "channels/*/variable")
async def _get_variable(r: Request) -> object:
    leg = r.asterisk.channels.get(r.parts[0])
    if leg is None:
        raise Refused(404, "Channel not found")
    value = leg.variables.get(r.given["variable"])
    if value is None:
        raise Refused(404, "Provided variable was not found")
    return models.Variable(value=value)


@_route("POST", "channels/*/variable")
async def _set_variable(r: Request) -> None:
    leg = r.channel()
    name, value = r.given["variable"], r.given.get("value", "")

    def act() -> None:
        leg.variables[name] = value
        r.asterisk.tell(leg, models.ChannelVarset(variable=name, value=value, channel=leg.view()))

    await r.in_turn(leg, act)


# ── playbacks ────────────────────────────────────────────────────────────────────────────────────


@_route("GET", "playbacks/*")
async def _get_playback(r: Request) -> object:
    playback = r.asterisk.commands.playbacks.get(r.parts[0])
    if playback is None:
        raise Refused(404, "Playback not found")
    return playback.view()


@_route("DELETE", "playbacks/*")
async def _stop_playback(r: Request) -> None:
    playback = r.asterisk.commands.playbacks.get(r.parts[0])
    if playback is None:
        raise Refused(404, "Playback not found")
    r.asterisk.commands.stop(playback)


# ── recordings ───────────────────────────────────────────────────────────────────────────────────


@_route("POST", "channels/*/record")
async def _record(r: Request) -> object:
    leg, name = r.channel(), r.given["name"]
    if name in r.asterisk.recordings.live:
        raise Refused(409, f"Recording '{name}' already in progress")
    most, silence = r.given.get("maxDurationSeconds"), r.given.get("maxSilenceSeconds")
    end_key = r.given.get("terminateOn", "none")
    if name in r.asterisk.recordings.stored and r.given.get("ifExists", "fail") == "fail":
        raise Refused(409, f"Recording '{name}' already exists on system and can not be overwritten")
    return r.asterisk.recordings.start(leg, name, most, silence, end_key).view("queued")


@_route("GET", "recordings/live/*")
async def _get_recording(r: Request) -> object:
    made = r.asterisk.recordings.live.get(r.parts[0])
    if made is None:
        raise Refused(404, "Recording not found")
    return made.view("recording")


@_route("POST", "recordings/live/*/stop")
async def _stop_recording(r: Request) -> None:
    await _get_recording(r)
    r.asterisk.recordings.finish(r.parts[0])


@_route("GET", "recordings/stored/*/file")
async def _get_stored_recording(r: Request) -> object:
    if r.parts[0] not in r.asterisk.recordings.stored:
        raise Refused(404, "Recording not found")
    return r.asterisk.recordings.stored[r.parts[0]]


@_route("DELETE", "recordings/stored/*")
async def _delete_recording(r: Request) -> None:
    await _get_stored_recording(r)
    del r.asterisk.recordings.stored[r.parts[0]]


# ── bridges ──────────────────────────────────────────────────────────────────────────────────────


@_route("GET", "bridges")
async def _list_bridges(r: Request) -> object:
    return [bridge.view() for bridge in r.asterisk.bridges.values()]


@_route("GET", "bridges/*")
async def _get_bridge(r: Request) -> object:
    return r.bridge().view()


@_route("POST", "bridges/*")
async def _create_bridge(r: Request) -> object:
    name = r.parts[0]
    if name in r.asterisk.bridges:
        raise Refused(409, f"Bridge with id '{name}' already exists")
    kinds = r.given.get("type", "mixing").split(",")
    bridge = FakeBridge(name, kinds, r.given.get("name", ""), r.asterisk.timestamp())
    r.asterisk.bridges[name] = bridge
    return bridge.view()


@_route("DELETE", "bridges/*")
async def _destroy_bridge(r: Request) -> None:
    bridge = r.bridge()
    for channel in list(bridge.channels):
        r.asterisk.part(r.asterisk.channels[channel])
    del r.asterisk.bridges[bridge.id]


@_route("POST", "bridges/*/addChannel")
async def _add_channel(r: Request) -> None:
    bridge = r.bridge()
    for leg in _legs(r):
        await r.in_turn(leg, lambda leg=leg: r.asterisk.join(bridge, leg))  # type: ignore[misc]


@_route("POST", "bridges/*/removeChannel")
async def _remove_channel(r: Request) -> None:
    bridge = r.bridge()
    legs = _legs(r)
    if any(leg.id not in bridge.channels for leg in legs):
        raise Refused(422, "Channel not in this bridge")
    for leg in legs:
        await r.in_turn(leg, lambda leg=leg: r.asterisk.part(leg))  # type: ignore[misc]


def _legs(r: Request) -> list[FakeChannel]:
    """Find the channels of a bridge request; if one is wrong none is touched."""
    legs = []
    for name in r.given["channel"]:
        leg = r.asterisk.channels.get(name)
        if leg is None:
            raise Refused(400, "Channel not found")
        if not leg.in_stasis:
            raise Refused(422, "Channel not in Stasis application")
        legs.append(leg)
    return legs


@_route("POST", "bridges/*/moh")
async def _start_bridge_music(r: Request) -> None:
    r.bridge().music = r.given.get("mohClass", "default")


@_route("DELETE", "bridges/*/moh")
async def _stop_bridge_music(r: Request) -> None:
    r.bridge().music = None


# ── endpoints, configuration, the system ─────────────────────────────────────────────────────────


@_route("GET", "endpoints")
async def _list_endpoints(r: Request) -> object:
    return [r.asterisk.endpoint(phone) for phone in r.asterisk.phones.values()]


@_route("GET", "endpoints/*")
async def _list_endpoints_of(r: Request) -> object:
    if r.parts[0] != "PJSIP":
        raise Refused(404, f"No Endpoints found - invalid tech {r.parts[0]}")
    return await _list_endpoints(r)


@_route("GET", "endpoints/*/*")
async def _get_endpoint(r: Request) -> object:
    phone = r.asterisk.phones.get(r.parts[1])
    if r.parts[0] != "PJSIP" or phone is None:
        raise Refused(404, "Endpoint not found")
    return r.asterisk.endpoint(phone)


@_route("GET", "asterisk/config/dynamic/*/*/*")
async def _get_object(r: Request) -> object:
    kind, name = _object_key(r), r.parts[2]
    fields = r.asterisk.objects.get((*kind, name))
    if fields is None:
        raise Refused(404, f"Object with id '{name}' not found")
    return [models.ConfigTuple(attribute=a, value=v) for a, v in fields.items()]


@_route("PUT", "asterisk/config/dynamic/*/*/*")
async def _update_object(r: Request) -> object:
    kind, name = _object_key(r), r.parts[2]
    fields = {field["attribute"]: field["value"] for field in (r.body or {}).get("fields", [])}
    r.asterisk.objects.setdefault((*kind, name), {}).update(fields)
    if kind[1] == "endpoint" and name not in r.asterisk.phones:
        r.asterisk.phone(name, online=False)
    return await _get_object(r)


@_route("DELETE", "asterisk/config/dynamic/*/*/*")
async def _delete_object(r: Request) -> None:
    kind, name = _object_key(r), r.parts[2]
    if r.asterisk.objects.pop((*kind, name), None) is None:
        raise Refused(404, f"Object with id '{name}' not found")
    if kind[1] == "endpoint":
        r.asterisk.phones.pop(name, None)


def _object_key(r: Request) -> tuple[str, str]:
    config_class, object_type, _ = r.parts
    if config_class != "res_pjsip":
        raise Refused(404, f"configClass '{config_class}' not found")
    if object_type not in ("endpoint", "auth", "aor"):
        raise Refused(404, f"objectType '{object_type}' not found")
    return config_class, object_type


@_route("GET", "asterisk/ping")
async def _ping(r: Request) -> object:  # noqa: ARG001 - routes are alike
    return models.AsteriskPing(asterisk_id="02:00:00:00:00:01", ping="pong", timestamp="now")


@_route("GET", "asterisk/info")
async def _info(r: Request) -> object:
    return models.AsteriskInfo(
        system=models.SystemInfo(version="22.0.0-fake", entity_id="02:00:00:00:00:01"),
        status=models.StatusInfo(startup_time=f"start {r.asterisk.starts}", last_reload_time="never"),
    )
