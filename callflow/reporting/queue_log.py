"""The service ``queue_log``: writes ``log/queue_log`` in Asterisk's format as events come."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callflow.reporting.queue_log_file import QueueLogFile
from callflow.settings import Settings
from records.folds.queue_log import QueueLogFold
from records.log import EventLog

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from records.events import Recorded

EVERY_S = 1.0
"""So often lines go into the file, and so late is the file; a death in between loses none."""
MOST_AT_ONCE = 10_000
MOST_HELD = 100_000
"""Lines that are held while the disk does not take them; then the oldest are given up."""
ALARM = "queue_log"


class QueueLogService:
    """Folds, collects and writes."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        self._wanted = settings.queue_log
        self._fold = QueueLogFold()
        self._file = QueueLogFile(settings.home / "log" / "queue_log")
        self._seq = 0
        self._lines: deque[tuple[int, str]] = deque()
        """(event, line) not in the file yet."""
        self._opened = False
        self._failed: OSError | None = None
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def create(cls, runtime: Runtime) -> QueueLogService:
        """Make the service; where the file is wanted, it hears everything from the first event on."""
        service = cls(runtime, runtime.require(Settings))
        if service._wanted:
            runtime.subscribe(service.replay)
        return service

    async def start(self) -> None:
        """Find out how far the file had come, and go on there."""
        if self._wanted:
            self._open()
            self._writing = asyncio.create_task(self._write_on(), name="queue_log")

    async def stop(self) -> None:
        """Write what there is."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self._write()
        self._file.close()

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in, once."""
        if not self._wanted or recorded.seq <= self._seq:
            return
        self._open()
        self._seq = recorded.seq
        lines = self._fold.apply(recorded)
        if recorded.seq > self._file.seq:
            self._lines.extend((recorded.seq, line) for line in lines)
        if len(self._lines) > MOST_AT_ONCE and self._failed is None:
            self._write()  # after a long outage a restart replays more than should be held
        while len(self._lines) > MOST_HELD:
            self._lines.popleft()

    def snapshot(self) -> Any:
        """Give the state as JSON-able data, with the lines that are not in the file yet."""
        return {"seq": self._seq, "fold": self._fold.snapshot(), "lines": list(self._lines)}

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._seq = state["seq"]
        self._fold.restore(state["fold"])
        self._lines = deque(msgspec.convert(state["lines"], list[tuple[int, str]]))

    def _open(self) -> None:
        if self._opened:
            return
        self._opened = True
        try:
            self._file.open()
        except OSError as error:
            self._failed = error
        # a power cut may have taken the last events back: their numbers are given again
        self._file.seq = min(self._file.seq, self._runtime.require(EventLog).seq)
        self._lines = deque((seq, line) for seq, line in self._lines if seq > self._file.seq)

    async def _write_on(self) -> None:
        while True:
            self._write()
            self._report()
            await asyncio.sleep(EVERY_S)

    def _write(self) -> None:
        if not self._lines:
            return
        try:
            self._file.write([line for _, line in self._lines], self._seq)
        except OSError as error:
            self._failed = error
            return
        self._lines.clear()
        self._failed = None

    def _report(self) -> None:
        """Raise the alarm, or take it back; not while the log is being replayed."""
        if self._failed is None:
            self._runtime.clear_alarm(ALARM)
            return
        why = self._failed.strerror
        self._runtime.alarm(ALARM, f"log/queue_log can't be written: {why}; its lines are held until it can")
