"""The ACD in a house of its own: real service, stages and calls; the switch and the log are fakes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from acd.config import QueueDefinition
from acd.core import inputs as i
from acd.preferred import PreferredAgent
from acd.queue_stage import QueueStage, QueueStep
from acd.service import AcdService
from callflow.call import ActiveCall, LiveRun
from callflow.live_calls import LiveCall
from callflow.protocol import CallerGone
from records import events as e
from records.directory import AgentAccount, Directory
from telephony.switch import (
    Answerer,
    AnswererHeard,
    Cause,
    KeyPressed,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegGone,
    LegKind,
    LegRinging,
    LegView,
    PlayEnded,
    Survey,
    SwitchError,
)
from tests.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

    from pydantic import BaseModel

    from callflow.clock import Clock
    from callflow.protocol import Placing, Prompt, PromptBook, Stage
    from records.log import EventLog
    from records.queries import Queries
    from telephony.switch import PhoneAccount, Switch, SwitchEvent

T = TypeVar("T")

PINS = {"1001": "4711", "1002": "2002"}
SKILLS = {"1001": {"sales": 4}, "1002": {"support": 5, "sales": 2}}
QUEUES = {
    "sales": QueueDefinition(needs={"sales": 2}, max_wait=600.0, music="jazz"),
    "support": QueueDefinition(needs={"support": 3}),
}


class FakeSwitch:
    """Takes requests down, and ends legs that are hung up; what phones do is up to the test."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.legs: dict[str, LegView] = {}
        self.talks: dict[str, set[str]] = {}
        self.waiting: set[str] = set()
        self.fails: dict[str, list[SwitchError]] = {}
        """Method → errors that its next requests meet."""
        self.during: dict[str, Callable[[], None]] = {}
        """Method → what happens, once, while it runs."""
        self.causes: dict[str, Cause] = {}
        """Leg → cause that it was hung up with."""
        self.hear: Callable[[SwitchEvent], None] = lambda _: None

    def _take(self, *asked: Any) -> None:
        self.asked.append(asked)
        if (happens := self.during.pop(asked[0], None)) is not None:
            happens()
        if self.fails.get(asked[0]):
            raise self.fails[asked[0]].pop(0)

    def _need(self, *legs: str) -> None:
        for leg in legs:
            if leg not in self.legs:
                raise LegGone(f"{leg} is gone")

    def did(self, method: str) -> list[tuple[Any, ...]]:
        return [asked[1:] for asked in self.asked if asked[0] == method]

    def end(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        if self.legs.pop(leg, None) is None:
            return
        self.waiting.discard(leg)
        for talk in self.talks.values():
            talk.discard(leg)
        self.hear(LegEnded(leg=leg, cause=cause))

    async def events(self) -> AsyncIterator[SwitchEvent]:
        raise NotImplementedError
        yield

    async def survey(self) -> Survey:
        self._take("survey")
        return Survey(
            legs=dict(self.legs),
            talks={talk: frozenset(legs) for talk, legs in self.talks.items()},
            waiting=frozenset(self.waiting),
            phones={},
        )

    async def phones(self) -> Mapping[str, bool]:
        return {}

    async def playback_alive(self, playback: str) -> bool:
        return False

    async def answer(self, leg: str) -> None:
        self._take("answer", leg)

    async def ring(self, leg: str) -> None:
        self._take("ring", leg)

    async def stop_ringing(self, leg: str) -> None:
        self._take("stop_ringing", leg)

    async def play(self, leg: str, playback: str, sounds: Sequence[str]) -> None:
        self._take("play", leg, *sounds)
        self._need(leg)
        asyncio.get_running_loop().call_later(1.0, self.hear, PlayEnded(leg=leg, playback=playback))

    async def stop(self, playback: str) -> None:
        self._take("stop", playback)

    async def wait_with_music(self, leg: str, music: str) -> None:
        self._take("wait_with_music", leg, music)
        self._need(leg)
        for talk in self.talks.values():
            talk.discard(leg)
        self.waiting.add(leg)

    async def leave_music(self, leg: str, music: str) -> None:
        self._take("leave_music", leg, music)
        self.waiting.discard(leg)

    async def start_leg(
        self, leg: str, phone: str, *, caller_number: str, caller_name: str, headers: Mapping[str, str]
    ) -> None:
        self._take("start_leg", leg, phone, caller_number, caller_name, dict(headers))
        self.legs[leg] = LegView(leg=leg, up=False, arrived=None)

    async def not_alone(self, leg: str) -> None:
        self._take("not_alone", leg)

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
        self._take("start_outside_leg", leg, number, trunk)
        self.legs[leg] = LegView(leg=leg, up=False, arrived=None)

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
        raise NotImplementedError

    async def stop_recording(self, recording: str) -> None:
        raise NotImplementedError

    async def recording_alive(self, recording: str) -> bool:
        raise NotImplementedError

    async def take_recording(self, recording: str) -> bytes | None:
        raise NotImplementedError

    async def connect(self, talk: str, legs: Sequence[str], *, absorb_keys: bool = False) -> None:
        self._take("connect", talk, *legs)
        self._need(*legs)
        self.waiting.difference_update(legs)
        for others in self.talks.values():
            others.difference_update(legs)
        self.talks.setdefault(talk, set()).update(legs)

    async def watch(self, ear: str, leg: str) -> None:
        self._take("watch", ear, leg)
        self._need(ear, leg)
        self.talks[f"watch-{ear}"] = {ear}

    async def let_speak(self, ear: str, *, heard: bool) -> None:
        self._take("let_speak", ear, heard)

    async def unwatch(self, ear: str) -> None:
        self._take("unwatch", ear)
        self.talks.pop(f"watch-{ear}", None)

    async def transfer_done(self, leg: str, *, accepted: bool) -> None:
        self._take("transfer_done", leg, accepted)

    async def detect_machine(self, leg: str) -> AnswererHeard:
        self._take("detect_machine", leg)
        self._need(leg)
        return AnswererHeard(Answerer.UNSURE, silent=False, quiet_s=0.0, why="the test does not say")

    async def disconnect(self, talk: str) -> None:
        self._take("disconnect", talk)
        self.talks.pop(talk, None)

    async def hangup(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        self._take("hangup", leg)
        self.causes[leg] = cause
        self.end(leg)

    async def push_phones(self, phones: Sequence[PhoneAccount]) -> int:
        return 0


class FakeLog:
    """Keeps events in a list; survives the controllers that write to it."""

    epoch = 1

    def __init__(self) -> None:
        self.recorded: list[e.Recorded] = []
        self.listeners: list[tuple[Callable[[e.Recorded], None], tuple[type[e.Event], ...]]] = []

    def append(self, event: Any) -> e.Recorded:
        at = datetime.fromtimestamp(LoopClock().now(), UTC)
        recorded = e.Recorded(
            site="s", node="n", stream="main", seq=len(self.recorded) + 1, epoch=1, at=at, event=event
        )
        self.recorded.append(recorded)
        for listener, kinds in self.listeners:
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
        return [texts.get(language, texts["en"])]


class FakeDirectory:
    """Agents in a dictionary."""

    async def agents(self) -> list[AgentAccount]:
        return [AgentAccount(number, f"Agent {number}", skills, True) for number, skills in SKILLS.items()]

    async def blocked_pairs(self) -> dict[str, list[str]]:
        return {}

    async def check_pin(self, number: str, pin: str) -> bool:
        await asyncio.sleep(0.05)
        return PINS.get(number) == pin


class FakeHistory:
    """Who talked with whom."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}
        self.takes_s = 0.0

    async def last_agent(self, subject: str) -> str:
        await asyncio.sleep(self.takes_s)
        return self.last.get(subject, "")


class House:
    """One controller's ACD and calls; also the ``Runtime`` of the service."""

    def __init__(self, switch: FakeSwitch | None = None, log: FakeLog | None = None) -> None:
        self.clock: Clock = LoopClock()
        self.fake = switch or FakeSwitch()
        self.fake.hear = self._dispatch
        self.switch: Switch = self.fake
        self.log = log or FakeLog()
        self.prompts: PromptBook = FakePrompts()
        self.home = Path("/nonexistent")
        self.acd = AcdService(self, cast("Directory", FakeDirectory()))
        self.history = FakeHistory()
        self.calls: dict[str, ActiveCall] = {}
        self.tasks: dict[str, asyncio.Task[str]] = {}
        self.alarms: list[str] = []
        self.parts: list[object] = []
        """Other services."""
        self.stages: dict[str, Stage] = {}
        self.kinds: dict[str, type[Stage]] = {}
        self.queues: dict[str, QueueDefinition] = QUEUES
        self.step = QueueStep(queue="sales")

    async def open(self) -> House:
        for recorded in self.log.recorded:
            self.acd.replay(recorded)
        self.acd.configure(self.queues, "v1")
        await self.acd.start()
        return self

    async def killed(self) -> House:
        """Kill this controller, as SIGKILL does, and let another one take over."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        await self.acd.stop()
        self.log.listeners.clear()
        self.fake.asked.clear()
        after = House(self.fake, self.log)
        after.queues, after.step = self.queues, self.step
        after.parts, after.stages, after.kinds = self.parts, self.stages, self.kinds
        await after.open()
        for name, call in self.calls.items():
            if call.leg in self.fake.legs:
                after.begin(name, resumed=True)
            else:
                after.acd.call_lost(name)
        await after.rest()
        return after

    # ── Runtime ──────────────────────────────────────────────────────────────────────────────────

    def require(self, kind: type[T]) -> T:
        assert isinstance(self.acd, kind)
        return self.acd

    def all_of(self, kind: type[T]) -> list[T]:
        return [part for part in (self.acd, *self.parts) if isinstance(part, kind)]

    def stage_types(self) -> Mapping[str, type[Stage]]:
        return self.kinds

    def record(self, *events: e.Event) -> None:
        for event in events:
            self.log.append(event)

    def subscribe(self, listener: Callable[[e.Recorded], None], *kinds: type[e.Event]) -> None:
        self.log.listeners.append((listener, kinds))

    def post(self, call: str, message: object) -> bool:
        if call not in self.calls:
            return False
        self.calls[call].post(message)
        return True

    def place_call(self, placing: Placing) -> str:
        raise NotImplementedError

    def alarm(self, name: str, detail: str) -> None:
        if name not in self.alarms:
            self.alarms.append(name)

    def clear_alarm(self, name: str) -> None:
        self.alarms.remove(name)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    def _dispatch(self, event: SwitchEvent) -> None:
        leg = getattr(event, "leg", "")
        for call in self.calls.values():
            if leg == call.leg or e.call_of(leg.partition("-")[0]) == call.id:
                call.hear(event)

    def _active(self, call: str, endpoint: str, *, resumed: bool) -> ActiveCall:
        leg = f"leg.{call}"
        arrived = LegArrived(
            leg=leg, kind=LegKind.TRUNK, dialed="1000", caller_number="+4670", endpoint=endpoint
        )
        self.fake.legs.setdefault(leg, LegView(leg=leg, up=True, arrived=arrived))
        run = LiveRun(
            clock=self.clock,
            switch=self.switch,
            log=cast("EventLog", self.log),
            prompts=self.prompts,
            stages=self.stages,
            house_language=lambda: "en",
        )
        live = LiveCall(call=call, leg=leg, dialed="1000", endpoint=endpoint, subject="s1")
        active = ActiveCall(run, live, "+4670", resumed=resumed)
        self.calls[call] = active
        return active

    def begin(self, call: str, step: QueueStep | None = None, *, resumed: bool = False) -> None:
        """Let a caller come to a queue."""
        active = self._active(call, "trunk", resumed=resumed)
        work = self._serve(
            active,
            QueueStage(self.acd, PreferredAgent(cast("Queries", self.history))),
            step or self.step,
        )
        self.tasks[call] = asyncio.create_task(work)

    def dial(self, call: str, phone: str, stage: Stage, step: BaseModel) -> None:
        """Let an agent call from a phone."""
        self.tasks[call] = asyncio.create_task(
            self._serve(self._active(call, phone, resumed=False), stage, step)
        )

    async def _serve(self, active: ActiveCall, stage: Stage, step: BaseModel) -> str:
        outcome = "failed"
        try:
            outcome = await stage.run(active, step)
        except CallerGone:
            outcome = "gone"
        except SwitchError:
            pass
        del self.calls[active.id]
        self.log.append(e.CallEnded(call=active.id, outcome=outcome, by="caller", cause="normal"))
        return outcome

    async def rest(self, seconds: float = 0.0) -> None:
        """Let everything happen that will happen by itself within that time."""
        await asyncio.sleep(seconds + 0.001)

    async def outcome(self, call: str) -> str:
        return await self.tasks[call]

    # ── phones and people ────────────────────────────────────────────────────────────────────────

    async def seat(self, *agents: str, ready: bool = True) -> None:
        for agent in agents:
            self.acd.phone_seen(f"p{agent}")
            self.acd.submit(i.LogIn(agent, f"p{agent}"))
            if ready:
                self.acd.submit(i.Ready(agent))
            await self.rest()

    def ring(self, leg: str) -> None:
        self._dispatch(LegRinging(leg=leg))

    def answer(self, leg: str) -> None:
        self.fake.legs[leg] = LegView(leg=leg, up=True, arrived=None)
        self._dispatch(LegAnswered(leg=leg))

    def press(self, call: str, keys: str) -> None:
        for key in keys:
            self._dispatch(KeyPressed(leg=f"leg.{call}", key=key))

    def hang_up(self, call: str) -> None:
        self.fake.end(f"leg.{call}")

    async def talk(self, call: str) -> str:
        """Let the agent who is offered the call ring and answer; gives the agent's leg."""
        leg = self.acd.core.state.tickets[call].offer
        self.ring(leg)
        self.answer(leg)
        await self.rest()
        assert self.acd.core.state.talks[call].offer == leg
        return leg

    def state(self, agent: str) -> str:
        found = self.acd.core.agent(agent)
        return f"{found.state}({found.reason})" if found.reason else found.state.value

    def events(self, *kinds: type[e.Event]) -> list[Any]:
        return [recorded.event for recorded in self.log.recorded if isinstance(recorded.event, kinds)]
