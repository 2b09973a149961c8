# ruff: noqa: ASYNC109
"""One method for every operation of ARI.

Made by ``python -m telephony.ari.generate`` from Asterisk 22's resource descriptions: don't edit.
As long as ARI is wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from telephony.ari.models import (
    Application,
    AsteriskInfo,
    AsteriskPing,
    Bridge,
    Channel,
    ConfigTuple,
    DeviceState,
    Endpoint,
    LiveRecording,
    LogChannel,
    Mailbox,
    Module,
    Playback,
    RTPstat,
    Sound,
    StoredRecording,
    Variable,
    Variables,
)
from telephony.ari.transport import Transport, part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_APPLICATION = msgspec.json.Decoder(Application)
_ASTERISKINFO = msgspec.json.Decoder(AsteriskInfo)
_ASTERISKPING = msgspec.json.Decoder(AsteriskPing)
_BRIDGE = msgspec.json.Decoder(Bridge)
_CHANNEL = msgspec.json.Decoder(Channel)
_DEVICESTATE = msgspec.json.Decoder(DeviceState)
_ENDPOINT = msgspec.json.Decoder(Endpoint)
_LIVERECORDING = msgspec.json.Decoder(LiveRecording)
_MAILBOX = msgspec.json.Decoder(Mailbox)
_MODULE = msgspec.json.Decoder(Module)
_PLAYBACK = msgspec.json.Decoder(Playback)
_RTPSTAT = msgspec.json.Decoder(RTPstat)
_SOUND = msgspec.json.Decoder(Sound)
_STOREDRECORDING = msgspec.json.Decoder(StoredRecording)
_VARIABLE = msgspec.json.Decoder(Variable)
_VARIABLES = msgspec.json.Decoder(Variables)
_LIST_APPLICATION = msgspec.json.Decoder(list[Application])
_LIST_BRIDGE = msgspec.json.Decoder(list[Bridge])
_LIST_CHANNEL = msgspec.json.Decoder(list[Channel])
_LIST_CONFIGTUPLE = msgspec.json.Decoder(list[ConfigTuple])
_LIST_DEVICESTATE = msgspec.json.Decoder(list[DeviceState])
_LIST_ENDPOINT = msgspec.json.Decoder(list[Endpoint])
_LIST_LOGCHANNEL = msgspec.json.Decoder(list[LogChannel])
_LIST_MAILBOX = msgspec.json.Decoder(list[Mailbox])
_LIST_MODULE = msgspec.json.Decoder(list[Module])
_LIST_SOUND = msgspec.json.Decoder(list[Sound])
_LIST_STOREDRECORDING = msgspec.json.Decoder(list[StoredRecording])


class Requests(Transport):
    """ARI's operations, named ``resource_operation``; a docstring gives the request."""

    async def applications_list(self) -> list[Application]:
        """``GET /applications``."""
        return await self.ask("GET", "applications", _LIST_APPLICATION, {}, None)

    async def applications_get(self, application_name: str) -> Application:
        """``GET /applications/{applicationName}``."""
        return await self.ask("GET", f"applications/{part(application_name)}", _APPLICATION, {}, None)

    async def applications_subscribe(
        self, application_name: str, *, event_source: Sequence[str]
    ) -> Application:
        """``POST /applications/{applicationName}/subscription``."""
        return await self.ask(
            "POST",
            f"applications/{part(application_name)}/subscription",
            _APPLICATION,
            {"eventSource": event_source},
            None,
        )

    async def applications_unsubscribe(
        self, application_name: str, *, event_source: Sequence[str]
    ) -> Application:
        """``DELETE /applications/{applicationName}/subscription``."""
        return await self.ask(
            "DELETE",
            f"applications/{part(application_name)}/subscription",
            _APPLICATION,
            {"eventSource": event_source},
            None,
        )

    async def applications_filter(
        self, application_name: str, *, filter_: Mapping[str, Any] | None = None
    ) -> Application:
        """``PUT /applications/{applicationName}/eventFilter``."""
        return await self.ask(
            "PUT", f"applications/{part(application_name)}/eventFilter", _APPLICATION, {}, filter_
        )

    async def asterisk_get_object(self, config_class: str, object_type: str, id_: str) -> list[ConfigTuple]:
        """``GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}``."""
        return await self.ask(
            "GET",
            f"asterisk/config/dynamic/{part(config_class)}/{part(object_type)}/{part(id_)}",
            _LIST_CONFIGTUPLE,
            {},
            None,
        )

    async def asterisk_update_object(
        self, config_class: str, object_type: str, id_: str, *, fields: Mapping[str, str] | None = None
    ) -> list[ConfigTuple]:
        """``PUT /asterisk/config/dynamic/{configClass}/{objectType}/{id}``."""
        return await self.ask(
            "PUT",
            f"asterisk/config/dynamic/{part(config_class)}/{part(object_type)}/{part(id_)}",
            _LIST_CONFIGTUPLE,
            {},
            None if fields is None else {"fields": [{"attribute": a, "value": v} for a, v in fields.items()]},
        )

    async def asterisk_delete_object(self, config_class: str, object_type: str, id_: str) -> None:
        """``DELETE /asterisk/config/dynamic/{configClass}/{objectType}/{id}``."""
        await self.send(
            "DELETE",
            f"asterisk/config/dynamic/{part(config_class)}/{part(object_type)}/{part(id_)}",
            {},
            None,
        )

    async def asterisk_get_info(self, *, only: Sequence[str] | None = None) -> AsteriskInfo:
        """``GET /asterisk/info``."""
        return await self.ask("GET", "asterisk/info", _ASTERISKINFO, {"only": only}, None)

    async def asterisk_ping(self) -> AsteriskPing:
        """``GET /asterisk/ping``."""
        return await self.ask("GET", "asterisk/ping", _ASTERISKPING, {}, None)

    async def asterisk_list_modules(self) -> list[Module]:
        """``GET /asterisk/modules``."""
        return await self.ask("GET", "asterisk/modules", _LIST_MODULE, {}, None)

    async def asterisk_get_module(self, module_name: str) -> Module:
        """``GET /asterisk/modules/{moduleName}``."""
        return await self.ask("GET", f"asterisk/modules/{part(module_name)}", _MODULE, {}, None)

    async def asterisk_load_module(self, module_name: str) -> None:
        """``POST /asterisk/modules/{moduleName}``."""
        await self.send("POST", f"asterisk/modules/{part(module_name)}", {}, None)

    async def asterisk_unload_module(self, module_name: str) -> None:
        """``DELETE /asterisk/modules/{moduleName}``."""
        await self.send("DELETE", f"asterisk/modules/{part(module_name)}", {}, None)

    async def asterisk_reload_module(self, module_name: str) -> None:
        """``PUT /asterisk/modules/{moduleName}``."""
        await self.send("PUT", f"asterisk/modules/{part(module_name)}", {}, None)

    async def asterisk_list_log_channels(self) -> list[LogChannel]:
        """``GET /asterisk/logging``."""
        return await self.ask("GET", "asterisk/logging", _LIST_LOGCHANNEL, {}, None)

    async def asterisk_add_log(self, log_channel_name: str, *, configuration: str) -> None:
        """``POST /asterisk/logging/{logChannelName}``."""
        await self.send(
            "POST", f"asterisk/logging/{part(log_channel_name)}", {"configuration": configuration}, None
        )

    async def asterisk_delete_log(self, log_channel_name: str) -> None:
        """``DELETE /asterisk/logging/{logChannelName}``."""
        await self.send("DELETE", f"asterisk/logging/{part(log_channel_name)}", {}, None)

    async def asterisk_rotate_log(self, log_channel_name: str) -> None:
        """``PUT /asterisk/logging/{logChannelName}/rotate``."""
        await self.send("PUT", f"asterisk/logging/{part(log_channel_name)}/rotate", {}, None)

    async def asterisk_get_global_var(self, *, variable: str) -> Variable:
        """``GET /asterisk/variable``."""
        return await self.ask("GET", "asterisk/variable", _VARIABLE, {"variable": variable}, None)

    async def asterisk_set_global_var(self, *, variable: str, value: str | None = None) -> None:
        """``POST /asterisk/variable``."""
        await self.send("POST", "asterisk/variable", {"variable": variable, "value": value}, None)

    async def bridges_list(self) -> list[Bridge]:
        """``GET /bridges``."""
        return await self.ask("GET", "bridges", _LIST_BRIDGE, {}, None)

    async def bridges_create(
        self,
        *,
        type_: str | None = None,
        bridge_id: str | None = None,
        name: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Bridge:
        """``POST /bridges``."""
        return await self.ask(
            "POST",
            "bridges",
            _BRIDGE,
            {"type": type_, "bridgeId": bridge_id, "name": name},
            None if variables is None else {"variables": dict(variables)},
        )

    async def bridges_create_with_id(
        self,
        bridge_id: str,
        *,
        type_: str | None = None,
        name: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Bridge:
        """``POST /bridges/{bridgeId}``."""
        return await self.ask(
            "POST",
            f"bridges/{part(bridge_id)}",
            _BRIDGE,
            {"type": type_, "name": name},
            None if variables is None else {"variables": dict(variables)},
        )

    async def bridges_get(self, bridge_id: str) -> Bridge:
        """``GET /bridges/{bridgeId}``."""
        return await self.ask("GET", f"bridges/{part(bridge_id)}", _BRIDGE, {}, None)

    async def bridges_destroy(self, bridge_id: str) -> None:
        """``DELETE /bridges/{bridgeId}``."""
        await self.send("DELETE", f"bridges/{part(bridge_id)}", {}, None)

    async def bridges_get_bridge_var(self, bridge_id: str, *, variable: str) -> Variable:
        """``GET /bridges/{bridgeId}/variable``."""
        return await self.ask(
            "GET", f"bridges/{part(bridge_id)}/variable", _VARIABLE, {"variable": variable}, None
        )

    async def bridges_set_bridge_var(
        self, bridge_id: str, *, variable: str, value: str | None = None, report_events: bool | None = None
    ) -> None:
        """``POST /bridges/{bridgeId}/variable``."""
        await self.send(
            "POST",
            f"bridges/{part(bridge_id)}/variable",
            {"variable": variable, "value": value, "report_events": report_events},
            None,
        )

    async def bridges_get_bridge_vars(self, bridge_id: str, *, variables: Sequence[str]) -> Variables:
        """``GET /bridges/{bridgeId}/variables``."""
        return await self.ask(
            "GET", f"bridges/{part(bridge_id)}/variables", _VARIABLES, {"variables": variables}, None
        )

    async def bridges_set_bridge_vars(self, bridge_id: str, *, variables: Mapping[str, str]) -> None:
        """``POST /bridges/{bridgeId}/variables``."""
        await self.send("POST", f"bridges/{part(bridge_id)}/variables", {}, {"variables": dict(variables)})

    async def bridges_add_channel(
        self,
        bridge_id: str,
        *,
        channel: Sequence[str],
        role: str | None = None,
        absorb_dtmf: bool | None = None,
        mute: bool | None = None,
        inhibit_connected_line_updates: bool | None = None,
    ) -> None:
        """``POST /bridges/{bridgeId}/addChannel``."""
        await self.send(
            "POST",
            f"bridges/{part(bridge_id)}/addChannel",
            {
                "channel": channel,
                "role": role,
                "absorbDTMF": absorb_dtmf,
                "mute": mute,
                "inhibitConnectedLineUpdates": inhibit_connected_line_updates,
            },
            None,
        )

    async def bridges_remove_channel(self, bridge_id: str, *, channel: Sequence[str]) -> None:
        """``POST /bridges/{bridgeId}/removeChannel``."""
        await self.send("POST", f"bridges/{part(bridge_id)}/removeChannel", {"channel": channel}, None)

    async def bridges_set_video_source(self, bridge_id: str, channel_id: str) -> None:
        """``POST /bridges/{bridgeId}/videoSource/{channelId}``."""
        await self.send("POST", f"bridges/{part(bridge_id)}/videoSource/{part(channel_id)}", {}, None)

    async def bridges_clear_video_source(self, bridge_id: str) -> None:
        """``DELETE /bridges/{bridgeId}/videoSource``."""
        await self.send("DELETE", f"bridges/{part(bridge_id)}/videoSource", {}, None)

    async def bridges_start_moh(self, bridge_id: str, *, moh_class: str | None = None) -> None:
        """``POST /bridges/{bridgeId}/moh``."""
        await self.send("POST", f"bridges/{part(bridge_id)}/moh", {"mohClass": moh_class}, None)

    async def bridges_stop_moh(self, bridge_id: str) -> None:
        """``DELETE /bridges/{bridgeId}/moh``."""
        await self.send("DELETE", f"bridges/{part(bridge_id)}/moh", {}, None)

    async def bridges_play(
        self,
        bridge_id: str,
        *,
        media: Sequence[str],
        announcer_format: str | None = None,
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
        playback_id: str | None = None,
    ) -> Playback:
        """``POST /bridges/{bridgeId}/play``."""
        return await self.ask(
            "POST",
            f"bridges/{part(bridge_id)}/play",
            _PLAYBACK,
            {
                "media": media,
                "announcer_format": announcer_format,
                "lang": lang,
                "offsetms": offsetms,
                "skipms": skipms,
                "playbackId": playback_id,
            },
            None,
        )

    async def bridges_play_with_id(
        self,
        bridge_id: str,
        playback_id: str,
        *,
        media: Sequence[str],
        announcer_format: str | None = None,
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
    ) -> Playback:
        """``POST /bridges/{bridgeId}/play/{playbackId}``."""
        return await self.ask(
            "POST",
            f"bridges/{part(bridge_id)}/play/{part(playback_id)}",
            _PLAYBACK,
            {
                "media": media,
                "announcer_format": announcer_format,
                "lang": lang,
                "offsetms": offsetms,
                "skipms": skipms,
            },
            None,
        )

    async def bridges_record(
        self,
        bridge_id: str,
        *,
        name: str,
        format_: str,
        recorder_format: str | None = None,
        max_duration_seconds: int | None = None,
        max_silence_seconds: int | None = None,
        if_exists: str | None = None,
        beep: bool | None = None,
        terminate_on: str | None = None,
    ) -> LiveRecording:
        """``POST /bridges/{bridgeId}/record``."""
        return await self.ask(
            "POST",
            f"bridges/{part(bridge_id)}/record",
            _LIVERECORDING,
            {
                "name": name,
                "format": format_,
                "recorder_format": recorder_format,
                "maxDurationSeconds": max_duration_seconds,
                "maxSilenceSeconds": max_silence_seconds,
                "ifExists": if_exists,
                "beep": beep,
                "terminateOn": terminate_on,
            },
            None,
        )

    async def channels_list(self) -> list[Channel]:
        """``GET /channels``."""
        return await self.ask("GET", "channels", _LIST_CHANNEL, {}, None)

    async def channels_originate(
        self,
        *,
        endpoint: str,
        extension: str | None = None,
        context: str | None = None,
        priority: int | None = None,
        label: str | None = None,
        app: str | None = None,
        app_args: str | None = None,
        caller_id: str | None = None,
        timeout: int | None = None,
        variables: Mapping[str, str] | None = None,
        channel_id: str | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
    ) -> Channel:
        """``POST /channels``."""
        return await self.ask(
            "POST",
            "channels",
            _CHANNEL,
            {
                "endpoint": endpoint,
                "extension": extension,
                "context": context,
                "priority": priority,
                "label": label,
                "app": app,
                "appArgs": app_args,
                "callerId": caller_id,
                "timeout": timeout,
                "channelId": channel_id,
                "otherChannelId": other_channel_id,
                "originator": originator,
                "formats": formats,
            },
            None if variables is None else {"variables": dict(variables)},
        )

    async def channels_create(
        self,
        *,
        endpoint: str,
        app: str,
        app_args: str | None = None,
        channel_id: str | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Channel:
        """``POST /channels/create``."""
        return await self.ask(
            "POST",
            "channels/create",
            _CHANNEL,
            {
                "endpoint": endpoint,
                "app": app,
                "appArgs": app_args,
                "channelId": channel_id,
                "otherChannelId": other_channel_id,
                "originator": originator,
                "formats": formats,
            },
            None if variables is None else {"variables": dict(variables)},
        )

    async def channels_get(self, channel_id: str) -> Channel:
        """``GET /channels/{channelId}``."""
        return await self.ask("GET", f"channels/{part(channel_id)}", _CHANNEL, {}, None)

    async def channels_originate_with_id(
        self,
        channel_id: str,
        *,
        endpoint: str,
        extension: str | None = None,
        context: str | None = None,
        priority: int | None = None,
        label: str | None = None,
        app: str | None = None,
        app_args: str | None = None,
        caller_id: str | None = None,
        timeout: int | None = None,
        variables: Mapping[str, str] | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
    ) -> Channel:
        """``POST /channels/{channelId}``."""
        return await self.ask(
            "POST",
            f"channels/{part(channel_id)}",
            _CHANNEL,
            {
                "endpoint": endpoint,
                "extension": extension,
                "context": context,
                "priority": priority,
                "label": label,
                "app": app,
                "appArgs": app_args,
                "callerId": caller_id,
                "timeout": timeout,
                "otherChannelId": other_channel_id,
                "originator": originator,
                "formats": formats,
            },
            None if variables is None else {"variables": dict(variables)},
        )

    async def channels_hangup(
        self, channel_id: str, *, reason_code: str | None = None, reason: str | None = None
    ) -> None:
        """``DELETE /channels/{channelId}``."""
        await self.send(
            "DELETE", f"channels/{part(channel_id)}", {"reason_code": reason_code, "reason": reason}, None
        )

    async def channels_continue_in_dialplan(
        self,
        channel_id: str,
        *,
        context: str | None = None,
        extension: str | None = None,
        priority: int | None = None,
        label: str | None = None,
    ) -> None:
        """``POST /channels/{channelId}/continue``."""
        await self.send(
            "POST",
            f"channels/{part(channel_id)}/continue",
            {"context": context, "extension": extension, "priority": priority, "label": label},
            None,
        )

    async def channels_move(self, channel_id: str, *, app: str, app_args: str | None = None) -> None:
        """``POST /channels/{channelId}/move``."""
        await self.send("POST", f"channels/{part(channel_id)}/move", {"app": app, "appArgs": app_args}, None)

    async def channels_redirect(self, channel_id: str, *, endpoint: str) -> None:
        """``POST /channels/{channelId}/redirect``."""
        await self.send("POST", f"channels/{part(channel_id)}/redirect", {"endpoint": endpoint}, None)

    async def channels_answer(self, channel_id: str) -> None:
        """``POST /channels/{channelId}/answer``."""
        await self.send("POST", f"channels/{part(channel_id)}/answer", {}, None)

    async def channels_ring(self, channel_id: str) -> None:
        """``POST /channels/{channelId}/ring``."""
        await self.send("POST", f"channels/{part(channel_id)}/ring", {}, None)

    async def channels_ring_stop(self, channel_id: str) -> None:
        """``DELETE /channels/{channelId}/ring``."""
        await self.send("DELETE", f"channels/{part(channel_id)}/ring", {}, None)

    async def channels_progress(self, channel_id: str) -> None:
        """``POST /channels/{channelId}/progress``."""
        await self.send("POST", f"channels/{part(channel_id)}/progress", {}, None)

    async def channels_send_dtmf(
        self,
        channel_id: str,
        *,
        dtmf: str | None = None,
        before: int | None = None,
        between: int | None = None,
        duration: int | None = None,
        after: int | None = None,
    ) -> None:
        """``POST /channels/{channelId}/dtmf``."""
        await self.send(
            "POST",
            f"channels/{part(channel_id)}/dtmf",
            {"dtmf": dtmf, "before": before, "between": between, "duration": duration, "after": after},
            None,
        )

    async def channels_mute(self, channel_id: str, *, direction: str | None = None) -> None:
        """``POST /channels/{channelId}/mute``."""
        await self.send("POST", f"channels/{part(channel_id)}/mute", {"direction": direction}, None)

    async def channels_unmute(self, channel_id: str, *, direction: str | None = None) -> None:
        """``DELETE /channels/{channelId}/mute``."""
        await self.send("DELETE", f"channels/{part(channel_id)}/mute", {"direction": direction}, None)

    async def channels_hold(self, channel_id: str) -> None:
        """``POST /channels/{channelId}/hold``."""
        await self.send("POST", f"channels/{part(channel_id)}/hold", {}, None)

    async def channels_unhold(self, channel_id: str) -> None:
        """``DELETE /channels/{channelId}/hold``."""
        await self.send("DELETE", f"channels/{part(channel_id)}/hold", {}, None)

    async def channels_start_moh(self, channel_id: str, *, moh_class: str | None = None) -> None:
        """``POST /channels/{channelId}/moh``."""
        await self.send("POST", f"channels/{part(channel_id)}/moh", {"mohClass": moh_class}, None)

    async def channels_stop_moh(self, channel_id: str) -> None:
        """``DELETE /channels/{channelId}/moh``."""
        await self.send("DELETE", f"channels/{part(channel_id)}/moh", {}, None)

    async def channels_start_silence(self, channel_id: str) -> None:
        """``POST /channels/{channelId}/silence``."""
        await self.send("POST", f"channels/{part(channel_id)}/silence", {}, None)

    async def channels_stop_silence(self, channel_id: str) -> None:
        """``DELETE /channels/{channelId}/silence``."""
        await self.send("DELETE", f"channels/{part(channel_id)}/silence", {}, None)

    async def channels_play(
        self,
        channel_id: str,
        *,
        media: Sequence[str],
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
        playback_id: str | None = None,
    ) -> Playback:
        """``POST /channels/{channelId}/play``."""
        return await self.ask(
            "POST",
            f"channels/{part(channel_id)}/play",
            _PLAYBACK,
            {"media": media, "lang": lang, "offsetms": offsetms, "skipms": skipms, "playbackId": playback_id},
            None,
        )

    async def channels_play_with_id(
        self,
        channel_id: str,
        playback_id: str,
        *,
        media: Sequence[str],
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
    ) -> Playback:
        """``POST /channels/{channelId}/play/{playbackId}``."""
        return await self.ask(
            "POST",
            f"channels/{part(channel_id)}/play/{part(playback_id)}",
            _PLAYBACK,
            {"media": media, "lang": lang, "offsetms": offsetms, "skipms": skipms},
            None,
        )

    async def channels_record(
        self,
        channel_id: str,
        *,
        name: str,
        format_: str,
        max_duration_seconds: int | None = None,
        max_silence_seconds: int | None = None,
        if_exists: str | None = None,
        beep: bool | None = None,
        terminate_on: str | None = None,
    ) -> LiveRecording:
        """``POST /channels/{channelId}/record``."""
        return await self.ask(
            "POST",
            f"channels/{part(channel_id)}/record",
            _LIVERECORDING,
            {
                "name": name,
                "format": format_,
                "maxDurationSeconds": max_duration_seconds,
                "maxSilenceSeconds": max_silence_seconds,
                "ifExists": if_exists,
                "beep": beep,
                "terminateOn": terminate_on,
            },
            None,
        )

    async def channels_get_channel_var(self, channel_id: str, *, variable: str) -> Variable:
        """``GET /channels/{channelId}/variable``."""
        return await self.ask(
            "GET", f"channels/{part(channel_id)}/variable", _VARIABLE, {"variable": variable}, None
        )

    async def channels_set_channel_var(
        self, channel_id: str, *, variable: str, value: str | None = None, report_events: bool | None = None
    ) -> None:
        """``POST /channels/{channelId}/variable``."""
        await self.send(
            "POST",
            f"channels/{part(channel_id)}/variable",
            {"variable": variable, "value": value, "report_events": report_events},
            None,
        )

    async def channels_get_channel_vars(self, channel_id: str, *, variables: Sequence[str]) -> Variables:
        """``GET /channels/{channelId}/variables``."""
        return await self.ask(
            "GET", f"channels/{part(channel_id)}/variables", _VARIABLES, {"variables": variables}, None
        )

    async def channels_set_channel_vars(self, channel_id: str, *, variables: Mapping[str, str]) -> None:
        """``POST /channels/{channelId}/variables``."""
        await self.send("POST", f"channels/{part(channel_id)}/variables", {}, {"variables": dict(variables)})

    async def channels_snoop_channel(
        self,
        channel_id: str,
        *,
        app: str,
        spy: str | None = None,
        whisper: str | None = None,
        app_args: str | None = None,
        snoop_id: str | None = None,
    ) -> Channel:
        """``POST /channels/{channelId}/snoop``."""
        return await self.ask(
            "POST",
            f"channels/{part(channel_id)}/snoop",
            _CHANNEL,
            {"spy": spy, "whisper": whisper, "app": app, "appArgs": app_args, "snoopId": snoop_id},
            None,
        )

    async def channels_snoop_channel_with_id(
        self,
        channel_id: str,
        snoop_id: str,
        *,
        app: str,
        spy: str | None = None,
        whisper: str | None = None,
        app_args: str | None = None,
    ) -> Channel:
        """``POST /channels/{channelId}/snoop/{snoopId}``."""
        return await self.ask(
            "POST",
            f"channels/{part(channel_id)}/snoop/{part(snoop_id)}",
            _CHANNEL,
            {"spy": spy, "whisper": whisper, "app": app, "appArgs": app_args},
            None,
        )

    async def channels_dial(
        self, channel_id: str, *, caller: str | None = None, timeout: int | None = None
    ) -> None:
        """``POST /channels/{channelId}/dial``."""
        await self.send(
            "POST", f"channels/{part(channel_id)}/dial", {"caller": caller, "timeout": timeout}, None
        )

    async def channels_rtpstatistics(self, channel_id: str) -> RTPstat:
        """``GET /channels/{channelId}/rtp_statistics``."""
        return await self.ask("GET", f"channels/{part(channel_id)}/rtp_statistics", _RTPSTAT, {}, None)

    async def channels_external_media(
        self,
        *,
        app: str,
        format_: str,
        channel_id: str | None = None,
        variables: Mapping[str, str] | None = None,
        external_host: str | None = None,
        encapsulation: str | None = None,
        transport: str | None = None,
        connection_type: str | None = None,
        direction: str | None = None,
        data: str | None = None,
        transport_data: str | None = None,
    ) -> Channel:
        """``POST /channels/externalMedia``."""
        return await self.ask(
            "POST",
            "channels/externalMedia",
            _CHANNEL,
            {
                "channelId": channel_id,
                "app": app,
                "external_host": external_host,
                "encapsulation": encapsulation,
                "transport": transport,
                "connection_type": connection_type,
                "format": format_,
                "direction": direction,
                "data": data,
                "transport_data": transport_data,
            },
            None if variables is None else {"variables": dict(variables)},
        )

    async def channels_transfer_progress(self, channel_id: str, *, states: str) -> None:
        """``POST /channels/{channelId}/transfer_progress``."""
        await self.send("POST", f"channels/{part(channel_id)}/transfer_progress", {"states": states}, None)

    async def device_states_list(self) -> list[DeviceState]:
        """``GET /deviceStates``."""
        return await self.ask("GET", "deviceStates", _LIST_DEVICESTATE, {}, None)

    async def device_states_get(self, device_name: str) -> DeviceState:
        """``GET /deviceStates/{deviceName}``."""
        return await self.ask("GET", f"deviceStates/{part(device_name)}", _DEVICESTATE, {}, None)

    async def device_states_update(self, device_name: str, *, device_state: str) -> None:
        """``PUT /deviceStates/{deviceName}``."""
        await self.send("PUT", f"deviceStates/{part(device_name)}", {"deviceState": device_state}, None)

    async def device_states_delete(self, device_name: str) -> None:
        """``DELETE /deviceStates/{deviceName}``."""
        await self.send("DELETE", f"deviceStates/{part(device_name)}", {}, None)

    async def endpoints_list(self) -> list[Endpoint]:
        """``GET /endpoints``."""
        return await self.ask("GET", "endpoints", _LIST_ENDPOINT, {}, None)

    async def endpoints_send_message(
        self, *, to: str, from_: str, body: str | None = None, variables: Mapping[str, str] | None = None
    ) -> None:
        """``PUT /endpoints/sendMessage``."""
        await self.send(
            "PUT",
            "endpoints/sendMessage",
            {"to": to, "from": from_, "body": body},
            None if variables is None else {"variables": dict(variables)},
        )

    async def endpoints_refer(
        self,
        *,
        to: str,
        from_: str,
        refer_to: str,
        to_self: bool | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """``POST /endpoints/refer``."""
        await self.send(
            "POST",
            "endpoints/refer",
            {"to": to, "from": from_, "refer_to": refer_to, "to_self": to_self},
            None if variables is None else {"variables": dict(variables)},
        )

    async def endpoints_list_by_tech(self, tech: str) -> list[Endpoint]:
        """``GET /endpoints/{tech}``."""
        return await self.ask("GET", f"endpoints/{part(tech)}", _LIST_ENDPOINT, {}, None)

    async def endpoints_get(self, tech: str, resource: str) -> Endpoint:
        """``GET /endpoints/{tech}/{resource}``."""
        return await self.ask("GET", f"endpoints/{part(tech)}/{part(resource)}", _ENDPOINT, {}, None)

    async def endpoints_send_message_to_endpoint(
        self,
        tech: str,
        resource: str,
        *,
        from_: str,
        body: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """``PUT /endpoints/{tech}/{resource}/sendMessage``."""
        await self.send(
            "PUT",
            f"endpoints/{part(tech)}/{part(resource)}/sendMessage",
            {"from": from_, "body": body},
            None if variables is None else {"variables": dict(variables)},
        )

    async def endpoints_refer_to_endpoint(
        self,
        tech: str,
        resource: str,
        *,
        from_: str,
        refer_to: str,
        to_self: bool | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """``POST /endpoints/{tech}/{resource}/refer``."""
        await self.send(
            "POST",
            f"endpoints/{part(tech)}/{part(resource)}/refer",
            {"from": from_, "refer_to": refer_to, "to_self": to_self},
            None if variables is None else {"variables": dict(variables)},
        )

    async def events_user_event(
        self,
        event_name: str,
        *,
        application: str,
        source: Sequence[str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """``POST /events/user/{eventName}``."""
        await self.send(
            "POST",
            f"events/user/{part(event_name)}",
            {"application": application, "source": source},
            None if variables is None else {"variables": dict(variables)},
        )

    async def events_claim_channel(self, *, channel_id: str, application: str) -> None:
        """``POST /events/claim``."""
        await self.send("POST", "events/claim", {"channelId": channel_id, "application": application}, None)

    async def mailboxes_list(self) -> list[Mailbox]:
        """``GET /mailboxes``."""
        return await self.ask("GET", "mailboxes", _LIST_MAILBOX, {}, None)

    async def mailboxes_get(self, mailbox_name: str) -> Mailbox:
        """``GET /mailboxes/{mailboxName}``."""
        return await self.ask("GET", f"mailboxes/{part(mailbox_name)}", _MAILBOX, {}, None)

    async def mailboxes_update(self, mailbox_name: str, *, old_messages: int, new_messages: int) -> None:
        """``PUT /mailboxes/{mailboxName}``."""
        await self.send(
            "PUT",
            f"mailboxes/{part(mailbox_name)}",
            {"oldMessages": old_messages, "newMessages": new_messages},
            None,
        )

    async def mailboxes_delete(self, mailbox_name: str) -> None:
        """``DELETE /mailboxes/{mailboxName}``."""
        await self.send("DELETE", f"mailboxes/{part(mailbox_name)}", {}, None)

    async def playbacks_get(self, playback_id: str) -> Playback:
        """``GET /playbacks/{playbackId}``."""
        return await self.ask("GET", f"playbacks/{part(playback_id)}", _PLAYBACK, {}, None)

    async def playbacks_stop(self, playback_id: str) -> None:
        """``DELETE /playbacks/{playbackId}``."""
        await self.send("DELETE", f"playbacks/{part(playback_id)}", {}, None)

    async def playbacks_control(self, playback_id: str, *, operation: str) -> None:
        """``POST /playbacks/{playbackId}/control``."""
        await self.send("POST", f"playbacks/{part(playback_id)}/control", {"operation": operation}, None)

    async def recordings_list_stored(self) -> list[StoredRecording]:
        """``GET /recordings/stored``."""
        return await self.ask("GET", "recordings/stored", _LIST_STOREDRECORDING, {}, None)

    async def recordings_get_stored(self, recording_name: str) -> StoredRecording:
        """``GET /recordings/stored/{recordingName}``."""
        return await self.ask("GET", f"recordings/stored/{part(recording_name)}", _STOREDRECORDING, {}, None)

    async def recordings_delete_stored(self, recording_name: str) -> None:
        """``DELETE /recordings/stored/{recordingName}``."""
        await self.send("DELETE", f"recordings/stored/{part(recording_name)}", {}, None)

    async def recordings_get_stored_file(self, recording_name: str) -> bytes:
        """``GET /recordings/stored/{recordingName}/file``."""
        return await self.send("GET", f"recordings/stored/{part(recording_name)}/file", {}, None)

    async def recordings_copy_stored(
        self, recording_name: str, *, destination_recording_name: str
    ) -> StoredRecording:
        """``POST /recordings/stored/{recordingName}/copy``."""
        return await self.ask(
            "POST",
            f"recordings/stored/{part(recording_name)}/copy",
            _STOREDRECORDING,
            {"destinationRecordingName": destination_recording_name},
            None,
        )

    async def recordings_get_live(self, recording_name: str) -> LiveRecording:
        """``GET /recordings/live/{recordingName}``."""
        return await self.ask("GET", f"recordings/live/{part(recording_name)}", _LIVERECORDING, {}, None)

    async def recordings_cancel(self, recording_name: str) -> None:
        """``DELETE /recordings/live/{recordingName}``."""
        await self.send("DELETE", f"recordings/live/{part(recording_name)}", {}, None)

    async def recordings_stop(self, recording_name: str) -> None:
        """``POST /recordings/live/{recordingName}/stop``."""
        await self.send("POST", f"recordings/live/{part(recording_name)}/stop", {}, None)

    async def recordings_pause(self, recording_name: str) -> None:
        """``POST /recordings/live/{recordingName}/pause``."""
        await self.send("POST", f"recordings/live/{part(recording_name)}/pause", {}, None)

    async def recordings_unpause(self, recording_name: str) -> None:
        """``DELETE /recordings/live/{recordingName}/pause``."""
        await self.send("DELETE", f"recordings/live/{part(recording_name)}/pause", {}, None)

    async def recordings_mute(self, recording_name: str) -> None:
        """``POST /recordings/live/{recordingName}/mute``."""
        await self.send("POST", f"recordings/live/{part(recording_name)}/mute", {}, None)

    async def recordings_unmute(self, recording_name: str) -> None:
        """``DELETE /recordings/live/{recordingName}/mute``."""
        await self.send("DELETE", f"recordings/live/{part(recording_name)}/mute", {}, None)

    async def sounds_list(self, *, lang: str | None = None, format_: str | None = None) -> list[Sound]:
        """``GET /sounds``."""
        return await self.ask("GET", "sounds", _LIST_SOUND, {"lang": lang, "format": format_}, None)

    async def sounds_get(self, sound_id: str) -> Sound:
        """``GET /sounds/{soundId}``."""
        return await self.ask("GET", f"sounds/{part(sound_id)}", _SOUND, {}, None)
