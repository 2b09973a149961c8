"""One controller's calls around a stage: real runner, calls and switch, over the fake Asterisk."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from callflow.call import LiveRun
from callflow.live_calls import LiveCalls
from callflow.missing_sounds import MissingSounds
from callflow.runner import Runner
from callflow.stages.attempts import AttemptsService
from callflow.stages.callbacks import CallbacksService
from callflow.stages.outlets import OutletsService
from callflow.stages.recordings import RecordingsService
from callflow.stages.trunks import TrunksService
from callflow.stages.web import WebClient
from callflow.stages.web_request import DONE, NOT_FOUND, WebAnswer
from callflow.web_settings import WebServer, WebSettings
from records import events as e
from records.log import EventLog
from telephony.ari.fake import FakeAsterisk
from telephony.asterisk.phone_watch import PhoneWatch
from telephony.asterisk.switch import AsteriskSwitch
from tests.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from callflow.clock import Clock
    from callflow.protocol import Placing, Prompt, PromptBook, Stage
    from callflow.stages.web_request import WebRequest
    from telephony.switch import LegKind, Switch

T = TypeVar("T")
E = TypeVar("E", bound=e.Event)


class FakeVault:
    """Values of people, in a dictionary."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}
        self._subjects: dict[str, str] = {}
        self._hidden = 0
        self.takers: list[Callable[[str, bytes | None], None]] = []

    def subject_for(self, number: str) -> str:
        if not number:
            self._hidden += 1
            return f"hidden-{self._hidden}"
        subject = self._subjects.setdefault(number, f"subject-{len(self._subjects)}")
        self.values[subject, "number"] = number
        return subject

    def put(self, subject: str, name: str, value: str) -> None:
        self.values[subject, name] = value

    def on_erased(self, take: Callable[[str, bytes | None], None]) -> None:
        self.takers.append(take)

    def erase(self, subject: str) -> None:
        self.values = {key: value for key, value in self.values.items() if key[0] != subject}
        for take in self.takers:
            take(subject, None)

    def erased(self, subject: str) -> bool:
        return not any(subject == known for known, _ in self.values)

    def get(self, subject: str, name: str) -> str | None:
        return self.values.get((subject, name))


class FakeLog:
    """Keeps events in a list; survives the controllers that write to it."""

    epoch = 1

    def __init__(self) -> None:
        self.vault = FakeVault()
        self.recorded: list[e.Recorded] = []
        self.listeners: list[tuple[Callable[[e.Recorded], None], tuple[type[e.Event], ...]]] = []

    def append(self, event: Any) -> e.Recorded:
        at = datetime.fromtimestamp(LoopClock().now(), UTC)
        recorded = e.Recorded(
            site="s", node="n", stream="main", seq=len(self.recorded) + 1, epoch=1, at=at, event=event
        )
        self.recorded.append(recorded)
        for listener, kinds in list(self.listeners):
            if not kinds or isinstance(event, kinds):
                listener(recorded)
        return recorded


class FakePrompts:
    """Sounds are named after the English text."""

    async def prepare(self, prompts: Iterable[Prompt], languages: Iterable[str]) -> None:
        pass

    def sounds(self, prompt: Prompt, language: str) -> list[str]:
        if prompt.parts:
            return [sound for part in prompt.parts for sound in self.sounds(part, language)]
        texts = dict(prompt.texts)
        return [texts.get(language) or next(iter(texts.values()))]


class FakeWeb(WebClient):
    """Answers from a list, else that all is well; keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(WebSettings(servers=(WebServer(url="https://crm.example"),)), LoopClock())
        self.asked: list[WebRequest] = []
        self.answers: deque[WebAnswer] = deque()
        self.takes_s = 0.5

    async def start(self) -> None:
        pass

    async def ask(self, request: WebRequest) -> WebAnswer:
        self.asked.append(request)
        await asyncio.sleep(self.takes_s)
        return self.answers.popleft() if self.answers else WebAnswer(outcome=DONE, status=200)


class FakeHours:
    """Opening hours that open when the test says."""

    def __init__(self) -> None:
        self.opens: dict[str, float] = {}

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def closed_by_hand(self, hours: str) -> bool:
        return False

    def next_opening(self, hours: str) -> float | None:
        return self.opens.get(hours)


WRONG = WebAnswer(outcome=NOT_FOUND, status=404)


class Office:
    """A controller with the services of the stages; also their ``Runtime``."""

    def __init__(self, home: Path, stage: Callable[[Office], Stage], *, before: Office | None = None) -> None:
        self.home = home
        self.clock: Clock = LoopClock()
        self.log: FakeLog = before.log if before else FakeLog()
        self.asterisk: FakeAsterisk = before.asterisk if before else FakeAsterisk()
        self._switch = AsteriskSwitch(self.asterisk.ari(), PhoneWatch(self.asterisk.ami()))
        self.switch: Switch = self._switch
        self.prompts: PromptBook = FakePrompts()
        self.web: FakeWeb = before.web if before else FakeWeb()
        self.alarms: dict[str, str] = {}
        self.attempts = AttemptsService(self)
        self.recordings = RecordingsService(self)
        self.callbacks = CallbacksService(self)
        self.trunks = TrunksService(self)
        self.hours: FakeHours = before.hours if before else FakeHours()
        self.outlets = OutletsService(self, self.web)
        self._services: list[Any] = [
            self.attempts,
            self.recordings,
            self.callbacks,
            self.trunks,
            self.hours,
            self.outlets,
        ]
        self.step: BaseModel | None = before.step if before else None
        self.stage = stage(self)
        self._make = stage
        self.live = LiveCalls()
        run = LiveRun(
            clock=self.clock,
            switch=self.switch,
            log=cast("EventLog", self.log),
            prompts=self.prompts,
            stages={self.stage.name: self.stage, "menu": self.stage},
            house_language=lambda: "en",
        )
        self.runner = Runner(
            run,
            self.live,
            entrances=[self],
            phone_watchers=[],
            call_watchers=[],
            switch_watchers=[],
            sounds=MissingSounds(self.alarm, self.clear_alarm),
        )
        self._serving: asyncio.Task[None] | None = None

    def first_stage(self, kind: LegKind, dialed: str) -> tuple[str, BaseModel] | None:
        return (self.stage.name, self.step) if self.step is not None else None

    async def open(self) -> Office:
        for recorded in self.log.recorded:
            self.live.replay(recorded)
            for service in self._services:
                if hasattr(service, "replay"):
                    service.replay(recorded)
        self.log.listeners.append((self.live.replay, ()))
        for service in self._services:
            await service.start()
        await self._switch.start()
        self._serving = asyncio.create_task(self.runner.serve())
        await self.runner.ready.wait()
        return self

    async def close(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
        await self.runner.stop()
        for service in self._services:
            await service.stop()
        await self._switch.close()
        self.log.listeners.clear()
        self.log.vault.takers.clear()

    async def killed(self, away_s: float = 1.0) -> Office:
        """End this controller in the midst of everything, and let another one take over."""
        await self.close()
        await asyncio.sleep(away_s)
        return await Office(self.home, self._make, before=self).open()

    async def call(self, step: BaseModel, *, number: str = "+4670123456") -> str:
        """Let somebody call, and the stage serve them; gives their leg when the call has been taken."""
        self.step = step
        leg = self.asterisk.call_in("1000", number=number)
        await self.rest(0.1)
        return leg

    async def rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def types(self, leg: str, keys: str) -> None:
        for key in keys:
            self.asterisk.press(leg, key)
            await self.rest(0.1)

    async def hears(self, leg: str, words: str, seconds: float = 30.0) -> None:
        """Wait until the caller hears words."""
        async with asyncio.timeout(seconds):
            while words not in self.asterisk.hears(leg):  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    async def ended(self, leg: str, seconds: float = 600.0) -> None:
        """Wait until the call is over."""
        async with asyncio.timeout(seconds):
            while leg in self.asterisk.channels or len(self.runner):  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    def events(self, kind: type[E]) -> list[E]:
        return [recorded.event for recorded in self.log.recorded if isinstance(recorded.event, kind)]

    # ── Runtime ──────────────────────────────────────────────────────────────────────────────────

    def require(self, kind: type[T]) -> T:
        parts: list[Any] = [self.web, *self._services]
        if kind is EventLog:
            return cast("T", self.log)
        return next(part for part in parts if isinstance(part, kind))

    def all_of(self, kind: type[T]) -> list[T]:
        return [part for part in self._services if isinstance(part, kind)]

    def stage_types(self) -> Mapping[str, type[Stage]]:
        return {}

    def record(self, *events: e.Event) -> None:
        for event in events:
            self.log.append(event)

    def subscribe(self, listener: Callable[[e.Recorded], None], *kinds: type[e.Event]) -> None:
        self.log.listeners.append((listener, kinds))

    def post(self, call: str, message: object) -> bool:
        return self.runner.post(call, message)

    def place_call(self, placing: Placing) -> str:
        return self.runner.place(placing)

    def alarm(self, name: str, detail: str) -> None:
        self.alarms.setdefault(name, detail)

    def clear_alarm(self, name: str) -> None:
        self.alarms.pop(name, None)
