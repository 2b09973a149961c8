"""The fake Asterisk itself: its channels, bridges and phones, and what the world outside does to them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from telephony.ari import models
from telephony.ari.fake.ami import FakeAmi
from telephony.ari.fake.commands import Commands
from telephony.ari.fake.connection import FakeAri
from telephony.ari.fake.parts import FakeBridge, FakeChannel
from telephony.ari.fake.phones import Behaviour, FakePhone, Greeting
from telephony.ari.fake.recordings import Recordings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CAUSES = {16: "Normal Clearing", 17: "User busy", 19: "User alerting, no answer", 21: "Call Rejected"}
RETRY_S, PATIENCE_S, PLEASE_CALL_LATER = 1.0, 10.0, 42
"""The dialplan's: where no controller answers, try each second for ten, then end with this cause."""
JUDGING = ("who-answered", "judge")
"""Where the dialplan judges who answered, and sends the channel back."""
BACK_EACH_S, BACK_TRIES = 0.2, 50
START_UNIX = 1_800_000_000


class FakeAsterisk:
    """An Asterisk with phones and callers; connect to it with :meth:`ari`.

    ``latency`` is how long a request takes, in seconds of loop time; half of it passes before Asterisk
    acts, so that events may come before the answer as they do in reality.
    """

    def __init__(self, *, latency: float = 0.0005, sound_seconds: float = 2.0) -> None:
        self.latency = latency
        self.sound_seconds = sound_seconds
        self.sounds: dict[str, float | None] = {}
        """Media URI → seconds; None for a sound that does not exist.  Others last ``sound_seconds``."""
        self.channels: dict[str, FakeChannel] = {}
        self.bridges: dict[str, FakeBridge] = {}
        self.commands = Commands(self.tell, lambda media: self.sounds.get(media, self.sound_seconds))
        self.recordings = Recordings(self.tell)
        self.phones: dict[str, FakePhone] = {}
        self.objects: dict[tuple[str, str, str], dict[str, str]] = {}
        """Pushed configuration: (class, type, id) → fields."""
        self.connections: list[FakeAri] = []
        self.listeners: list[FakeAmi] = []
        self.starts = 1
        """How often this Asterisk was started."""
        self._made = 0

    def ari(
        self,
        app: str = "ringhall",
        *,
        event_filter: Mapping[str, Any] | None = None,
    ) -> FakeAri:
        """Give a connection for an application, as :class:`~telephony.ari.client.AriClient` would be one."""
        connection = FakeAri(self, app, event_filter=event_filter)
        self.connections.append(connection)
        return connection

    def ami(self) -> FakeAmi:
        """Give a connection for events that are not a channel's, as :class:`~telephony.ami.Ami` is one."""
        connection = FakeAmi(self.latency)
        self.listeners.append(connection)
        return connection

    # ── what the world outside does ──────────────────────────────────────────────────────────────

    def phone(self, name: str, behaviour: Behaviour | None = None, *, online: bool = True) -> FakePhone:
        """Add a phone, or change one: its behaviour, and whether it is registered."""
        phone = self.phones.setdefault(name, FakePhone(name, behaviour or Behaviour.answers(), online=False))
        if behaviour is not None:
            phone.behaviour = behaviour
        if phone.online != online:
            phone.online = online
            self.tell_endpoint(phone)
        return phone

    def call_in(
        self,
        dialed: str,
        *,
        number: str = "5550100",
        endpoint: str = "loopback",
        kind: str = "trunk",
        app: str = "ringhall",
        channel: str | None = None,
    ) -> str:
        """Let a call arrive, by a trunk or from a phone (``kind="phone"``); returns its channel's id."""
        self._made += 1
        made = FakeChannel(
            id=channel or f"{START_UNIX}.{self._made}",
            name=f"PJSIP/{endpoint}-{self._made:08x}", state="Ring", created=self.timestamp(),
            number=number, context=f"from-{kind}", exten=dialed, app=app, args=[kind, dialed],
        )  # fmt: skip
        self.channels[made.id] = made
        self._enter(made, tries_left=int(PATIENCE_S / RETRY_S))
        return made.id

    def press(self, channel: str, digit: str) -> None:
        """Let the party press a key; keys of a mixing bridge without ``dtmf_events`` are not reported."""
        bridge = self.bridge_of(channel)
        self.recordings.pressed(self.channels[channel], digit)
        if bridge is None or bridge.holding or "dtmf_events" in bridge.kinds:
            view = self.channels[channel].view()
            self.tell(
                self.channels[channel], models.ChannelDtmfReceived(digit=digit, duration_ms=100, channel=view)
            )

    def ring(self, channel: str) -> None:
        """Let a phone that we call ring."""
        leg = self.channels[channel]
        if leg.state == "Down":
            leg.state = "Ringing"
            self.tell(leg, models.Dial(peer=leg.view(), dialstatus="RINGING", dialstring="", forward=""))
            self.tell(leg, models.ChannelStateChange(channel=leg.view()))

    def answer(self, channel: str) -> None:
        """Let a phone that we call answer."""
        leg = self.channels[channel]
        if leg.state != "Up":
            self._forget_timers(leg)
            leg.state, leg.ringing = "Up", False
            self.tell(leg, models.ChannelStateChange(channel=leg.view()))
            self.tell(leg, models.Dial(peer=leg.view(), dialstatus="ANSWER", dialstring="", forward=""))

    def refuse(self, channel: str, cause: int = 21, sip_status: int = 603) -> None:
        """Let a phone that we call refuse."""
        self.hang_up(channel, cause, tech_cause=sip_status)

    def hang_up(
        self, channel: str, cause: int = 16, *, ours: bool = False, tech_cause: int | None = None
    ) -> None:
        """End a channel, from the far end or (``ours``) by a request; one that is gone stays gone."""
        leg = self.channels.get(channel)
        if leg is None or leg.leaving:
            return
        leg.leaving = True
        self._forget_timers(leg)
        asked = models.ChannelHangupRequest(
            cause=32 if ours else cause,
            soft=True if ours else None,
            tech_cause=tech_cause,
            channel=leg.view(),
        )
        self.tell(leg, asked)
        self.commands.drain(leg)
        self.recordings.channel_gone(leg)
        self.part(leg)
        if leg.in_stasis:
            self.tell(leg, models.StasisEnd(channel=leg.view()))
        gone = models.ChannelDestroyed(
            cause=cause, cause_txt=CAUSES.get(cause, "Unknown"), tech_cause=tech_cause, channel=leg.view()
        )
        if leg.subscribed:
            self.tell(leg, gone)
        del self.channels[channel]

    def drop_connection(self, seconds: float = 0.1, *, reason: str = "dropped by the test") -> None:
        """Cut every connection; each is back after ``seconds`` of loop time.  Events meanwhile are lost."""
        for connection in self.connections:
            connection.drop(reason, seconds)
        for listener in self.listeners:
            listener.drop(seconds)

    def restart(self, seconds: float = 1.0) -> None:
        """Let Asterisk die and be started again: calls are gone without a word, phones must come back."""
        for leg in self.channels.values():
            self._forget_timers(leg)
        self.commands.forget()
        self.channels.clear()
        self.bridges.clear()
        for phone in self.phones.values():
            phone.online = False
        self.starts += 1
        self.drop_connection(seconds, reason="Asterisk died")

    def hears(self, channel: str) -> str:
        """Say what a party hears: ``sound:…``, ``music:CLASS``, ``talk:IDS``, ``ringing`` or ``silence``."""
        leg = self.channels[channel]
        if leg.playing is not None:
            return leg.playing.media[leg.playing.at]
        bridge = self.bridge_of(channel)
        if bridge is not None and bridge.holding:
            return f"music:{bridge.music}" if bridge.music else "silence"
        if bridge is not None:
            others = sorted(c for c in bridge.channels if c != channel)
            return f"talk:{','.join(others)}" if others else "silence"
        if leg.music is not None:
            return f"music:{leg.music}"
        return "ringing" if leg.ringing else "silence"

    # ── what requests do (see rest.py) ───────────────────────────────────────────────────────────

    def create_leg(self, channel: str, phone: FakePhone, app: str, args: list[str]) -> FakeChannel:
        """Make an outgoing channel; it enters the application a moment later."""
        self._made += 1
        leg = FakeChannel(
            id=channel, name=f"PJSIP/{phone.name}-{self._made:08x}", state="Down",
            created=self.timestamp(), app=app, args=args, subscribed=True, phone=phone.name,
        )  # fmt: skip
        self.channels[channel] = leg
        self._later(leg, 2 * self.latency, lambda: self._enter(leg, tries_left=0))
        return leg

    def dial(self, leg: FakeChannel, limit: float | None) -> None:
        """Place the call to the leg's phone."""
        phone = self.phones[leg.phone]
        phone.called.append(leg.id)
        self.tell(leg, models.Dial(peer=leg.view(), dialstatus="", dialstring=phone.name, forward=""))
        how = phone.behaviour
        steps: list[tuple[float | None, Callable[[], None]]] = [
            (how.rings_after, lambda: self.ring(leg.id)),
            (how.answers_after, lambda: self.answer(leg.id)),
            (how.refuses_after, lambda: self.refuse(leg.id, how.cause, how.sip_status)),
            (limit, lambda: self.hang_up(leg.id, 19, ours=True)),
        ]
        for after, step in steps:
            if after is not None:
                self._later(leg, after, step)

    def leave(self, leg: FakeChannel, context: str, exten: str) -> None:
        """Let a channel go on in the dialplan; it comes back from where it is judged alone."""
        self.part(leg)
        self.tell(leg, models.StasisEnd(channel=leg.view()))
        leg.in_stasis, leg.context, leg.exten, leg.runs = False, context, exten, "AMD"
        if (context, exten) != JUDGING:
            self.hang_up(leg.id)
            return
        greeting = self.phones[leg.phone].greeting
        self._later(leg, greeting.after, lambda: self._judged(leg, greeting))

    def join(self, bridge: FakeBridge, leg: FakeChannel) -> None:
        """Put a channel into a bridge, out of any other; nothing if either has gone meanwhile."""
        if leg.id not in self.channels or bridge.id not in self.bridges:
            return
        self.part(leg)
        bridge.channels.append(leg.id)
        self.tell(leg, models.ChannelEnteredBridge(bridge=bridge.view(), channel=leg.view()))

    def part(self, leg: FakeChannel) -> None:
        """Take a channel out of its bridge, if it is in one."""
        bridge = self.bridge_of(leg.id)
        if bridge is not None:
            bridge.channels.remove(leg.id)
            if bridge.holding and not bridge.channels:
                bridge.music = None  # Asterisk's music ends with the last who waits
            self.tell(leg, models.ChannelLeftBridge(bridge=bridge.view(), channel=leg.view()))

    def bridge_of(self, channel: str) -> FakeBridge | None:
        """Find the bridge that a channel is in."""
        return next((b for b in self.bridges.values() if channel in b.channels), None)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _enter(self, leg: FakeChannel, tries_left: int) -> None:
        """Enter the application, or do what the dialplan does while nobody serves it."""
        if any(c.app == leg.app and c.connected for c in self.connections):
            leg.in_stasis = True
            self.tell(leg, models.StasisStart(args=leg.args, channel=leg.view()))
        elif tries_left:
            leg.ringing = True
            self._later(leg, RETRY_S, lambda: self._enter(leg, tries_left - 1))
        elif not leg.subscribed:
            self.hang_up(leg.id, PLEASE_CALL_LATER)

    def _judged(self, leg: FakeChannel, greeting: Greeting) -> None:
        leg.variables |= {"AMDSTATUS": greeting.status, "AMDCAUSE": greeting.cause}
        leg.args = ["judged"]
        self._come_back(leg, BACK_TRIES)

    def _come_back(self, leg: FakeChannel, tries_left: int) -> None:
        self._enter(leg, tries_left=0)
        if not leg.in_stasis and tries_left:
            self._later(leg, BACK_EACH_S, lambda: self._come_back(leg, tries_left - 1))
        elif not leg.in_stasis:
            self.hang_up(leg.id)

    def tell(self, leg: FakeChannel, event: models.AnyEvent) -> None:
        """Report an event of a channel to its application; unheard while nobody is connected."""
        for connection in self.connections:
            if connection.app == leg.app and (leg.in_stasis or leg.subscribed):
                connection.take(event, self.timestamp())

    def tell_application(self, app: str, event: models.AnyEvent) -> None:
        """Report an event to an application itself."""
        for connection in self.connections:
            if connection.app == app:
                connection.take(event, self.timestamp())

    def tell_endpoint(self, phone: FakePhone) -> None:
        """Report a phone's state to whoever listens."""
        status = "Reachable" if phone.online else "Unreachable"
        for listener in self.listeners:
            listener.say("PeerStatus", {"Peer": f"PJSIP/{phone.name}", "PeerStatus": status})

    def endpoint(self, phone: FakePhone) -> models.Endpoint:
        """As ARI shows it."""
        ids = [leg.id for leg in self.channels.values() if leg.phone == phone.name]
        state = "online" if phone.online else "offline"
        return models.Endpoint(technology="PJSIP", resource=phone.name, state=state, channel_ids=ids)

    def timestamp(self) -> str:
        """Loop time as Asterisk writes it."""
        now = datetime.fromtimestamp(START_UNIX + asyncio.get_running_loop().time(), UTC)
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}+0000"

    def _later(self, leg: FakeChannel, seconds: float, action: Callable[[], None]) -> None:
        leg.timers.append(asyncio.get_running_loop().call_later(seconds, action))

    def _forget_timers(self, leg: FakeChannel) -> None:
        for timer in leg.timers:
            timer.cancel()
        leg.timers.clear()
