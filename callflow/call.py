"""One call as its stages see it (:class:`callflow.protocol.Call`), on top of the switch port."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from callflow.inbox import Inbox
from callflow.protocol import Caller, CallerGone
from records.events import CallAnswered, StageEntered
from telephony.switch import Cause, LegEnded, LegGone, PlayEnded, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from pydantic import BaseModel

    from callflow.clock import Clock
    from callflow.expressions import Lookup
    from callflow.live_calls import LiveCall
    from callflow.protocol import OutsideDialer, Prompt, PromptBook, Stage
    from records.events import Event
    from records.log import EventLog
    from telephony.switch import Switch, SwitchEvent

T = TypeVar("T")


PLAYBACK_NAMES = 8
"""So many names of playbacks are used in turn: the first is long over when it comes again."""


class LiveRun:
    """What all calls of a controller share."""

    def __init__(
        self,
        *,
        clock: Clock,
        switch: Switch,
        log: EventLog,
        prompts: PromptBook,
        stages: Mapping[str, Stage],
        house_language: Callable[[], str],
        dialer: OutsideDialer | None = None,
    ) -> None:
        """``dialer``: without one, no call of our own can be dialed outside."""
        self.clock = clock
        self.switch = switch
        self.log = log
        self.prompts = prompts
        self.stages = stages
        self.house_language = house_language
        self.dialer = dialer


class ActiveCall:
    """A call in the hands of its task."""

    def __init__(self, run: LiveRun, live: LiveCall, number: str, *, resumed: bool) -> None:
        self._run = run
        self._inbox = Inbox(run.clock)
        self._gone: str | None = None
        self._answered = live.answered
        self._left_by = live.epoch
        self._playing = ""
        self._plays = 0
        self.id = live.call
        self.leg = live.leg
        self.caller = Caller(number=number, subject=live.subject)
        self.dialed = live.dialed
        self.endpoint = live.endpoint
        self.language = live.language or run.house_language()
        self.facts: dict[str, str] = {}
        self.look_up: Lookup = self.facts.get
        self.ending = Cause.NORMAL
        self.outcome = ""
        self.resumed = resumed
        place = live.place if resumed else None
        self.resume_at = (place.menu, place.step, place.version) if place else None
        self.resume_returns = tuple(place.returns) if place else ()
        self.facts.update({f"notice.{name}": result for name, result in live.notices.items()})
        self.facts.update({f"consent.{name}": result for name, result in live.consents.items()})
        self.switch: Switch = run.switch

    # ── what other tasks may call ────────────────────────────────────────────────────────────────

    def post(self, message: object) -> None:
        """Put a message into the inbox."""
        self._inbox.put(message)

    def hear(self, event: SwitchEvent) -> None:
        """Take an event of one of this call's legs."""
        if isinstance(event, LegEnded) and event.leg == self.leg:
            self._gone = event.cause.value
            self._inbox.wake()
            return
        if isinstance(event, PlayEnded) and event.playback == self._playing:
            self._playing = ""
        self._inbox.put(event)

    async def check_playback(self) -> None:
        """After a gap in the events: hear the end of a playback that ended unheard."""
        playback = self._playing
        try:
            over = bool(playback) and not await self.switch.playback_alive(playback)
        except SwitchError:
            return  # lost again: the next survey asks again
        if over:
            self.hear(PlayEnded(leg=self.leg, playback=playback))

    def found(self, *, up: bool) -> None:
        """Take what a survey says over what is on record: an answer may have been lost on its way."""
        self._answered = up

    @property
    def gone(self) -> str | None:
        """The cause with which the caller's leg ended, None while it is there."""
        return self._gone

    # ── what stages use ──────────────────────────────────────────────────────────────────────────

    def now(self) -> float:
        """Steady seconds."""
        return self._run.clock.now()

    def record(self, event: Event) -> None:
        """Append a fact to the log."""
        self._run.log.append(event)

    def keep(self, name: str, value: str) -> None:
        """Put a personal value of this call into the vault."""
        self._run.log.vault.put(self.caller.subject, vault_name(self.id, name), value)

    async def next(self, deadline: float | None = None) -> SwitchEvent | object | None:
        """Wait for the next event or message; None at the deadline."""
        while True:
            if self._gone is not None:
                raise CallerGone(self._gone)
            message = self._inbox.take()
            if message is not None:
                return message
            if not await self._inbox.changed(deadline):
                return None

    async def while_waiting(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something other than the call; the caller's hangup takes it back."""
        task = asyncio.get_running_loop().create_task(work, name=f"for call {self.id}")
        task.add_done_callback(lambda _: self._inbox.wake())
        try:
            while not task.done():
                if self._gone is not None:
                    raise CallerGone(self._gone)
                await self._inbox.changed(None)
            return task.result()
        finally:
            task.cancel()

    async def answer(self) -> None:
        """Answer, unless it is answered."""
        if self._answered:
            return
        self._answered = True
        self.record(CallAnswered(call=self.id))
        try:
            await self.switch.answer(self.leg)
        except LegGone:
            raise CallerGone from None

    async def play(self, prompt: Prompt) -> str:
        """Start a prompt in the call's language; an earlier one is stopped."""
        await self.stop_playing()
        self._plays += 1
        playback = self._playback(self._run.log.epoch, self._plays)
        sounds = self.sounds(prompt)
        if not sounds:  # a value that can't be spoken, and nothing around it
            self._inbox.put(PlayEnded(leg=self.leg, playback=playback))
            return playback
        self._playing = playback
        try:
            await self.switch.play(self.leg, playback, sounds)
        except LegGone:
            raise CallerGone from None
        return playback

    def sounds(self, prompt: Prompt) -> Sequence[str]:
        """Give what a prompt sounds like in this call now, in its language."""
        return self._run.prompts.sounds(prompt.filled(self.look_up, self.language), self.language)

    async def stop_playing(self) -> None:
        """Stop what is being played; its PlayEnded is swallowed by the id being forgotten."""
        if self._playing:
            playback, self._playing = self._playing, ""
            with suppress(LegGone):
                await self.switch.stop(playback)

    async def silence(self) -> None:
        """For a call that was taken over: stop what its last controller may have left playing.

        The switch would finish that first, and whatever moves the leg would hold everybody's requests up.
        """
        for number in range(PLAYBACK_NAMES):
            with suppress(SwitchError):
                await self.switch.stop(self._playback(self._left_by, number))

    def _playback(self, epoch: int, number: int) -> str:
        """Name a playback: no two controllers use the same names, and the next one can guess them all."""
        return f"{self.id}-p{epoch}x{number % PLAYBACK_NAMES}"

    async def say(self, prompt: Prompt) -> None:
        """Play a prompt to its end; everything else that happens meanwhile stays in the inbox."""
        playback = await self.play(prompt)
        aside: list[object] = []
        try:
            while True:
                message = await self.next()
                if isinstance(message, PlayEnded) and message.playback == playback:
                    return
                aside.append(message)
        finally:
            self._inbox.put_back(aside)

    async def wait_with_music(self, music: str) -> None:
        """Let the caller hear music."""
        await self.answer()
        await self.stop_playing()
        try:
            await self.switch.wait_with_music(self.leg, music)
        except LegGone:
            raise CallerGone from None

    async def run_stage(self, name: str, step: BaseModel) -> str:
        """Hand the call to another stage and return its outcome."""
        stage = self._run.stages[name]
        self.record(StageEntered(call=self.id, stage=name))
        return await stage.run(self, step)


def vault_name(call: str, variable: str) -> str:
    """Name under which a call's variable lies in the vault."""
    return f"call:{call}:{variable}"
