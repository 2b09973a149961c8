"""One recording's way from its begin to its whole file: does with the switch what the state says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from callflow.call_recording import files
from records.events import CallRecordingKept, CallRecordingLost
from telephony.recorder import REST_S
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from pathlib import Path

    from callflow.call_recording.state import Running
    from callflow.protocol import Runtime
    from telephony.recorder import CallRecorder

_log = structlog.get_logger(__name__)

ALARM = "call_recording_file"
DAY_S = 86_400.0
AGAIN_S = 1.0
SETTLED_S = 1.0
"""A file that has not grown for so long, after its leg ended, is closed: Asterisk writes each second."""
SURE_S = 0.8
"""So long after somebody joined it rests once more: on a busy machine nothing of them has come by the first
time, and it was seen that the switch then goes on remembering those before."""
_LOOK_S = 0.25
_STOP_TRIES = 30


class Tending:
    """Looks after one recording in a task of its own.

    Where nothing is to be recorded the switch records nothing: the file is made as long as it should be with
    silence when it goes on.
    """

    def __init__(self, one: Running, recorder: CallRecorder, folder: Path, runtime: Runtime) -> None:
        self.of = one
        self._recorder = recorder
        self._runtime = runtime
        self._file = files.path_of(one.recording, one.begun_at)
        self._path = folder / self._file
        self._changed = asyncio.Event()
        self._newcomer = False
        self._rested_at = 0.0
        self._sure: asyncio.TimerHandle | None = None
        self.task = asyncio.get_running_loop().create_task(self._run(), name=f"recording {one.recording}")

    def look(self) -> None:
        """Take note that the state has changed."""
        self._changed.set()

    def joined(self) -> None:
        """Take note that somebody joined whom the switch's recording would not hear.

        One that has just ended rests all the same: what else hears the leg may not have let go of it yet.
        """
        self._rest()
        if self._sure is not None:
            self._sure.cancel()
        self._sure = asyncio.get_running_loop().call_later(SURE_S, self._rest)

    def _rest(self) -> None:
        self._newcomer = True
        self._rested_at = asyncio.get_running_loop().time() + REST_S
        self._changed.set()

    async def _run(self) -> None:
        on: bool | None = None
        """Whether the switch records; None when that is not known, as after a restart."""
        while not self.of.stopped:
            self._changed.clear()
            try:
                if on is not False and (on is None or self._newcomer or not self.of.going_on):
                    await self._recorder.stop(self.of.leg)
                    if self._newcomer:
                        self._rested_at = asyncio.get_running_loop().time() + REST_S
                    on = self._newcomer = False
                elif not on and self.of.going_on:
                    await self._begin()
                    on = True
                else:
                    await self._changed.wait()
            except LegGone:
                on = False
                await self._stopped()
            except SwitchError as error:
                on = None
                self._alarm(error)
                await asyncio.sleep(AGAIN_S)
            except OSError as error:
                self._alarm(error)
                self._lost(f"no file: {error.strerror}")
                return
        if self._sure is not None:
            self._sure.cancel()
        await self._finish()

    async def _begin(self) -> None:
        """Have the switch go on recording, at the place in the file where it would be."""
        while (left := self._rested_at - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 - it may move
            await asyncio.sleep(left)
        self._newcomer = False
        seconds = max(0.0, self._runtime.clock.now() - self.of.begun_at)
        raw = await asyncio.to_thread(files.make, self._path, seconds)
        if self.of.going_on:
            await self._recorder.start(self.of.leg, raw)

    async def _stopped(self) -> None:
        """Wait until the state says so, too: the leg is gone."""
        while not self.of.stopped:
            self._changed.clear()
            await self._changed.wait()

    async def _finish(self) -> None:
        await self._end()
        while True:
            try:
                if self.of.erase:
                    await asyncio.to_thread(files.delete, self._path)
                    self._lost("erased")
                    return
                whole = await asyncio.to_thread(files.finish, self._path, self.of.seconds_wanted)
            except OSError as error:
                # the folder is gone or read-only: what there is may be had when it is back
                self._alarm(error)
                await asyncio.sleep(AGAIN_S)
                continue
            if self.of.erase:
                continue
            if whole is None:
                self._lost("nothing was recorded")
            else:
                self._kept(whole)
            self._runtime.clear_alarm(ALARM)
            return

    async def _end(self) -> None:
        """Have the switch close the file."""
        for _ in range(_STOP_TRIES):
            try:
                await self._recorder.stop(self.of.leg)
            except LegGone:
                break
            except SwitchError as error:
                self._alarm(error)
                await asyncio.sleep(AGAIN_S)
            else:
                return
        await self._settled()

    async def _settled(self) -> None:
        """Wait until a file whose leg has ended is closed."""
        loop = asyncio.get_running_loop()
        before, since = -2, loop.time()
        while loop.time() - since < SETTLED_S:
            now = await asyncio.to_thread(files.size, self._path)
            if now != before:
                before, since = now, loop.time()
            await asyncio.sleep(_LOOK_S)

    def _kept(self, whole: files.Finished) -> None:
        one = self.of
        self._runtime.record(
            CallRecordingKept(
                call=one.call,
                recording=one.recording,
                subject=one.subject,
                queue=one.queue,
                agents=one.agents,
                file=self._file,
                begun_at=one.begun_at,
                seconds=round(whole.seconds, 3),
                bytes=whole.bytes,
                sha256=whole.sha256,
                delete_at=one.begun_at + one.keep_days * DAY_S if one.keep_days else 0.0,
            )
        )

    def _lost(self, reason: str) -> None:
        self._runtime.record(CallRecordingLost(call=self.of.call, recording=self.of.recording, reason=reason))

    def _alarm(self, error: Exception) -> None:
        _log.warning("recording_trouble", recording=self.of.recording, error=str(error))
        self._runtime.alarm(ALARM, f"recording {self.of.recording}: {error}")
