"""The controller: the one place where the parts are put together, and their life from start to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from typing import TYPE_CHECKING, Any

import structlog
import uvloop

from callflow import metrics, parts
from callflow.admission import AdmissionWatch
from callflow.call import LiveRun
from callflow.control import ControlServer
from callflow.first_start import master_key, seed
from callflow.kept_clock import ClockKeeper, go_on
from callflow.live_calls import LiveCalls
from callflow.logging import configure_logging
from callflow.loop_watch import LoopWatch
from callflow.missing_sounds import MissingSounds
from callflow.protocol import (
    CallPlacer,
    CallWatcher,
    Doorkeeper,
    Entrance,
    House,
    OutsideDialer,
    PhoneWatcher,
    PromptBook,
    PromptError,
    Restorable,
    Service,
)
from callflow.runner import Runner
from callflow.runtime import LiveRuntime
from callflow.security import note_security_events
from callflow.settings import Settings, SettingsError, load_settings
from callflow.switch_watcher import SwitchAlarm, SwitchWatcher
from records.database import DatabaseError, migrate, open_engine
from records.directory import Directory
from records.errors import Fenced, RecordsError
from records.events import ControllerStarted, ControllerStopped
from records.log import EventLog
from records.queries import Queries
from telephony.ami import Ami
from telephony.ari.errors import ApplicationTaken
from telephony.asterisk.alone import Notes
from telephony.asterisk.call_recorder import MixMonitor
from telephony.asterisk.media import AsteriskMedia
from telephony.asterisk.newcomers import Newcomers
from telephony.asterisk.quality import AsteriskQuality
from telephony.asterisk.switch import AsteriskSwitch
from telephony.asterisk.trunk_states import AsteriskTrunkStates
from telephony.security import SecurityWatch
from telephony.switch import PhoneAccount, SwitchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callflow.clock import Clock
    from telephony.ami import AmiEvents
    from telephony.switch import Switch

_log = structlog.get_logger(__name__)

SNAPSHOT_EVERY_S = 60.0
LEASE_LOST = "lease_lost"
"""The event log's alarm that another owner has the stream: this process must stop."""
SWITCH_S = 0.0005
"""How long one thread may go on while another waits."""
PHONES_EVERY_S = 15.0
"""How often reachable phones renew their agents' leases."""


class Controller:
    """Everything that runs in the controller's process."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        switch: Switch,
        log: EventLog,
        directory: Directory,
        *,
        ami: AmiEvents | None,
        ports: Sequence[object] = (),
    ) -> None:
        """``ports``: further abilities of the switch, for services to require by their kind."""
        self._settings = settings
        self._log = log
        self._switch = switch
        self._directory = directory
        self._security = None if ami is None else SecurityWatch(ami)
        self._ami = ami
        self.live = LiveCalls()
        self._loop_watch = LoopWatch()
        self.runtime = LiveRuntime(
            clock=clock,
            switch=switch,
            log=log,
            home=settings.home,
            parts=[settings, directory, Queries(log.engine), self.live, self._loop_watch, *ports],
        )
        self._control = ControlServer(self.runtime)
        self.fenced = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._services: dict[str, Service] = {}
        """By name, in the order of their needs."""

    async def start(self) -> None:
        """Restore what the log tells, start the services, and open the doors."""
        runtime, log = self.runtime, self._log
        log.on_alarm, log.on_clear = self._on_alarm, runtime.clear_alarm
        kinds: dict[str, type[Service]] = parts.load(parts.SERVICES)
        parts.check_sections(kinds)
        for name in parts.in_order(kinds):
            service = kinds[name].create(runtime)
            runtime.add(service)
            self._services[name] = service
            if isinstance(service, PromptBook):
                runtime.prompts = service
        restored = await self._restore()
        log.subscribe(self.live.replay)
        log.subscribe(metrics.count)
        metrics.show(self.live, log)
        log.append(ControllerStarted(version=_version(), live_calls=len(self.live)))
        _log.info("restored", events=restored, live_calls=len(self.live), epoch=log.epoch)
        for service in self._services.values():
            await service.start()
        stages = {name: kind.create(runtime) for name, kind in runtime.stage_types().items()}
        placers = runtime.all_of(CallPlacer)
        fixed = [prompt for stage in stages.values() for prompt in stage.prompts()]
        fixed += [prompt for placer in placers for prompt in placer.prompts()]
        await runtime.prompts.prepare(fixed, sorted({tag for prompt in fixed for tag, _ in prompt.texts}))
        houses = runtime.all_of(House)
        run = LiveRun(
            clock=runtime.clock,
            switch=self._switch,
            log=log,
            prompts=runtime.prompts,
            stages=stages,
            house_language=houses[0].house_language if houses else lambda: "en",
            dialer=next(iter(runtime.all_of(OutsideDialer)), None),
        )
        runner = Runner(
            run,
            self.live,
            entrances=runtime.all_of(Entrance),
            phone_watchers=runtime.all_of(PhoneWatcher),
            call_watchers=runtime.all_of(CallWatcher),
            switch_watchers=[
                SwitchAlarm(runtime.alarm, runtime.clear_alarm),
                *runtime.all_of(SwitchWatcher),
            ],
            sounds=MissingSounds(runtime.alarm, runtime.clear_alarm),
            placers=placers,
            doorkeepers=runtime.all_of(Doorkeeper),
        )
        runtime.runner = runner
        runtime.add(runner)
        await self._control.start()
        await self._push_phones()
        self._tasks = [
            asyncio.create_task(runner.serve(), name="runner"),
            asyncio.create_task(self._loop_watch.run(), name="loop watch"),
            asyncio.create_task(self._snapshots(), name="snapshots"),
            asyncio.create_task(self._renew_phones(runner), name="phones"),
        ]
        if self._security is not None:
            watching = note_security_events(self._security, runtime.record, runtime.clock.now)
            self._tasks.append(asyncio.create_task(watching, name="security"))
        if self._ami is not None:
            admission = AdmissionWatch(self._ami, runtime.clock, runtime.alarm, runtime.clear_alarm)
            runtime.add(admission)
            self._tasks.append(asyncio.create_task(admission.run(), name="admission"))

    def _on_alarm(self, name: str, detail: str) -> None:
        if name == LEASE_LOST:
            self.fenced.set()
        else:
            self.runtime.alarm(name, detail)

    async def wait(self, stop: asyncio.Event) -> None:
        """Run until ``stop`` is set or a part fails for good (its exception is raised)."""
        stopping = asyncio.create_task(stop.wait())
        fenced = asyncio.create_task(self.fenced.wait())
        done, _ = await asyncio.wait([stopping, fenced, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        fenced.cancel()
        if fenced in done:
            raise Fenced("another controller took this installation's log over")
        for task in done - {stopping}:
            task.result()

    async def stop(self) -> None:
        """Let go in good order: calls go on in the switch, the next controller takes them over."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._control.stop()
        runner = self.runtime.runner
        if runner is not None:
            await runner.stop()
        for service in reversed(self._services.values()):
            await service.stop()
        self._log.append(ControllerStopped())
        await self._snapshot()

    async def _push_phones(self) -> None:
        phones = [PhoneAccount(name=row.name, secret=row.secret) for row in await self._directory.phones()]
        written = await self._switch.push_phones(phones)
        _log.info("phones_pushed", phones=len(phones), written=written)

    async def _restore(self) -> int:
        restorables = self._restorables()
        snapshot, tail = await self._log.recover()
        if snapshot is not None:
            state: dict[str, Any] = snapshot.state
            for name, part in restorables.items():
                if name in state:
                    part.restore(state[name])
        count = 0
        async for recorded in tail:
            count += 1
            for part in restorables.values():
                part.replay(recorded)
        return count

    def _restorables(self) -> dict[str, Restorable]:
        services = {
            name: service for name, service in self._services.items() if isinstance(service, Restorable)
        }
        return {"live_calls": self.live, **services}

    async def _snapshot(self) -> None:
        await self._log.snapshot({name: part.snapshot() for name, part in self._restorables().items()})

    async def _snapshots(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_EVERY_S)
            try:
                await self._snapshot()
            except DatabaseError as error:
                _log.warning("no_snapshot", error=str(error))

    async def _renew_phones(self, runner: Runner) -> None:
        await runner.ready.wait()
        while True:
            await asyncio.sleep(PHONES_EVERY_S)
            await runner.look_at_phones()


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415

    return version("ringhall")


async def run(settings: Settings) -> int:
    """Run a controller until SIGTERM or SIGINT."""
    clock = go_on(settings.home)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    key = master_key(settings.home)
    await migrate(settings.database)
    engine = open_engine(settings.database)
    directory = Directory(engine, key)
    await seed(directory, settings.home)
    log = await EventLog.open(
        engine=engine,
        journal_dir=settings.home / "journal",
        site=settings.site,
        node=settings.node,
        stream="main",
        now=clock.now,
        master_key=key,
    )
    url, user, password = settings.ari()
    ami_login = settings.ami()
    ami = None if ami_login is None else Ami(*ami_login)
    switch = AsteriskSwitch.on(url.removesuffix("/ari"), user, password, ami)
    media = AsteriskMedia.on(url.removesuffix("/ari"), user, password, clock.now, settings.media_transport)
    quality, newcomers = AsteriskQuality(), Newcomers()
    switch.listeners += [quality.hear, newcomers.hear]
    switch.joined.append(newcomers.joined)
    switch.found.append(newcomers.found)
    newcomers.takers.append(media.newcomer)
    ports: list[object] = [media, quality]
    if ami is not None:
        recorder = MixMonitor(ami)
        newcomers.takers.append(recorder.newcomer)
        ports += [recorder, AsteriskTrunkStates(ami, settings.asterisk.trunks)]
        ports.append(Notes(settings.asterisk_home.folder))
    controller = Controller(settings, clock, switch, log, directory, ami=ami, ports=ports)
    await switch.start()
    await media.start()
    if ami is not None:
        await ami.start()
    try:
        await controller.start()
        # what start-up made lives for ever: keep the collector from walking it again and again
        gc.collect()
        gc.freeze()
        keeper = ClockKeeper(clock, settings.home, controller.runtime.alarm, controller.runtime.clear_alarm)
        keeping = asyncio.create_task(keeper.run(), name="clock")
        await controller.wait(stop)
        keeping.cancel()
        await controller.stop()
    finally:
        await media.close()
        await switch.close()
        if ami is not None:
            await ami.close()
        await log.close()
        await engine.dispose()
    return 0


def main() -> int:
    """Entry point of ``python -m callflow.controller``."""
    configure_logging()
    # the thread that writes the database would keep the loop waiting for 5 ms at a time
    sys.setswitchinterval(SWITCH_S)
    try:
        return uvloop.run(run(load_settings()))
    except (
        SettingsError, PromptError, parts.PartError, RecordsError, ApplicationTaken, SwitchError, OSError
    ) as error:  # fmt: skip
        _log.error("cannot_go_on", reason=str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
