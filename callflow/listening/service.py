"""The service ``listening``: attaches the site's listeners to talks, and keeps what they report.

Frames wait in the taps and are handed over ten times a second: with 200 streams that costs a tenth of waking
somebody for each.  A listener that is slow loses audio of its own, and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, ClassVar

import structlog

from callflow import parts
from callflow.listening.ears import Ears
from callflow.listening.section import LISTENERS, LISTENING, ListenerDefinition
from callflow.listening.talks import OpenTalk, Talks
from callflow.live_calls import LiveCalls
from records import events as e
from telephony.media import Media
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from callflow.protocol import Runtime, Section
    from callflow.protocol.listeners import Listener, Side
    from records.events import Recorded
    from telephony.media import Rate, Tap

_log = structlog.get_logger(__name__)

EVERY_S = 0.1
HOLD_S = 10.0
"""So much sound waits for a listener while the machine is too busy; beyond it the oldest is lost."""
IN_ONE_GO_S, MOST_IN_ONE_GO_S = 0.005, 0.1
"""After so much work calls have their turn; after as much as they took, if that was more: on a machine that
is too busy listeners would else fall behind those who only collect what they are to hear."""
OPEN_AGAIN_S = (0.5, 2.0)
"""Pauses before a stream that Asterisk did not open is asked for again."""
DIED = "the controller died while it listened"


class ListeningService:
    """Who listens to which talk."""

    needs: ClassVar[tuple[str, ...]] = ("ivr",)
    """It loads the site: without the rules nobody could listen on after a restart."""
    section: ClassVar[Section] = LISTENING

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._live = runtime.require(LiveCalls)
        self._media: Media | None = next(iter(runtime.all_of(Media)), None)
        self._rules: dict[str, ListenerDefinition] = {}
        self._kinds: dict[str, type[Listener]] = {}
        self._talks = Talks()
        self._ears: dict[str, list[Ears]] = {}
        """Call → its talk's listeners."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._pumping: asyncio.Task[None] | None = None

    @classmethod
    def create(cls, runtime: Runtime) -> ListeningService:
        """Make the service."""
        return cls(runtime)

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the rules of a site that goes live; talks that are on keep their listeners."""
        self._rules = {name: one for name, one in parsed.items() if isinstance(one, ListenerDefinition)}
        for name in self._rules.keys() - self._kinds.keys():
            self._kinds.update(parts.load(LISTENERS, name))

    # ── what the log tells ───────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self._talks.snapshot()

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._talks.restore(state)

    def replay(self, recorded: Recorded) -> None:
        """Apply one event of the log's tail."""
        self._talks.apply(recorded)

    async def start(self) -> None:
        """Listen on where the controller before this one was killed."""
        self._runtime.subscribe(
            self._heard, e.CallConnected, e.CallTransferred, e.ConsultEnded,
            e.ListeningBegan, e.ListeningEnded, e.TalkEnded, e.CallEnded,
        )  # fmt: skip
        for talk in self._talks.all():
            kept = [] if talk.over else [name for name in talk.listeners if name in self._rules]
            self._report_lost(talk, [name for name in talk.listeners if name not in kept])
            self._attach(talk, kept, resumed=True)
        self._pumping = asyncio.get_running_loop().create_task(self._pump(), name="listening")

    async def stop(self) -> None:
        """Hear no more; the next controller goes on with the talks."""
        for task in (*self._tasks, *([self._pumping] if self._pumping else ())):
            task.cancel()

    def in_status(self) -> Mapping[str, object]:
        """Say how many talks are listened to."""
        return {"talks_listened_to": len(self._ears)}

    def _heard(self, recorded: Recorded) -> None:
        event = recorded.event
        before = self._talks.get(getattr(event, "call", ""))
        goes_on = before is not None and not before.over
        self._talks.apply(recorded)
        match event:
            case e.CallConnected() | e.CallTransferred():
                talk = self._talks.get(event.call)
                live = self._live.get(event.call)
                if talk is not None and live is not None and talk is not before:
                    wanted = [
                        name for name, rule in self._rules.items() if rule.hears(talk.queue, live.dialed)
                    ]
                    self._attach(talk, wanted, resumed=False)
            case e.TalkEnded():
                self._talk_over(event.call, event.talk_s)
            case e.CallEnded() if before is not None and goes_on:
                self._talk_over(event.call, recorded.at.timestamp() - before.since)
            case _:
                pass

    # ── a talk ───────────────────────────────────────────────────────────────────────────────────

    def _attach(self, talk: OpenTalk, names: list[str], *, resumed: bool) -> None:
        live = self._live.get(talk.call)
        if not names or live is None or self._media is None:
            return
        legs: dict[str, str] = {"caller": live.leg, "agent": talk.leg}
        for name in names:
            kind = self._kinds[name]
            since = self._runtime.clock.now() if resumed else None
            ears = Ears(name, kind.create(), talk, self._runtime.record, since)
            self._ears.setdefault(talk.call, []).append(ears)
            sides: dict[str, str] = {side: legs[side] for side in kind.sides}
            self._runtime.record(
                e.ListeningBegan(call=talk.call, listener=name, talk=talk.leg, sides=sides, resumed=resumed)
            )
            self._spawn(self._open(ears, kind, legs))

    async def _open(self, ears: Ears, kind: type[Listener], legs: Mapping[str, str]) -> None:
        """Tap what a listener wants to hear; without it, it reports that it heard nothing."""
        media = self._media
        assert media is not None  # noqa: S101 - or nothing is attached
        side: Side
        for side in kind.sides:
            tap = await self._tap(media, ears, legs[side], kind.rate)
            if tap is None:
                continue
            if ears.closed:
                await media.untap(tap)
                return
            ears.taps[side] = tap

    @staticmethod
    async def _tap(media: Media, ears: Ears, leg: str, rate: Rate) -> Tap | None:
        """Tap a leg; None when it is gone, or Asterisk will not."""
        for pause in (*OPEN_AGAIN_S, None):
            try:
                return await media.tap(leg, rate=rate, hold_s=HOLD_S)
            except LegGone:
                return None  # the talk is over, or about to be
            except SwitchError as error:
                _log.warning("not_heard", call=ears.talk.call, listener=ears.name, leg=leg, error=str(error))
            if pause is None or ears.closed:
                return None
            await asyncio.sleep(pause)
        return None

    def _talk_over(self, call: str, seconds: float) -> None:
        """Let the listeners report, before anything else follows from the talk's end."""
        reported = self._ears.pop(call, [])
        for ears in reported:
            ears.end(seconds)
            self._spawn(self._close(ears))
        if (talk := self._talks.get(call)) is not None:
            done = {ears.name for ears in reported}  # the rest died with the controller before this one
            self._report_lost(talk, [name for name in talk.listeners if name not in done])

    async def _close(self, ears: Ears) -> None:
        if self._media is not None:
            for tap in ears.taps.values():
                await self._media.untap(tap)

    def _report_lost(self, talk: OpenTalk, names: list[str]) -> None:
        """Put on record that listeners have nothing to report: every one that began comes to an end."""
        for name in names:
            self._runtime.record(
                e.ListeningEnded(
                    call=talk.call,
                    listener=name,
                    talk=talk.leg,
                    agent=talk.agent,
                    result={},
                    heard_s={},
                    failed=DIED,
                )
            )

    # ── the sound ────────────────────────────────────────────────────────────────────────────────

    async def _pump(self) -> None:
        """Hand over what has come, again and again."""
        while True:
            await asyncio.sleep(EVERY_S)
            began, most = time.monotonic(), IN_ONE_GO_S
            for all_ears in list(self._ears.values()):
                for ears in all_ears:
                    ears.drain()
                    if (paused := time.monotonic()) - began > most:
                        await asyncio.sleep(0)
                        began = time.monotonic()
                        most = min(max(began - paused, IN_ONE_GO_S), MOST_IN_ONE_GO_S)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, name="listening")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
