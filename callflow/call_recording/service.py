"""The service ``call_recordings``: which calls are recorded, their files, and what becomes of these.

What is recorded is a fold of the log; the switch writes the files by itself.  So a controller may die at any
time: the next one finds the recordings running, and finishes those that ended meanwhile.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from callflow.call_recording import files
from callflow.call_recording.control import CallRecordingControl
from callflow.call_recording.rule import RecordingRules
from callflow.call_recording.state import KINDS, State
from callflow.call_recording.tending import Tending
from callflow.live_calls import LiveCalls
from callflow.settings import Settings
from records import events as e
from records.errors import DatabaseError
from records.log import EventLog
from records.recording_rows import RecordingQueries
from telephony.recorder import CallRecorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aiohttp import web

    from callflow.call_recording.rule import RecordRule
    from callflow.call_recording.state import Running
    from callflow.protocol import Runtime
    from records.events import Recorded
    from records.recording_rows import KeptRecording

_log = structlog.get_logger(__name__)

ALARM = "call_recording"
LOOK_EVERY_S = 5.0
"""How often folder and disk are looked at."""
SWEEP_EVERY_S = 3600.0
"""How often recordings whose time is over are deleted."""
_AT_ONCE = 200


class NoRecording(LookupError):  # noqa: N818 - named for what is wrong
    """There is no such recording, or the call is not recorded; the message says which, and what to do."""


class CallRecordings:
    """Owns the folder of recordings; the port for the command line, and for whoever serves them otherwise."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.require(Settings).recordings
        self.folder = self._settings.folder_in(runtime.home)
        self._log = runtime.require(EventLog)
        self._kept = RecordingQueries(self._log.engine)
        self._state = State()
        self._no_room = ""
        self._tended: dict[str, Tending] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def create(cls, runtime: Runtime) -> CallRecordings:
        """Make the service."""
        return cls(runtime)

    # ── life ─────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Take up what is recorded, finish what ended meanwhile, delete what was to be."""
        self._recorder = next(iter(self._runtime.all_of(CallRecorder)), None)
        self._live = self._runtime.require(LiveCalls)
        if self._recorder is not None:
            self._recorder.on_newcomer(self._joined)
        self._runtime.subscribe(self._hear, *KINDS)
        self._log.vault.on_erased(self._erased)
        await self._look()
        for one in (*self._state.running.values(), *self._state.finishing.values()):
            self._tend(one)
        for one in list(self._state.running.values()):
            if self._live.get(one.call) is None:
                self._stop(one, "call_over")
        for recording, file in list(self._state.deleted.items()):
            self._go(self._unlink(recording, file))
        for subject in list(self._state.to_erase):
            self._go(self._delete_all_of(subject))
        self._go(self._watch())

    async def stop(self) -> None:
        """Let go: the switch goes on recording."""
        tasks = [*self._tasks, *(one.task for one in self._tended.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._state = msgspec.convert(state, State)

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        self._state.fold(recorded)

    def in_status(self) -> Mapping[str, object]:
        """Tell how many calls are being recorded."""
        return {"recording": len(self._state.running)}

    # ── for people: lists, files, pauses ─────────────────────────────────────────────────────────

    def running(self) -> list[Running]:
        """Give the recordings that run, the oldest first."""
        return list(self._state.running.values())

    async def list(
        self,
        *,
        call: str = "",
        queue: str = "",
        since: float = 0.0,
        until: float | None = None,
        before: tuple[float, str] | None = None,
        limit: int = 100,
    ) -> list[KeptRecording]:
        """Give the recordings that are kept, the newest first: as :meth:`RecordingQueries.newest`."""
        return await self._kept.newest(
            call=call, queue=queue, since=since, until=until, before=before, limit=limit
        )

    async def get(self, recording: str) -> KeptRecording:
        """Give a recording that is kept; raises :class:`NoRecording`."""
        found = await self._kept.one(recording)
        if found is None:
            raise NoRecording(
                f"there is no recording {recording[:60]}, or it was deleted, or it is not finished yet; "
                "'ringhall recordings list' lists them"
            )
        return found

    async def open(self, recording: str, by: str) -> Path:
        """Give a recording's file to somebody, on record; raises :class:`NoRecording`."""
        kept = await self.get(recording)
        path = self.folder / kept.file
        if not await asyncio.to_thread(path.is_file):
            raise NoRecording(f"the file {path} of recording {recording} is gone")
        self._runtime.record(e.CallRecordingFetched(call=kept.call, recording=recording, by=by))
        return path

    async def verify(self, recording: str) -> str:
        """Hold a file against its checksum: good, damaged or missing.  Raises :class:`NoRecording`."""
        kept = await self.get(recording)
        try:
            found = await asyncio.to_thread(files.checksum, self.folder / kept.file)
        except OSError as error:
            _log.warning("recording_unreadable", recording=recording, error=str(error))
            return "missing"
        return "good" if found == kept.sha256 else "damaged"

    async def delete(self, recording: str, by: str) -> None:
        """Delete a recording and its file; raises :class:`NoRecording`."""
        await self._delete(await self.get(recording), "asked", by)

    def pause(self, call: str, by: str, reason: str = "") -> Running:
        """Record silence in place of both sides until :meth:`resume`; raises :class:`NoRecording`."""
        one = self._of(call)
        if not one.paused:
            self._runtime.record(
                e.CallRecordingPaused(call=call, recording=one.recording, by=by, reason=reason)
            )
        return one

    def resume(self, call: str, by: str) -> Running:
        """Record again what is said; raises :class:`NoRecording`."""
        one = self._of(call)
        if one.paused:
            self._runtime.record(e.CallRecordingResumed(call=call, recording=one.recording, by=by))
        return one

    def wish(self, call: str, *, on: bool) -> None:
        """Switch a call's recording on, from its next talk, or off, at once."""
        self._runtime.record(e.CallRecordingWished(call=call, on=on))

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall recordings``."""
        return CallRecordingControl(self).routes()

    def _of(self, call: str) -> Running:
        one = self._state.running.get(call)
        if one is None:
            raise NoRecording(
                f"call {call[:60]} is not being recorded; 'ringhall recordings list' shows those that are"
            )
        return one

    # ── what happens to calls ────────────────────────────────────────────────────────────────────

    def _hear(self, recorded: Recorded) -> None:
        self._state.fold(recorded)
        event = recorded.event
        match event:
            case e.CallConnected():
                self._consider(event.call, event.queue, agent=event.agent)
            case e.QueueEntered():
                self._consider(event.call, event.queue)
            case e.CallRecordingStarted():
                self._tend(self._state.running[event.call])
            case e.CallEnded():
                self._stop_call(event.call, "call_over")
            case e.CallRecordingWished(on=False):
                self._stop_call(event.call, "switched_off")
            case e.CallRecordingsToErase():
                for one in list(self._state.running.values()):
                    if one.erase:
                        self._stop(one, "erased")
                self._go(self._delete_all_of(event.subject))
            case _:
                pass
        if isinstance(event, _CHANGES):
            for tending in self._tended.values():
                if tending.of.call == event.call:
                    tending.look()

    def _consider(self, call: str, queue: str, agent: str = "") -> None:
        """Begin to record a call, if its queue's rule or a step says so and nothing stands against it."""
        live, wish = self._live.get(call), self._state.wishes.get(call)
        if live is None or call in self._state.running or wish is False:
            return
        rule = self._rule(queue)
        if wish is None and (rule is None or not rule.chooses(call)):
            return
        with_wait = rule is not None and rule.waiting
        if not (agent or with_wait):
            return
        objection = "" if rule is None else rule.objection(live.notices)
        objection = objection or self._no_room.partition(":")[0]
        if objection:
            self._runtime.record(e.CallRecordingRefused(call=call, queue=queue, reason=objection))
            return
        number = self._state.counts.get(call, 0) + 1
        keep = None if rule is None else rule.keep
        self._runtime.record(
            e.CallRecordingStarted(
                call=call,
                recording=f"{call}-c{number}",
                leg=live.leg,
                subject=live.subject,
                queue=queue,
                keep_days=self._settings.keep_days if keep is None else keep,
                agent=agent,
                with_wait=with_wait,
            )
        )

    def _rule(self, queue: str) -> RecordRule | None:
        rules = (source.recording_rule(queue) for source in self._runtime.all_of(RecordingRules))
        return next((rule for rule in rules if rule is not None), None)

    def _stop_call(self, call: str, reason: str) -> None:
        one = self._state.running.get(call)
        if one is not None:
            self._stop(one, reason)

    def _stop(self, one: Running, reason: str) -> None:
        self._runtime.record(e.CallRecordingStopped(call=one.call, recording=one.recording, reason=reason))

    def _tend(self, one: Running) -> None:
        """Have a recording begun, interrupted and finished as the state says."""
        if self._recorder is None:
            return
        tending = Tending(one, self._recorder, self.folder, self._runtime)
        self._tended[one.recording] = tending
        tending.task.add_done_callback(lambda _: self._tended.pop(one.recording, None))

    def _joined(self, leg: str) -> None:
        for tending in self._tended.values():
            if tending.of.leg == leg:
                tending.joined()

    # ── room, retention, erasure ─────────────────────────────────────────────────────────────────

    async def _watch(self) -> None:
        swept = -SWEEP_EVERY_S
        while True:
            await self._look()
            if self._runtime.clock.now() - swept >= SWEEP_EVERY_S:
                swept = self._runtime.clock.now()
                with suppress(DatabaseError, SQLAlchemyError):
                    await self._sweep()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        """See whether there is room; where there is none, what runs is ended before it hurts others."""
        least = round(self._settings.least_free_mb * 1e6)
        wrong = await asyncio.to_thread(files.room, self.folder, least)
        if self._recorder is None:
            wrong = "no_recorder: recordings need AMI, which a foreign Asterisk's settings do not have"
        self._no_room = wrong
        if not wrong:
            self._runtime.clear_alarm(ALARM)
            return
        if self._recorder is not None or self._live_rules():
            self._runtime.alarm(ALARM, f"calls are not recorded into {self.folder}: {wrong}")
        if wrong.startswith("no_room"):
            for one in list(self._state.running.values()):
                self._stop(one, "no_room")

    def _live_rules(self) -> bool:
        return any(source.records_anything() for source in self._runtime.all_of(RecordingRules))

    async def _sweep(self) -> None:
        while found := await self._kept.expired(self._runtime.clock.now(), _AT_ONCE):
            for one in found:
                await self._delete(one, "expired")
            await self._log.flush()  # the rows go with the events: the next look finds others

    async def _delete(self, kept: KeptRecording, reason: str, by: str = "") -> None:
        self._runtime.record(
            e.CallRecordingDeleted(
                call=kept.call, recording=kept.recording, file=kept.file, reason=reason, by=by
            )
        )
        await self._unlink(kept.recording, kept.file)

    async def _unlink(self, recording: str, file: str) -> None:
        """Remove a file whose deletion is on record; tried again at the next start when it can't be."""
        try:
            await asyncio.to_thread(files.delete, self.folder / file)
        except OSError as error:
            _log.error("recording_not_deleted", recording=recording, error=str(error))
        else:
            self._state.deleted.pop(recording, None)

    def _erased(self, subject: str, _number_hash: bytes | None) -> None:
        if subject:
            self._runtime.record(e.CallRecordingsToErase(subject=subject))

    async def _delete_all_of(self, subject: str) -> None:
        while True:
            try:
                await self._log.flush()
                found = await self._kept.of_subject(subject)
            except (DatabaseError, SQLAlchemyError) as error:
                _log.warning("erasure_waits_for_the_database", error=str(error))
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                break
        for one in found:
            await self._delete(one, "erased")
        self._runtime.record(e.CallRecordingsErased(subject=subject, recordings=len(found)))

    def _go(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, name="call recordings")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("recordings_failed", exc_info=task.exception())


_CHANGES = (
    e.QueueEntered, e.QueueLeft, e.CallConnected, e.TalkEnded, e.StepEntered, e.CallRecordingPaused,
    e.CallRecordingResumed, e.CallRecordingStopped,
)  # fmt: skip
"""After which a recording goes on, is interrupted or ends."""
