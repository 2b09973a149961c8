"""Channels, bridges and playbacks as the fake keeps them, and as ARI shows them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telephony.ari.models import Bridge, CallerID, Channel, DialplanCEP, Playback

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


@dataclass
class FakePlayback:
    """Some media played one after another to a channel."""

    id: str
    leg: FakeChannel
    media: list[str]
    at: int = 0
    state: str = "queued"
    stopped: bool = False
    timer: asyncio.TimerHandle | None = None

    def view(self) -> Playback:
        """As ARI shows it."""
        following = self.media[self.at + 1] if self.at + 1 < len(self.media) else None
        return Playback(
            id=self.id, media_uri=self.media[self.at], next_media_uri=following,
            target_uri=f"channel:{self.leg.id}", language="en", state=self.state,
        )  # fmt: skip


@dataclass
class FakeBridge:
    """A bridge and who is in it."""

    id: str
    kinds: list[str]
    name: str
    created: str
    channels: list[str] = field(default_factory=list)
    music: str | None = None

    @property
    def holding(self) -> bool:
        """Whether its channels hear music rather than each other."""
        return "holding" in self.kinds

    def view(self) -> Bridge:
        """As ARI shows it; the channel that came last stands first."""
        return Bridge(
            id=self.id, technology="holding_bridge" if self.holding else "simple_bridge",
            bridge_type="holding" if self.holding else "mixing", bridge_class="stasis", creator="Stasis",
            name=self.name, channels=self.channels[::-1], creationtime=self.created,
        )  # fmt: skip


@dataclass
class FakeChannel:
    """A channel, with the queue of what it was told to do.

    Asterisk carries a channel's commands out one after another, and a playback is one of them: that is why
    moving a channel that plays blocks until the sound is over.
    """

    id: str
    name: str
    state: str
    created: str
    number: str = ""
    context: str = ""
    exten: str = ""
    app: str = ""
    """The application it belongs to, from its creation on."""
    args: list[str] = field(default_factory=list)
    subscribed: bool = False
    """Whether the application hears of its destruction: only of channels that it made itself."""
    in_stasis: bool = False
    leaving: bool = False
    runs: str = ""
    """The application of the dialplan that it runs when it is not in ours."""
    ringing: bool = False
    """Whether we let the caller hear ringing."""
    music: str | None = None
    phone: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    queue: deque[FakePlayback | Callable[[], None]] = field(default_factory=deque)
    timers: list[asyncio.TimerHandle] = field(default_factory=list)

    @property
    def playing(self) -> FakePlayback | None:
        """The playback that is under way."""
        head = self.queue[0] if self.queue else None
        return head if isinstance(head, FakePlayback) and head.state != "queued" else None

    def view(self) -> Channel:
        """As ARI shows it."""
        data = ",".join([self.app, *self.args])
        return Channel(
            id=self.id, protocol_id="", name=self.name, state=self.state,
            caller=CallerID(name="", number=self.number), connected=CallerID(name="", number=""),
            accountcode="", creationtime=self.created, language="en", channelvars=dict(self.variables),
            dialplan=DialplanCEP(
                context=self.context, exten=self.exten, priority=1,
                app_name="Stasis" if self.in_stasis else self.runs, app_data=data if self.in_stasis else "",
            ),
        )  # fmt: skip
