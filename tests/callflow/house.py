"""A controller's calls on the fake Asterisk, in virtual time: runner, switch, queue, ACD and log are real."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from pydantic import BaseModel

from acd.callbacks.service import CallbackDialer
from acd.config import QueueDefinition
from acd.core import inputs as i
from acd.own_calls.service import AgentCalls
from acd.own_calls.stage import AgentDialStage
from acd.preferred import PreferredAgent
from acd.queue_stage import QueueStage, QueueStep
from acd.service import AcdService
from callflow.call import LiveRun
from callflow.live_calls import LiveCalls
from callflow.missing_sounds import MissingSounds
from callflow.prompt import Prompt
from callflow.protocol import CallWatcher
from callflow.runner import Runner
from callflow.runtime import LiveRuntime
from callflow.stages.callback import CallbackStage, CallbackStep
from callflow.stages.callbacks import CallbacksService
from callflow.stages.trunks import TrunkDefinition, TrunksService
from records import events as e
from records.database import migrate, open_engine
from records.log import EventLog
from records.queries import Queries
from telephony.ari.fake import Behaviour, FakeAsterisk
from telephony.asterisk.phone_watch import PhoneWatch
from telephony.asterisk.switch import AsteriskSwitch
from telephony.switch import LegKind, SwitchError
from tests.acd.house import SKILLS, FakeDirectory
from tests.stages.office import FakePrompts
from tests.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from callflow.protocol import Call, PromptBook, Runtime
    from records.directory import Directory
    from records.folds.call_record import CallRecord

E = TypeVar("E", bound=e.Event)

AGENT, PHONE = "1001", "p1001"
GREETING = Prompt((("en", "welcome"),))
QUEUES = {"sales": QueueDefinition(needs={"sales": 2}, wrap_up=1.0)}
TRUNKS = {"carrier": TrunkDefinition(allow=("+46 *",), caller_number="+46 8 555 1000")}


class Script(BaseModel):
    """What a scripted stage does."""

    does: str


class ScriptStage:
    """The stages of a site, boiled down to what a test needs: a prompt, then the queue; or a failure."""

    name: ClassVar[str] = "script"
    step: ClassVar[type[BaseModel]] = Script
    outcomes: ClassVar[frozenset[str]] = frozenset({"completed"})

    @classmethod
    def create(cls, runtime: Runtime) -> ScriptStage:
        return cls()

    def prompts(self) -> Iterable[Prompt]:
        return ()

    async def run(self, call: Call, step: Script) -> str:
        match step.does:
            case "queue":
                if not call.resumed:
                    await call.answer()
                    await call.say(GREETING)
                return await call.run_stage("queue", QueueStep(queue="sales"))
            case "callback":
                if call.resumed or await call.run_stage("queue", QueueStep(queue="sales", max_wait=10.0)):
                    return await call.run_stage("callback", CallbackStep(queue="sales"))
            case "greet":
                await call.answer()
                await call.say(GREETING)
            case "wait":
                await call.answer()
                await call.next()
            case "fault":
                raise KeyError("a fault of a stage")
            case "refused":
                raise SwitchError("the switch refused")
        return "completed"


class Numbers:
    """Which number leads to which script."""

    def first_stage(self, kind: LegKind, dialed: str) -> tuple[str, BaseModel] | None:
        scripts = {
            "1000": "queue",
            "1001": "greet",
            "1002": "wait",
            "1003": "fault",
            "1004": "refused",
            "1005": "callback",
        }
        if dialed not in scripts or (kind is LegKind.PHONE and dialed in SKILLS):
            return None  # an agent's number, dialed by another
        return "script", Script(does=scripts[dialed])


class Controller:
    """One controller's life."""

    def __init__(self, house: House, log: EventLog) -> None:
        self.log = log
        self.ari = house.asterisk.ari()
        self.switch = AsteriskSwitch(self.ari, PhoneWatch(house.asterisk.ami()))
        self.live = LiveCalls()
        self.runtime = LiveRuntime(
            clock=LoopClock(), switch=self.switch, log=log, home=house.folder, parts=[self.live]
        )
        self.acd = AcdService(self.runtime, cast("Directory", FakeDirectory()))
        self.trunks = TrunksService(self.runtime)
        self.promises = CallbacksService(self.runtime)
        self.dialer = CallbackDialer(self.runtime, self.acd, self.promises)
        self.own_calls = AgentCalls(self.runtime, self.acd)
        self.runtime.prompts = cast("PromptBook", FakePrompts())
        self.more = [make(self.runtime, self.acd) for make in house.makers]
        for part in (
            *house.parts,
            *self.more,
            self.acd,
            self.trunks,
            self.promises,
            self.dialer,
            self.own_calls,
        ):
            self.runtime.add(part)
        self.queues = house.queues
        self.site_trunks = house.trunks
        run = LiveRun(
            clock=LoopClock(),
            switch=self.switch,
            log=log,
            prompts=self.runtime.prompts,
            stages={
                "script": ScriptStage.create(self.runtime),
                "queue": QueueStage(self.acd, PreferredAgent(Queries(log.engine))),
                "callback": CallbackStage(self.promises),
                "agent_dial": AgentDialStage(self.own_calls),
            },
            house_language=lambda: "en",
            dialer=self.trunks,
        )
        self.runner = Runner(
            run,
            self.live,
            entrances=[Numbers(), self.acd],
            phone_watchers=[self.acd],
            call_watchers=[self.acd, *(one for one in self.more if isinstance(one, CallWatcher))],
            switch_watchers=[self.dialer, *self.more],
            sounds=MissingSounds(self.runtime.alarm, self.runtime.clear_alarm),
            placers=[self.dialer, self.own_calls, *self.more],
        )
        self.runtime.runner = self.runner
        self.tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        _, tail = await self.log.recover()
        async for recorded in tail:
            for part in (self.live, self.acd, self.trunks, self.promises, self.dialer, *self.more):
                part.replay(recorded)
        self.log.subscribe(self.live.replay)
        self.log.append(e.ControllerStarted(version="test", live_calls=len(self.live)))
        self.acd.configure(self.queues, "v1")
        self.trunks.configure(self.site_trunks, "v1")
        for service in (self.acd, self.trunks, self.promises, self.dialer, *self.more):
            await service.start()
        await self.switch.start()
        self.tasks = [asyncio.create_task(self.runner.serve()), asyncio.create_task(self._renew_phones())]

    async def _renew_phones(self) -> None:
        while True:
            await asyncio.sleep(15.0)
            await self.runner.look_at_phones()

    async def let_go(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.runner.stop()
        for service in (*self.more, self.dialer, self.promises, self.acd):
            await service.stop()
        await self.switch.close()


class House:
    """An Asterisk, a home folder, and the controller that runs now."""

    controller: Controller

    def __init__(
        self, folder: Path, asterisk: FakeAsterisk, queues: dict[str, QueueDefinition], parts: list[object]
    ) -> None:
        self.queues = queues
        self.trunks = TRUNKS
        """Those of the controllers that are still to come."""
        self.parts = parts
        self.makers: list[Callable[[LiveRuntime, AcdService], Any]] = []
        """Make further services, of each controller that is still to come, that place calls."""
        self.folder = folder
        self.asterisk = asterisk
        self.engine = open_engine(f"sqlite:///{folder / 'ringhall.db'}")
        self._seen: list[e.Recorded] = []

    async def start(self, *, late: float = 0.0) -> None:
        """Start a controller; its first connection, not that of the phones, comes so many seconds late."""
        log = await EventLog.open(
            engine=self.engine,
            journal_dir=self.folder / "journal",
            site="s",
            node="n",
            now=LoopClock().now,
            master_key=bytes(range(32)),
            inline=True,
        )
        self.controller = Controller(self, log)
        log.subscribe(self._seen.append)
        await self.controller.start()
        if late:
            self.controller.ari.drop("not there yet", late)
        async with asyncio.timeout(60):
            await self.controller.runner.ready.wait()

    async def killed(self, away: float = 0.0, *, late: float = 0.0) -> None:
        """Kill the controller, as SIGKILL does; another one takes over after so many seconds."""
        await self.controller.let_go()
        await self.controller.log.abandon()
        await asyncio.sleep(away)
        await self.start(late=late)

    async def close(self) -> None:
        await self.controller.let_go()
        await self.controller.log.close()
        await self.engine.dispose()

    def ready(self, behaviour: Behaviour) -> None:
        """Seat the agent at a phone that behaves so, ready for calls, however they were before."""
        acd = self.controller.acd
        self.asterisk.phone(PHONE, behaviour)
        acd.phone_seen(PHONE)
        acd.submit(i.LogIn(AGENT, PHONE))
        acd.submit(i.Ready(AGENT))

    def agent(self) -> str:
        found = self.controller.acd.core.agent(AGENT)
        return f"{found.state.value}({found.reason})" if found.reason else found.state.value

    def events(self, kind: type[E]) -> list[E]:
        return [recorded.event for recorded in self._seen if isinstance(recorded.event, kind)]

    async def records(self) -> list[CallRecord]:
        await self.controller.log.flush()
        return list(await Queries(self.engine).records(limit=1000))

    def settled(self) -> dict[str, Any]:
        """What must hold when every call is over, as a value that shows all that does not."""
        ended = Counter(event.call for event in self.events(e.CallEnded))
        return {
            "arrived": len(self.events(e.CallArrived)),
            "ended once each": set(ended.values()) <= {1},
            "ended": len(ended),
            "channels": list(self.asterisk.channels),
            "calls": len(self.controller.runner),
            "live": len(self.controller.live),
        }


def over(calls: int) -> dict[str, Any]:
    """What :meth:`House.settled` says when so many calls came and all is well."""
    return {
        "arrived": calls, "ended once each": True, "ended": calls, "channels": [], "calls": 0, "live": 0,
    }  # fmt: skip


@asynccontextmanager
async def a_house(
    folder: Path,
    queues: dict[str, QueueDefinition] = QUEUES,
    parts: list[object] | None = None,
    makers: Iterable[Callable[[LiveRuntime, AcdService], Any]] = (),
) -> AsyncIterator[House]:
    """Open a house and close it; ``parts`` and ``makers`` are of every controller's runtime."""
    asterisk = FakeAsterisk()
    await migrate(f"sqlite:///{folder / 'ringhall.db'}")
    await asyncio.get_running_loop().shutdown_default_executor()  # virtual time waits for idle threads
    house = House(folder, asterisk, queues, parts or [])
    house.makers += makers
    await house.start()
    try:
        yield house
    finally:
        await house.close()
