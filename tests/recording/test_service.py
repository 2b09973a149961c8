"""The service on a real log and database, with a recorder that writes at once: what becomes of recordings."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy.exc import OperationalError

from callflow.api import ApiError, Asked, Role
from callflow.call_recording import service
from callflow.call_recording.api import RecordingRoutes, RecordingsAsked
from callflow.call_recording.rule import RecordRule
from callflow.call_recording.service import CallRecordings
from callflow.call_recording.tending import SURE_S
from callflow.live_calls import LiveCalls
from callflow.runtime import LiveRuntime
from callflow.settings import Settings
from records import events as e
from telephony.recorder import REST_S
from telephony.switch import LegGone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from callflow.clock import Clock
    from telephony.switch import Switch
    from tests.records.homes import Home

SECOND = bytes(range(250)) * 128


class Tape:
    """A recorder that records a second at once."""

    def __init__(self) -> None:
        self.running: dict[str, Path] = {}
        self.gone: set[str] = set()
        self.began_at: list[float] = []
        self.newcomer: Callable[[str], None] = lambda _: None

    async def start(self, leg: str, file: Path) -> None:
        assert leg not in self.running, "recorded twice"
        with file.open("ab") as raw:
            raw.write(SECOND)
        self.running[leg] = file
        self.began_at.append(time.monotonic())

    async def stop(self, leg: str) -> None:
        if leg in self.gone:
            raise LegGone(leg)
        self.running.pop(leg, None)

    def on_newcomer(self, take: Callable[[str], None]) -> None:
        self.newcomer = take


class Rules:
    """Every queue is recorded."""

    def recording_rule(self, queue: str) -> RecordRule | None:
        return RecordRule(keep=10)

    def records_anything(self) -> bool:
        return True


class ShiftedClock:
    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> float:
        return time.time() + self.ahead_s


class Site:
    """A controller's log and the service."""

    def __init__(
        self, runtime: LiveRuntime, service: CallRecordings, tape: Tape, clock: ShiftedClock
    ) -> None:
        self.runtime = runtime
        self.log = runtime.log
        self.service = service
        self.tape = tape
        self.clock = clock
        self.seen: list[e.Event] = []
        self.log.subscribe(lambda recorded: self.seen.append(recorded.event))

    def talk(self, call: str, subject: str) -> None:
        leg = f"leg-of-{call}"
        self.log.append(e.CallArrived(call=call, leg=leg, dialed="1", trunk="t", subject=subject))
        self.log.append(
            e.CallConnected(offer=f"{call}-a1", call=call, queue="sales", agent="1001", wait_s=0.0)
        )

    def end(self, call: str) -> None:
        self.log.append(e.CallEnded(call=call, outcome="completed", by="caller", cause="normal"))

    async def sees(self, kind: type[e.Event], count: int = 1) -> Any:
        async with asyncio.timeout(10):
            while len(found := [event for event in self.seen if isinstance(event, kind)]) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # a database writes in its own time
        await self.log.flush()
        return found[count - 1]

    def files(self) -> list[Path]:
        return [path for path in self.service.folder.rglob("*") if path.is_file()]


@asynccontextmanager
async def a_site(home: Home, *, tape: Tape | None = None) -> AsyncIterator[Site]:
    opened = await home.open()
    clock, tape, live = ShiftedClock(), tape or Tape(), LiveCalls()
    settings = Settings(home=home.folder).model_copy()
    runtime = LiveRuntime(
        clock=cast("Clock", clock),
        switch=cast("Switch", None),
        log=opened.log,
        home=home.folder,
        parts=[settings, live, tape, Rules()],
    )
    service = CallRecordings.create(runtime)
    for recorded in opened.tail:
        live.replay(recorded)
        service.replay(recorded)
    opened.log.subscribe(live.replay)
    site = Site(runtime, service, tape, clock)
    await service.start()
    try:
        yield site
    finally:
        await service.stop()
        await opened.log.close()


async def test_a_talk_is_kept_and_deleted_when_its_time_is_over(home: Home) -> None:
    async with a_site(home) as site:
        site.talk("call1", site.log.vault.subject_for("+4670111"))
        await asyncio.sleep(0.3)
        site.end("call1")
        kept = await site.sees(e.CallRecordingKept)
        assert (kept.agents, kept.queue) == (["1001"], "sales")
        assert 0.25 < kept.seconds < 0.9, "cut at the end of the talk, though the tape ran on"
        assert (await site.service.get(kept.recording)).sha256 == kept.sha256
        assert await site.service.verify(kept.recording) == "good"
        await site.service._sweep()
        assert len(site.files()) == 1
        site.clock.ahead_s = 10 * 86400 + 60
        await site.service._sweep()
        assert (await site.sees(e.CallRecordingDeleted)).reason == "expired"
        assert site.files() == []
        assert await site.service.list() == []


async def test_erasing_a_person_deletes_what_is_kept_and_what_runs(home: Home) -> None:
    async with a_site(home) as site:
        person, other = (site.log.vault.subject_for(number) for number in ("+4670111", "+4670222"))
        site.talk("kept", person)
        site.talk("others", other)
        await asyncio.sleep(0.3)
        site.end("kept")
        await site.sees(e.CallRecordingKept)
        site.talk("runs", person)
        await asyncio.sleep(0.3)
        site.log.vault.erase(person)
        assert (await site.sees(e.CallRecordingLost)).reason == "erased"
        assert (await site.sees(e.CallRecordingsErased)).recordings == 1
        site.end("others")
        await site.sees(e.CallRecordingKept, 2)
        assert [one.call for one in await site.service.list()] == ["others"]
        assert [path.name for path in site.files()] == ["others-c1.wav"]


async def test_what_a_dead_controller_was_to_do_is_done_by_the_next(home: Home) -> None:
    """It died with one recording running, one whose call had ended, and an erasure not carried out."""
    tape = Tape()
    async with a_site(home, tape=tape) as site:
        person = site.log.vault.subject_for("+4670111")
        site.talk("kept", person)
        await asyncio.sleep(0.3)
        site.end("kept")
        await site.sees(e.CallRecordingKept)
        for call in ("ended", "runs"):
            site.talk(call, site.log.vault.subject_for("+4670222"))
        await asyncio.sleep(0.3)
        await site.service.stop()
        site.end("ended")
        site.log.append(e.CallRecordingsToErase(subject=person))
        await asyncio.sleep(0)
    tape.gone.add("leg-of-ended")
    async with a_site(home, tape=tape) as site:
        assert (await site.sees(e.CallRecordingKept)).call == "ended"
        assert (await site.sees(e.CallRecordingsErased)).subject == person
        assert [one.call for one in site.service.running()] == ["runs"]
        await asyncio.sleep(0.3)
        assert "leg-of-runs" in tape.running
        site.end("runs")
        kept = await site.sees(e.CallRecordingKept, 2)
        assert kept.call == "runs"
        assert kept.seconds > 0.6, "begun by one controller, ended by the other"
        assert sorted(path.name for path in site.files()) == ["ended-c1.wav", "runs-c1.wav"]


async def test_expiry_and_erasure_outlast_a_database_that_fails(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails once is done later: the service's tasks don't end of it."""
    monkeypatch.setattr(service, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(service, "SWEEP_EVERY_S", 0.0)
    async with a_site(home) as site:
        person, other = (site.log.vault.subject_for(number) for number in ("+4670111", "+4670222"))
        for call, subject in (("erased", person), ("expires", other)):
            site.talk(call, subject)
            await asyncio.sleep(0.3)
            site.end(call)
        await site.sees(e.CallRecordingKept, 2)
        failures = 0
        reading = site.service._kept._read

        async def failing(query: Any) -> Any:
            nonlocal failures
            failures += 1
            if failures < 6:
                raise OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))
            return await reading(query)

        monkeypatch.setattr(site.service._kept, "_read", failing)
        site.clock.ahead_s = 10 * 86400 + 60
        site.log.vault.erase(person)
        assert (await site.sees(e.CallRecordingsErased)).subject == person
        await site.sees(e.CallRecordingDeleted, 2)
        assert failures >= 6
        assert site.files() == []


async def test_a_list_is_read_in_pages(home: Home) -> None:
    """Three began in the same instant: none is left out, none comes twice."""
    async with a_site(home) as site:
        for number in range(7):
            begun_at = 1000.0 if number in {2, 3, 4} else 1000.0 + number
            site.log.append(
                e.CallRecordingKept(
                    call=f"call{number}", recording=f"r{number}", subject="", queue="sales", agents=["1001"],
                    file=f"r{number}.wav", begun_at=begun_at, seconds=1.0, bytes=1, sha256="", delete_at=0.0,
                )
            )  # fmt: skip
        await site.log.flush()
        routes = RecordingRoutes(site.service, LiveCalls())
        asked = Asked("boss", Role.SUPERVISOR, "", None, "r", cast("Any", None))
        seen: list[str] = []
        cursor = ""
        for _ in range(4):
            page = await routes.recordings(asked, RecordingsAsked(limit=2, cursor=cursor))
            seen += [one.recording for one in page.items]
            cursor = page.next
        assert seen == ["r6", "r5", "r1", "r0", "r2", "r3", "r4"]
        assert cursor == ""
        since, until = (datetime.fromtimestamp(at, UTC) for at in (1001.0, 1006.0))
        page = await routes.recordings(asked, RecordingsAsked(since=since, until=until))
        assert [one.recording for one in page.items] == ["r5", "r1"]
        with pytest.raises(ApiError):
            await routes.recordings(asked, RecordingsAsked(cursor="nonsense"))


@pytest.mark.parametrize("between", ["at once", "in the talk"])
async def test_somebody_new_is_recorded_after_a_rest(home: Home, between: str) -> None:
    """Whatever else hears the leg has let go of it by then (telephony/asterisk/newcomers.py)."""
    tape = Tape()
    async with a_site(home, tape=tape) as site:
        site.talk("call1", "")
        await until(lambda: len(tape.began_at) == 1)
        if between == "at once":
            site.log.append(e.TalkEnded(call="call1", queue="sales", agent="1001", by="transfer", talk_s=1.0))
            site.log.append(e.QueueEntered(call="call1", queue="sales", priority=0, needs={}, position=1))
            await until(lambda: not tape.running)
            site.log.append(
                e.CallConnected(offer="call1-a2", call="call1", queue="sales", agent="1002", wait_s=0.0)
            )
        came = time.monotonic()
        tape.newcomer("leg-of-call1")
        await until(lambda: len(tape.began_at) == 2)
        assert REST_S <= tape.began_at[1] - came < REST_S + 0.3
        await until(lambda: len(tape.began_at) == 3)  # on a busy machine they had not said anything yet
        assert SURE_S + REST_S <= tape.began_at[2] - came < SURE_S + REST_S + 0.3
        site.end("call1")
        await site.sees(e.CallRecordingKept)


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
