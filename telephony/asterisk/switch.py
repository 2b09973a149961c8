"""The switch port on Asterisk: ARI's words in, ours out.

Quick requests go over the events WebSocket in order; listings and configuration over HTTP, since requests
on one socket run one after another (docs/adr/0002).  A request that the connection's loss cut short is sent
again when the connection is back: every request here may safely be repeated, as all ids are ours.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import structlog

from telephony.ari import models
from telephony.ari.client import AriClient
from telephony.ari.errors import AriConflict, AriError, AriNotFound
from telephony.ari.port import Connected, Disconnected
from telephony.asterisk import alone as when_alone
from telephony.asterisk import amd, playbacks, recordings, transfers
from telephony.asterisk import phones as phone_accounts
from telephony.asterisk.asking import Asking
from telephony.asterisk.music import WAIT, WaitingRooms
from telephony.asterisk.phone_watch import PhoneRounds, PhonesUnseen, PhoneWatch, change
from telephony.asterisk.pulse import LATE_S, Pulse
from telephony.asterisk.watching import WATCH, Watching
from telephony.asterisk.words import APP, MEDIA, arrival, cause_of, listed_arrival, reason_for, unix_seconds
from telephony.switch import (
    Cause,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegGone,
    LegHeld,
    LegResumed,
    LegRinging,
    LegView,
    PhoneReachable,
    PlayEnded,
    Survey,
    SwitchBack,
    SwitchError,
    SwitchLost,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from telephony.ami import AmiEvents
    from telephony.ari.port import Ari, Message
    from telephony.asterisk.phone_watch import PhoneChanges
    from telephony.switch import AnswererHeard, PhoneAccount, SwitchEvent

_log = structlog.get_logger(__name__)

T = TypeVar("T")

CALL_EVENTS = {
    "allowed": [
        {"type": kind}
        for kind in (
            "ChannelDestroyed", "ChannelDtmfReceived", "ChannelHangupRequest", "ChannelHold",
            "ChannelLeftBridge", "ChannelTransfer", "ChannelUnhold", "ChannelUserevent", "Dial",
            "PlaybackFinished",
            "RecordingFailed", "RecordingFinished",
            "StasisEnd", "StasisStart",
        )
    ]
}  # fmt: skip
"""What :meth:`AsteriskSwitch._translate` and its listeners have a use for: many events are of other kinds."""
EVENTS_BOUND = 100_000
"""Beyond it reading stops, and the ARI client's own bound ends the connection: a survey repairs."""
ENTER_S = 2.0
"""How long a new channel may take to enter our application."""
NO_CHANNEL = 500
"""How Asterisk refuses to make a channel to a phone that has no contact."""
_DIAL_LIMIT_S = 300
"""Last resort only: how long a phone may ring is the queue's business."""
_PROVISIONAL = frozenset({"RINGING", "PROGRESS", "PROCEEDING"})
_LIST_AGAIN_S = 0.5
_TALK = "talk-"


class AsteriskSwitch:
    """:class:`telephony.switch.Switch` on an ARI connection; ``phones`` tells which of them come and go."""

    def __init__(self, ari: Ari, phones: PhoneChanges) -> None:
        self._ari = ari
        self._phones = phones
        self._since = 0.0
        """Unix seconds at which Asterisk started."""
        self._phones_heard = 0
        self._phone_states: dict[str, tuple[int, bool]] = {}
        """Phone → number of its last change that was heard, and whether it was reachable then."""
        self._asking = Asking(ari)
        self._rooms = WaitingRooms(self._asking, self._is_leg)
        self._watching = Watching(self._asking)
        self._transfers = transfers.TransferKeys()
        self._detection = amd.MachineDetection(self._asking)
        self._entering: dict[str, asyncio.Future[None]] = {}
        self._talking: dict[str, tuple[str, ...]] = {}
        """Conversation → legs that were connected in it."""
        self._own: set[str] = set()
        self._arrived: dict[str, int | None] = {}
        """Legs that came in → Q.850 cause of the hangup that was asked for, if any."""
        self._events: asyncio.Queue[SwitchEvent | BaseException | None] = asyncio.Queue(EVENTS_BOUND)
        self._readers: list[asyncio.Task[None]] = []
        self._pulse: Pulse | None = None
        self.listeners: list[Callable[[Message], None]] = []
        """Hear ARI's messages, each before what it means for the calls is told."""
        self.joined: list[Callable[[str, Sequence[str]], None]] = []
        """Are told of each bridge into which legs were put."""
        self.found: list[Callable[[str, Sequence[str]], None]] = []
        """Are told of each conversation's bridge and the legs in it, when what exists is listed."""

    @classmethod
    def on(cls, url: str, user: str, password: str, ami: AmiEvents | None) -> AsteriskSwitch:
        """Make the switch on an Asterisk's ARI at ``url`` (``http://HOST:PORT``).

        ``ami`` is not started yet; without one, phones are listed every few seconds.
        """
        phones = PhoneRounds() if ami is None else PhoneWatch(ami)
        switch = cls(AriClient(url, user, password, APP, event_filter=CALL_EVENTS), phones)
        switch.watch_pulse()
        return switch

    async def start(self) -> None:
        """Begin to connect."""
        await self._ari.start()
        loop = asyncio.get_running_loop()
        self._readers = [
            loop.create_task(self._read(), name="switch events"),
            loop.create_task(self._read_phones(), name="switch phones"),
            *([loop.create_task(self._pulse.run(), name="switch pulse")] if self._pulse is not None else []),
        ]

    def watch_pulse(self) -> None:
        """Have a connection that is late told as one that is lost, as of :meth:`start`."""
        late = SwitchLost(reason=f"Asterisk's answers take more than {LATE_S:g} s")
        self._pulse = Pulse(
            self._ari,
            APP,
            self._asking.up,
            late=lambda: self._events.put(late),
            in_time=lambda: self._events.put(SwitchBack(restarted=False)),
        )
        self.listeners.append(self._pulse.hear)

    async def close(self) -> None:
        """Disconnect for good; calls go on in Asterisk."""
        for task in self._readers:
            task.cancel()
        self._rooms.close()
        await self._ari.close()

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    async def events(self) -> AsyncIterator[SwitchEvent]:
        """Yield every event in order; only one reader."""
        while True:
            event = await self._events.get()
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event

    async def _read(self) -> None:
        """Read ahead of the reader of :meth:`events`, who may be waiting for a request meanwhile."""
        last: BaseException | None = None
        try:
            async for message in self._ari.messages():
                self._tell_listeners(message)
                for event in self._translate(message):
                    await self._events.put(event)
        except Exception as error:  # noqa: BLE001 - whoever reads our events must not wait for ever
            last = error
        await self._events.put(last)

    def _tell_listeners(self, message: Message) -> None:
        for listener in self.listeners:
            try:
                listener(message)
            except Exception:  # noqa: BLE001 - a bystander's mistake must not end the calls
                _log.exception("listener_failed", message_type=type(message).__name__)

    async def _read_phones(self) -> None:
        async for heard in self._phones.changes():
            if isinstance(heard, PhonesUnseen):
                for phone, reachable in (await self._phones_at_last()).items():
                    await self._events.put(change(phone, reachable=reachable))
            else:
                self._phones_heard += 1
                self._phone_states[heard.phone] = self._phones_heard, isinstance(heard, PhoneReachable)
                await self._events.put(heard)

    async def _phones_at_last(self) -> dict[str, bool]:
        while True:
            try:
                return await self.phones()
            except SwitchError:
                await asyncio.sleep(_LIST_AGAIN_S)

    def _translate(self, message: Message) -> list[SwitchEvent]:  # noqa: PLR0911, PLR0912 - a table of events
        match message:
            case models.ChannelDtmfReceived(channel=channel, digit=digit):
                return [KeyPressed(leg=channel.id, key=digit)]
            case models.ChannelHold(channel=channel):
                return [LegHeld(leg=channel.id)]
            case models.ChannelUnhold(channel=channel):
                return [LegResumed(leg=channel.id)]
            case models.ChannelTransfer():
                return list(self._transfers.take(message, asyncio.get_running_loop().time()))
            case models.PlaybackFinished(playback=playback):
                kind, _, leg = playback.target_uri.partition(":")
                if kind != "channel":
                    return []
                failed, sound = playback.state == "failed", playback.media_uri.removeprefix("sound:")
                return [PlayEnded(leg=leg, playback=playback.id, failed=failed, sound=sound)]
            case models.RecordingFinished(recording=made) | models.RecordingFailed(recording=made):
                return recordings.ended(made)
            case models.Dial(peer=peer, dialstatus=status) if peer.id in self._own:
                if status == "ANSWER":
                    return [LegAnswered(leg=peer.id)]
                return [LegRinging(leg=peer.id)] if status in _PROVISIONAL else []
            case models.StasisStart(channel=channel) if channel.id.startswith(WATCH):
                self._watching.entered(channel.id)
                return []
            case models.StasisStart(channel=channel, args=[amd.JUDGED]):
                self._detection.changed(channel.id)
                return []
            case models.StasisStart(channel=channel, args=args):
                entering = self._entering.get(channel.id)
                if entering is not None and not entering.done():
                    entering.set_result(None)
                arrived = arrival(channel, args)
                if arrived is None:
                    return []
                self._arrived[channel.id] = None
                return [arrived]
            case models.ChannelHangupRequest(channel=channel, cause=cause):
                if channel.id in self._arrived:
                    self._arrived[channel.id] = cause
                return []
            case models.ChannelLeftBridge(bridge=bridge) if bridge.id.startswith(WAIT):
                self._rooms.left(bridge)
                return []
            case models.StasisEnd(channel=channel) if channel.id in self._arrived:
                # nobody is told of its ChannelDestroyed any more
                return [LegEnded(leg=channel.id, cause=cause_of(self._arrived.pop(channel.id)))]
            case models.ChannelDestroyed(channel=channel, cause=cause) if channel.id in self._own:
                self._own.discard(channel.id)
                self._detection.changed(channel.id)
                entering = self._entering.get(channel.id)
                if entering is not None and not entering.done():
                    entering.set_exception(LegGone(f"{channel.id} ended before it could be dialled"))
                return [LegEnded(leg=channel.id, cause=cause_of(cause))]
            case Connected(asterisk_started=restarted, startup_time=started):
                self._since = unix_seconds(started)
                self._rooms.forget()
                if restarted:
                    self._own.clear()
                    self._talking.clear()
                    self._arrived.clear()
                self._asking.up.set()
                return [SwitchBack(restarted=restarted)]
            case Disconnected():
                self._asking.up.clear()
                return [SwitchLost(reason="there is no connection to Asterisk; it is tried again and again")]
            case _:
                return []

    def _is_leg(self, channel: str) -> bool:
        return channel in self._arrived or channel in self._own

    # ── what exists ──────────────────────────────────────────────────────────────────────────────

    async def survey(self) -> Survey:
        """List what exists now."""
        before = self._own | self._arrived.keys()
        channels, bridges, phones = await asyncio.gather(
            self._asking.slow(lambda ari: ari.channels_list()),
            self._asking.slow(lambda ari: ari.bridges_list()),
            self.phones(),
        )
        views = {
            channel.id: LegView(
                leg=channel.id,
                up=channel.state == "Up",
                arrived=listed_arrival(channel),
                rings=channel.state == "Ringing",
            )
            for channel in channels
            if not channel.id.startswith((MEDIA, WATCH))
        }
        for leg, view in views.items():
            if view.arrived is None:
                self._own.add(leg)
            else:
                self._arrived.setdefault(leg, None)
        for leg in before - views.keys():  # an end that nobody told us of is the survey's to tell
            self._own.discard(leg)
            self._arrived.pop(leg, None)
        self._detection.look_again()
        waiting: set[str] = set()
        talks: dict[str, frozenset[str]] = {}
        for bridge in bridges:
            if bridge.id.startswith(_TALK):
                talks[bridge.id.removeprefix(_TALK)] = frozenset(bridge.channels)
                self._talking[bridge.id.removeprefix(_TALK)] = tuple(bridge.channels)
                for tell in self.found:
                    tell(bridge.id, bridge.channels)
            elif bridge.id.startswith(WAIT):
                waiting |= set(bridge.channels)
        return Survey(legs=views, talks=talks, waiting=frozenset(waiting), phones=phones, since=self._since)

    async def phones(self) -> dict[str, bool]:
        """Tell of every phone whether it is reachable."""
        before = self._phones_heard
        endpoints = await self._asking.slow(lambda ari: ari.endpoints_list_by_tech("PJSIP"))
        found = {endpoint.resource: endpoint.state == "online" for endpoint in endpoints}
        for phone in found:
            number, reachable = self._phone_states.get(phone, (0, False))
            if number > before:  # heard while the list was on its way, so the list may be older
                found[phone] = reachable
        return found

    async def playback_alive(self, playback: str) -> bool:
        """Tell whether a playback is still running."""
        try:
            await self._asking.slow(lambda ari: ari.playbacks_get(playback))
        except LegGone:
            return False
        return True

    # ── a leg ────────────────────────────────────────────────────────────────────────────────────

    async def answer(self, leg: str) -> None:
        """Answer a leg that arrived."""
        await self._asking.quick(lambda ari: ari.channels_answer(leg))

    async def ring(self, leg: str) -> None:
        """Let a leg hear ringing."""
        await self._asking.quick(lambda ari: ari.channels_ring(leg))

    async def stop_ringing(self, leg: str) -> None:
        """End the ringing that a leg hears; one that has ended is fine."""
        with suppress(LegGone):
            await self._asking.quick(lambda ari: ari.channels_ring_stop(leg))

    async def play(self, leg: str, playback: str, sounds: Sequence[str]) -> None:
        """Start playing sounds one after another."""
        media = [f"sound:{sound}" for sound in sounds]
        await self._asking.quick(lambda ari: ari.channels_play_with_id(leg, playback, media=media))

    async def stop(self, playback: str) -> None:
        """Stop a playback; one that is over already is fine."""
        await playbacks.stop(self._asking, playback)

    async def transfer_done(self, leg: str, *, accepted: bool) -> None:
        """Answer a phone's transfer; a phone that has hung up meanwhile is fine."""
        with suppress(LegGone):
            await self._asking.quick(
                lambda ari: ari.channels_transfer_progress(leg, states=transfers.answer(accepted=accepted))
            )

    async def not_alone(self, leg: str) -> None:
        """Take a leg's message away; one that has ended is fine."""
        with suppress(LegGone):
            await self._asking.slow(
                lambda ari: ari.channels_set_channel_var(leg, variable=when_alone.MESSAGE, value="")
            )

    async def detect_machine(self, leg: str) -> AnswererHeard:
        """Have app_amd judge who answered."""
        return await self._detection.judge(leg)

    async def watch(self, ear: str, leg: str) -> None:
        """Let the line ``ear`` hear what a leg says and hears."""
        await self._watching.begin(ear, leg, ear)

    async def let_speak(self, ear: str, *, heard: bool) -> None:
        """Unmute a line, or mute it."""
        await (self._watching.unmute(ear) if heard else self._watching.mute(ear))

    async def unwatch(self, ear: str) -> None:
        """Hear no more."""
        await self._watching.end(ear)

    async def hangup(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        """End a leg; one that has ended is fine."""
        with suppress(LegGone):
            await self._asking.quick(lambda ari: ari.channels_hangup(leg, reason=reason_for(cause)))

    async def start_leg(
        self, leg: str, phone: str, *, caller_number: str, caller_name: str, headers: Mapping[str, str]
    ) -> None:
        """Call a phone."""
        variables = {f"PJSIP_HEADER(add,{name})": value for name, value in headers.items()}
        variables |= transfers.TOLD_TO_US
        await self._start(leg, f"PJSIP/{phone}", _identity(caller_number, caller_name) | variables)

    async def start_outside_leg(
        self,
        leg: str,
        number: str,
        trunk: str,
        *,
        caller_number: str,
        caller_name: str,
        alone: tuple[Sequence[str], Sequence[str]] = ((), ()),
    ) -> None:
        """Call an outside number over a trunk."""
        variables = (
            _identity(caller_number, caller_name) | transfers.TOLD_TO_US | when_alone.variables(*alone)
        )
        await self._start(leg, f"PJSIP/{number}@{trunk}", variables)

    async def _start(self, leg: str, endpoint: str, variables: Mapping[str, str]) -> None:
        entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entering[leg] = entered
        self._own.add(leg)
        try:
            try:
                await self._asking.raw(
                    lambda ari: ari.channels_create(
                        endpoint=endpoint, app=APP, channel_id=leg, variables=variables
                    )
                )
            except AriConflict:
                # sent a second time after a lost connection: it is there, and nobody was told of its entering
                entered.cancel()
            else:
                async with asyncio.timeout(ENTER_S):
                    await entered
        except TimeoutError:
            await self.hangup(leg)
            raise SwitchError(f"{leg} to {endpoint} did not enter the application in {ENTER_S} s") from None
        except AriError as error:
            self._own.discard(leg)
            if error.status != NO_CHANNEL:
                raise SwitchError(f"{endpoint} can't be called: {error}") from error
            await self._events.put(LegEnded(leg=leg, cause=Cause.UNREACHABLE))
            return
        finally:
            del self._entering[leg]
        try:
            await self._asking.raw(lambda ari: ari.channels_dial(leg, timeout=_DIAL_LIMIT_S))
        except AriConflict:
            pass  # likewise: it rings already
        except AriNotFound as error:
            raise LegGone(str(error)) from error
        except AriError as error:
            raise SwitchError(str(error)) from error

    # ── recordings ───────────────────────────────────────────────────────────────────────────────

    async def record(
        self,
        leg: str,
        recording: str,
        *,
        most_s: float,
        silence_s: float | None = None,
        beep: bool = True,
        end_key: str = "",
    ) -> None:
        """Start recording what a leg says."""
        wanted = recordings.wanted(most_s, silence_s, end_key)
        await self._asking.quick(lambda ari: ari.channels_record(leg, name=recording, beep=beep, **wanted))

    async def stop_recording(self, recording: str) -> None:
        """End a recording; one that is over is fine."""
        with suppress(LegGone):
            await self._asking.quick(lambda ari: ari.recordings_stop(recording))

    async def recording_alive(self, recording: str) -> bool:
        """Tell whether a recording is still being made."""
        try:
            await self._asking.slow(lambda ari: ari.recordings_get_live(recording))
        except LegGone:
            return False
        return True

    async def take_recording(self, recording: str) -> bytes | None:
        """Fetch a recording that is over, and delete it."""
        try:
            sound = await self._asking.slow(lambda ari: ari.recordings_get_stored_file(recording))
        except LegGone:
            return None
        with suppress(LegGone):
            await self._asking.slow(lambda ari: ari.recordings_delete_stored(recording))
        return sound

    # ── bridges ──────────────────────────────────────────────────────────────────────────────────

    async def wait_with_music(self, leg: str, music: str) -> None:
        """Put a leg among those who wait and hear the music class ``music``."""
        await self._rooms.enter(leg, music)

    async def leave_music(self, leg: str, music: str) -> None:
        """Take a leg out of the bridge of those who wait."""
        await self._rooms.leave(leg, music)

    async def connect(self, talk: str, legs: Sequence[str], *, absorb_keys: bool = False) -> None:
        """Let the legs hear each other; keys are reported (a native bridge would swallow them)."""
        bridge = _TALK + talk
        self._talking[talk] = (*self._talking.get(talk, ()), *legs)
        await self._asking.make_bridge(bridge, "mixing,dtmf_events")
        await self._asking.quick(
            lambda ari: ari.bridges_add_channel(bridge, channel=list(legs), absorb_dtmf=absorb_keys or None)
        )
        for tell in self.joined:
            tell(bridge, legs)

    async def disconnect(self, talk: str) -> None:
        """End a conversation without ending its legs."""
        bridge = _TALK + talk
        for leg in filter(self._is_leg, self._talking.pop(talk, ())):
            # from a bridge that is destroyed they part in their own time: what is played meanwhile is lost
            with suppress(LegGone):
                await self._take_out(bridge, leg)
        with suppress(LegGone):
            await self._asking.quick(lambda ari: ari.bridges_destroy(bridge))

    async def _take_out(self, bridge: str, leg: str) -> None:
        await self._asking.quick(lambda ari: ari.bridges_remove_channel(bridge, channel=[leg]))

    async def push_phones(self, phones: Sequence[PhoneAccount]) -> int:
        """Make exactly these phones known; return how many objects were written or removed."""
        known = await self.phones()
        return await self._asking.slow(lambda ari: phone_accounts.push(ari, phones, list(known)))


def _identity(number: str, name: str) -> dict[str, str]:
    """Give the variables that say who calls."""
    return {"CONNECTEDLINE(name)": name, "CONNECTEDLINE(num)": number}
