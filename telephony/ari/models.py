"""ARI's objects and events.

Made by ``python -m telephony.ari.generate`` from Asterisk 22's resource descriptions: don't edit.
As long as ARI is wide.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event has."""

    application: str = ""
    timestamp: str = ""
    asterisk_id: str = ""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Application``."""

    name: str
    channel_ids: list[str]
    bridge_ids: list[str]
    endpoint_ids: list[str]
    device_names: list[str]
    events_allowed: list[dict[str, Any]]
    events_disallowed: list[dict[str, Any]]


class BuildInfo(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``BuildInfo``."""

    os: str
    kernel: str
    options: str
    machine: str
    date: str
    user: str


class SystemInfo(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``SystemInfo``."""

    version: str
    entity_id: str


class SetId(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``SetId``."""

    user: str
    group: str


class ConfigInfo(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``ConfigInfo``."""

    name: str
    default_language: str
    max_channels: int | None = None
    max_open_files: int | None = None
    max_load: float | None = None
    setid: SetId


class StatusInfo(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``StatusInfo``."""

    startup_time: str
    last_reload_time: str


class AsteriskInfo(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``AsteriskInfo``."""

    build: BuildInfo | None = None
    system: SystemInfo | None = None
    config: ConfigInfo | None = None
    status: StatusInfo | None = None


class AsteriskPing(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``AsteriskPing``."""

    asterisk_id: str
    ping: str
    timestamp: str


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Module``."""

    name: str
    description: str
    use_count: int
    status: str
    support_level: str


class LogChannel(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``LogChannel``."""

    channel: str
    type: str
    status: str
    configuration: str


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Variable``."""

    value: str


class Variables(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Variables``."""

    variables: dict[str, str]


class ConfigTuple(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``ConfigTuple``."""

    attribute: str
    value: str


class Bridge(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Bridge``."""

    id: str
    technology: str
    bridge_type: str
    bridge_class: str
    creator: str
    name: str
    channels: list[str]
    video_mode: str | None = None
    video_source_id: str | None = None
    creationtime: str
    bridgevars: dict[str, str] | None = None


class DialplanCEP(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``DialplanCEP``."""

    context: str
    exten: str
    priority: int
    app_name: str
    app_data: str


class CallerID(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``CallerID``."""

    name: str
    number: str


class RTPstat(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``RTPstat``."""

    txcount: int
    rxcount: int
    txjitter: float | None = None
    rxjitter: float | None = None
    remote_maxjitter: float | None = None
    remote_minjitter: float | None = None
    remote_normdevjitter: float | None = None
    remote_stdevjitter: float | None = None
    local_maxjitter: float | None = None
    local_minjitter: float | None = None
    local_normdevjitter: float | None = None
    local_stdevjitter: float | None = None
    txploss: int
    rxploss: int
    remote_maxrxploss: float | None = None
    remote_minrxploss: float | None = None
    remote_normdevrxploss: float | None = None
    remote_stdevrxploss: float | None = None
    local_maxrxploss: float | None = None
    local_minrxploss: float | None = None
    local_normdevrxploss: float | None = None
    local_stdevrxploss: float | None = None
    rtt: float | None = None
    maxrtt: float | None = None
    minrtt: float | None = None
    normdevrtt: float | None = None
    stdevrtt: float | None = None
    local_ssrc: int
    remote_ssrc: int
    txoctetcount: int
    rxoctetcount: int
    channel_uniqueid: str


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Channel``."""

    id: str
    protocol_id: str
    name: str
    state: str
    caller: CallerID
    connected: CallerID
    accountcode: str
    dialplan: DialplanCEP
    creationtime: str
    language: str
    channelvars: dict[str, str] | None = None
    caller_rdnis: str | None = None
    tenantid: str | None = None


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``DeviceState``."""

    name: str
    state: str


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Endpoint``."""

    technology: str
    resource: str
    state: str | None = None
    channel_ids: list[str]


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``TextMessage``."""

    from_: str = msgspec.field(name="from")
    to: str
    body: str
    variables: dict[str, Any] | None = None


class ContactInfo(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``ContactInfo``."""

    uri: str
    contact_status: str
    aor: str
    roundtrip_usec: str | None = None


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Peer``."""

    peer_status: str
    cause: str | None = None
    address: str | None = None
    port: str | None = None
    time: str | None = None


class ReferTo(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``ReferTo``."""

    requested_destination: RequiredDestination
    destination_channel: Channel | None = None
    connected_channel: Channel | None = None
    bridge: Bridge | None = None


class ReferredBy(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``ReferredBy``."""

    source_channel: Channel
    connected_channel: Channel | None = None
    bridge: Bridge | None = None


class RequiredDestination(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``RequiredDestination``."""

    protocol_id: str | None = None
    destination: str | None = None
    additional_protocol_params: list[AdditionalParam] | None = None


class AdditionalParam(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``AdditionalParam``."""

    parameter_name: str
    parameter_value: str


class Mailbox(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Mailbox``."""

    name: str
    old_messages: int
    new_messages: int


class Playback(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Playback``."""

    id: str
    media_uri: str
    next_media_uri: str | None = None
    target_uri: str
    language: str | None = None
    state: str


class StoredRecording(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``StoredRecording``."""

    name: str
    format: str


class LiveRecording(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``LiveRecording``."""

    name: str
    format: str
    target_uri: str
    state: str
    duration: int | None = None
    talking_duration: int | None = None
    silence_duration: int | None = None
    cause: str | None = None


class FormatLangPair(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``FormatLangPair``."""

    language: str
    format: str


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """ARI's ``Sound``."""

    id: str
    text: str | None = None
    formats: list[FormatLangPair]


class DeviceStateChanged(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``DeviceStateChanged``."""

    device_state: DeviceState


class PlaybackStarted(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``PlaybackStarted``."""

    playback: Playback


class PlaybackContinuing(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``PlaybackContinuing``."""

    playback: Playback


class PlaybackFinished(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``PlaybackFinished``."""

    playback: Playback


class RecordingStarted(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``RecordingStarted``."""

    recording: LiveRecording


class RecordingFinished(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``RecordingFinished``."""

    recording: LiveRecording


class RecordingFailed(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``RecordingFailed``."""

    recording: LiveRecording


class ApplicationMoveFailed(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ApplicationMoveFailed``."""

    channel: Channel
    destination: str
    args: list[str]


class ApplicationRegistered(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ApplicationRegistered``."""


class ApplicationUnregistered(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ApplicationUnregistered``."""


class ApplicationReplaced(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ApplicationReplaced``."""


class BridgeCreated(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``BridgeCreated``."""

    bridge: Bridge


class BridgeDestroyed(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``BridgeDestroyed``."""

    bridge: Bridge


class BridgeMerged(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``BridgeMerged``."""

    bridge: Bridge
    bridge_from: Bridge


class BridgeBlindTransfer(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``BridgeBlindTransfer``."""

    channel: Channel
    replace_channel: Channel | None = None
    transferee: Channel | None = None
    exten: str
    context: str
    result: str
    is_external: bool
    bridge: Bridge | None = None


class BridgeAttendedTransfer(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``BridgeAttendedTransfer``."""

    transferer_first_leg: Channel
    transferer_second_leg: Channel
    replace_channel: Channel | None = None
    transferee: Channel | None = None
    transfer_target: Channel | None = None
    result: str
    is_external: bool
    transferer_first_leg_bridge: Bridge | None = None
    transferer_second_leg_bridge: Bridge | None = None
    destination_type: str
    destination_bridge: str | None = None
    destination_application: str | None = None
    destination_link_first_leg: Channel | None = None
    destination_link_second_leg: Channel | None = None
    destination_threeway_channel: Channel | None = None
    destination_threeway_bridge: Bridge | None = None


class BridgeVideoSourceChanged(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``BridgeVideoSourceChanged``."""

    bridge: Bridge
    old_video_source_id: str | None = None


class ChannelCreated(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelCreated``."""

    channel: Channel


class ChannelDestroyed(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelDestroyed``."""

    cause: int
    cause_txt: str
    tech_cause: int | None = None
    channel: Channel


class ChannelEnteredBridge(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelEnteredBridge``."""

    bridge: Bridge
    channel: Channel | None = None


class ChannelLeftBridge(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelLeftBridge``."""

    bridge: Bridge
    channel: Channel


class ChannelStateChange(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelStateChange``."""

    channel: Channel


class ChannelDtmfReceived(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelDtmfReceived``."""

    digit: str
    duration_ms: int
    channel: Channel


class ChannelDialplan(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelDialplan``."""

    channel: Channel
    dialplan_app: str
    dialplan_app_data: str


class ChannelCallerId(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelCallerId``."""

    caller_presentation: int
    caller_presentation_txt: str
    channel: Channel


class ChannelUserevent(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelUserevent``."""

    eventname: str
    channel: Channel | None = None
    bridge: Bridge | None = None
    endpoint: Endpoint | None = None
    userevent: dict[str, Any]


class ChannelHangupRequest(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelHangupRequest``."""

    cause: int | None = None
    tech_cause: int | None = None
    soft: bool | None = None
    channel: Channel


class ChannelVarset(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelVarset``."""

    variable: str
    value: str
    channel: Channel | None = None


class ChannelToneDetected(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelToneDetected``."""

    channel: Channel


class ChannelTalkingStarted(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelTalkingStarted``."""

    channel: Channel


class ChannelTalkingFinished(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelTalkingFinished``."""

    channel: Channel
    duration: int


class ChannelHold(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelHold``."""

    channel: Channel
    musicclass: str | None = None


class ChannelUnhold(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelUnhold``."""

    channel: Channel


class ContactStatusChange(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ContactStatusChange``."""

    endpoint: Endpoint
    contact_info: ContactInfo


class EndpointStateChange(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``EndpointStateChange``."""

    endpoint: Endpoint


class Dial(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``Dial``."""

    caller: Channel | None = None
    peer: Channel
    forward: str | None = None
    forwarded: Channel | None = None
    dialstring: str | None = None
    dialstatus: str


class StasisEnd(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``StasisEnd``."""

    channel: Channel


class StasisStart(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``StasisStart``."""

    args: list[str]
    channel: Channel
    replace_channel: Channel | None = None


class TextMessageReceived(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``TextMessageReceived``."""

    message: TextMessage
    endpoint: Endpoint | None = None


class ChannelConnectedLine(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelConnectedLine``."""

    channel: Channel


class PeerStatusChange(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``PeerStatusChange``."""

    endpoint: Endpoint
    peer: Peer


class ChannelTransfer(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``ChannelTransfer``."""

    state: str | None = None
    refer_to: ReferTo
    referred_by: ReferredBy


class RESTResponse(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``RESTResponse``."""

    transaction_id: str
    request_id: str
    status_code: int
    reason_phrase: str
    uri: str
    content_type: str | None = None
    message_body: str | None = None


class CallBroadcast(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``CallBroadcast``."""

    channel: Channel
    caller: str | None = None
    called: str | None = None


class CallClaimed(Event, frozen=True, kw_only=True, tag=True):
    """ARI's ``CallClaimed``."""

    channel: Channel
    winner_app: str


AnyEvent = (
    DeviceStateChanged
    | PlaybackStarted
    | PlaybackContinuing
    | PlaybackFinished
    | RecordingStarted
    | RecordingFinished
    | RecordingFailed
    | ApplicationMoveFailed
    | ApplicationRegistered
    | ApplicationUnregistered
    | ApplicationReplaced
    | BridgeCreated
    | BridgeDestroyed
    | BridgeMerged
    | BridgeBlindTransfer
    | BridgeAttendedTransfer
    | BridgeVideoSourceChanged
    | ChannelCreated
    | ChannelDestroyed
    | ChannelEnteredBridge
    | ChannelLeftBridge
    | ChannelStateChange
    | ChannelDtmfReceived
    | ChannelDialplan
    | ChannelCallerId
    | ChannelUserevent
    | ChannelHangupRequest
    | ChannelVarset
    | ChannelToneDetected
    | ChannelTalkingStarted
    | ChannelTalkingFinished
    | ChannelHold
    | ChannelUnhold
    | ContactStatusChange
    | EndpointStateChange
    | Dial
    | StasisEnd
    | StasisStart
    | TextMessageReceived
    | ChannelConnectedLine
    | PeerStatusChange
    | ChannelTransfer
    | CallBroadcast
    | CallClaimed
)
