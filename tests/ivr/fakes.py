"""A call and a runtime made by hand: the switch acts by a script with times, all that is done is kept."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from callflow.clock import Clock, SteadyClock
from callflow.protocol import (
    Caller,
    CallerGone,
    Configurable,
    Placing,
    Prompt,
    PromptBook,
    PromptError,
    Stage,
)
from callflow.settings import Settings
from records.events import Event, Recorded
from telephony.switch import Cause, KeyPressed, LegEnded, PlayEnded, Switch, SwitchEvent
from tests.ivr.parts import SECTIONS, STAGES

if TYPE_CHECKING:
    from callflow.expressions import Lookup

T = TypeVar("T")


class FakeCall:
    """A call whose prompts last ``prompt_s`` and whose caller acts by a script of (time, event)."""

    id = "call-1"
    leg = "leg-1"
    caller = Caller(number="+4930123456", subject="s1")
    dialed = "1000"
    endpoint = "loopback"
    switch: Switch

    def __init__(self, script: Iterable[tuple[float, str]], *, prompt_s: float = 2.0) -> None:
        self.language = "zh"
        self.facts: dict[str, str] = {}
        self.look_up: Lookup = self.facts.get
        self.ending = Cause.NORMAL
        self.resumed = False
        self.resume_at: tuple[str, int, str] | None = None
        self.resume_returns: tuple[tuple[str, int], ...] = ()
        self.events: list[Event] = []
        self.kept: dict[str, str] = {}
        self.done: list[str] = []
        self.stage_outcomes: list[str] = []
        self._prompt_s = prompt_s
        self._now = 0.0
        self._plays = 0
        self._playing = ""
        self._ahead: list[tuple[float, SwitchEvent]] = [(at, self._event(what)) for at, what in script]

    def _event(self, what: str) -> SwitchEvent:
        if what == "gone":
            return LegEnded(leg=self.leg, cause="normal")  # type: ignore[arg-type]
        leg = self.leg if not what.startswith("other ") else "leg-of-an-agent"
        return KeyPressed(leg=leg, key=what.removeprefix("other "))

    def now(self) -> float:
        return self._now

    def record(self, event: Event) -> None:
        self.events.append(event)

    def keep(self, name: str, value: str) -> None:
        self.kept[name] = value

    def post(self, message: object) -> None:
        raise AssertionError("menus post nothing")

    async def next(self, deadline: float | None = None) -> SwitchEvent | object | None:
        self._ahead.sort(key=lambda one: one[0])
        if not self._ahead and deadline is None:
            raise AssertionError(f"the call hangs: {self.done}")
        if deadline is not None and (not self._ahead or deadline < self._ahead[0][0]):
            self._now = max(self._now, deadline)
            return None
        at, event = self._ahead.pop(0)
        self._now = max(self._now, at)
        if isinstance(event, LegEnded):
            raise CallerGone(event.cause)
        return event

    async def while_waiting(self, work: Coroutine[Any, Any, T]) -> T:
        return await work

    async def answer(self) -> None:
        if "answer" not in self.done:
            self.done.append("answer")

    async def play(self, prompt: Prompt) -> str:
        self._plays += 1
        self._playing = f"{self.id}-p{self._plays}"
        self.done.append(f"play {dict(prompt.texts).get(self.language) or prompt.texts[0][1]}")
        self._ahead.append((self._now + self._prompt_s, PlayEnded(leg=self.leg, playback=self._playing)))
        return self._playing

    async def stop_playing(self) -> None:
        self.done.append("stop")

    async def say(self, prompt: Prompt) -> None:
        raise AssertionError("menus must hear keys while they play")

    async def wait_with_music(self, music: str) -> None:
        self.done.append(f"music {music}")

    async def run_stage(self, name: str, step: BaseModel) -> str:
        self.done.append(f"run {name} {step}")
        return self.stage_outcomes.pop(0) if self.stage_outcomes else "completed"


class FakeQueueService:
    """Brings the section ``queues``."""

    section = SECTIONS[0]

    def __init__(self) -> None:
        self.configured: list[tuple[list[str], str]] = []

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:
        self.configured.append((sorted(parsed), version))


class FakeBook:
    """Renders nothing, remembers everything; ``broken`` makes it refuse texts with that word."""

    def __init__(self) -> None:
        self.prepared: set[Prompt] = set()
        self.languages: tuple[str, ...] = ()
        self.broken = ""

    async def prepare(self, prompts: Iterable[Prompt], languages: Iterable[str]) -> None:
        prompts = list(prompts)
        if self.broken and any(self.broken in text for prompt in prompts for _, text in prompt.texts):
            raise PromptError(f"{self.broken} can't be spoken: espeak-ng is not there; run 'make setup'")
        self.prepared.update(prompts)
        self.languages = tuple(languages)

    def sounds(self, prompt: Prompt, language: str) -> list[str]:
        assert prompt in self.prepared
        return [f"/prompts/{language}"]


class FakeRuntime:
    """A composition root with a queue service and a prompt book."""

    switch: Switch

    def __init__(self, home: Path, dialplans: Path) -> None:
        self.home = home
        self.clock: Clock = SteadyClock()
        self.book = FakeBook()
        self.prompts: PromptBook = self.book
        self.queues = FakeQueueService()
        self.parts: list[Any] = [
            Settings(home=home, dialplans=dialplans, watch_dialplans=False),
            self.queues,
            self.book,
        ]
        self.events: list[Event] = []
        self.alarms: dict[str, str] = {}

    def require(self, kind: type[T]) -> T:
        found = next((part for part in self.parts if isinstance(part, kind)), None)
        if found is None:
            raise LookupError(kind.__name__)
        return found

    def all_of(self, kind: type[T]) -> list[T]:
        return [part for part in self.parts if isinstance(part, kind)]

    def stage_types(self) -> Mapping[str, type[Stage]]:
        return STAGES

    def record(self, *events: Event) -> None:
        self.events.extend(events)

    def subscribe(self, listener: Callable[[Recorded], None], *kinds: type[Event]) -> None:
        raise AssertionError("the site listens to nothing")

    def place_call(self, placing: Placing) -> str:
        raise NotImplementedError

    def post(self, call: str, message: object) -> bool:
        return False

    def alarm(self, name: str, detail: str) -> None:
        self.alarms[name] = detail

    def clear_alarm(self, name: str) -> None:
        self.alarms.pop(name, None)


assert isinstance(FakeQueueService(), Configurable)
