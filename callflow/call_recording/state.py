"""What is recorded at present, as a fold of the log: all that a restarted controller knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from records import events as e

if TYPE_CHECKING:
    from records.events import Recorded


_OF_RUNNING = (
    e.CallRecordingPaused, e.CallRecordingResumed, e.QueueEntered, e.QueueLeft, e.CallConnected, e.TalkEnded,
    e.StepEntered, e.CallTransferred,
)  # fmt: skip
KINDS = (
    e.CallRecordingStarted, e.CallRecordingWished, e.CallRecordingStopped, e.CallRecordingKept,
    e.CallRecordingLost, e.CallRecordingDeleted, e.CallRecordingsToErase, e.CallRecordingsErased, e.CallEnded,
    *_OF_RUNNING,
)  # fmt: skip
"""Events that change the state."""
_FOLDED = frozenset(KINDS)
TRANSFER = "transfer"
"""By whom a talk is ended that goes on with somebody else; among those who talk it stands for them."""


class Running(msgspec.Struct):
    """A recording that has been started and whose file is not whole yet."""

    recording: str
    call: str
    leg: str
    subject: str
    queue: str
    begun_at: float
    """Steady seconds."""
    keep_days: int
    with_wait: bool
    agents: list[str] = []
    """Who talked, in order."""
    talking: list[str] = []
    """Who talks now."""
    waits: bool = False
    """The call waits in a queue."""
    paused: bool = False
    heard_until: float = 0.0
    """Steady seconds at which what is recorded ended; 0 while it goes on."""
    stopped: str = ""
    """Why it is over; empty while it runs."""
    erase: bool = False
    """Its person was erased: nothing of it is to be kept."""

    @property
    def going_on(self) -> bool:
        """Whether what is said now is recorded: what callers say and type between talks is no talk."""
        return not self.paused and not self.stopped and self.open

    @property
    def open(self) -> bool:
        """Whether there is something to record now, were it not paused."""
        return bool(self.talking) or (self.with_wait and self.waits)

    @property
    def seconds_wanted(self) -> float | None:
        """Seconds of it that are kept: up to the end of the last talk, or wait.  None for all."""
        return self.heard_until - self.begun_at if self.heard_until else None


class State(msgspec.Struct):
    """The fold's state."""

    running: dict[str, Running] = {}
    """Call → recording; of a call that was switched off and on again, the last one."""
    finishing: dict[str, Running] = {}
    """Recording → one that is over and whose file is not whole yet."""
    wishes: dict[str, bool] = {}
    """Call → whether a step switched its recording on or off."""
    counts: dict[str, int] = {}
    """Call → how many recordings it has had."""
    deleted: dict[str, str] = {}
    """Recording → its file, which may still be there."""
    to_erase: list[str] = []
    """Persons whose recordings are to be deleted."""

    def fold(self, recorded: Recorded) -> None:
        """Take one event, in order."""
        event = recorded.event
        if type(event) not in _FOLDED:
            return
        at = recorded.at.timestamp()
        match event:
            case e.CallRecordingStarted():
                self.counts[event.call] = self.counts.get(event.call, 0) + 1
                self.running[event.call] = Running(
                    recording=event.recording,
                    call=event.call,
                    leg=event.leg,
                    subject=event.subject,
                    queue=event.queue,
                    begun_at=at,
                    keep_days=event.keep_days,
                    with_wait=event.with_wait,
                    agents=[event.agent] if event.agent else [],
                    talking=[event.agent] if event.agent else [],
                    waits=not event.agent,
                )
            case e.CallRecordingWished():
                self.wishes[event.call] = event.on
            case e.CallRecordingStopped():
                self._stop(event, at)
            case e.CallRecordingKept() | e.CallRecordingLost():
                self.finishing.pop(event.recording, None)
                running = self.running.get(event.call)
                if running is not None and running.recording == event.recording:
                    del self.running[event.call]
            case e.CallRecordingDeleted():
                self.deleted[event.recording] = event.file
            case e.CallRecordingsToErase():
                self._erase(event.subject)
            case e.CallRecordingsErased():
                self.to_erase = [subject for subject in self.to_erase if subject != event.subject]
            case e.CallEnded():
                self.wishes.pop(event.call, None)
                self.counts.pop(event.call, None)
            case _:
                self._of_running(event, at)

    def _of_running(self, event: e.Event, at: float) -> None:  # noqa: PLR0912 - a table of events
        running = self.running.get(getattr(event, "call", ""))
        if running is None:
            return
        match event:
            case e.CallRecordingPaused():
                running.paused = True
            case e.CallRecordingResumed():
                running.paused = False
            case e.QueueEntered():
                running.waits, running.talking = True, _but(running.talking, TRANSFER)
            case e.StepEntered():  # handed over to a menu
                running.talking = _but(running.talking, TRANSFER)
            case e.QueueLeft():
                running.waits = False
            case e.CallConnected():
                running.waits, running.queue = False, event.queue
                running.talking = _but(running.talking, TRANSFER)
                if event.agent not in running.talking:
                    running.talking.append(event.agent)
                if event.agent not in running.agents:
                    running.agents.append(event.agent)
            case e.CallTransferred() if event.kind != "blind" and event.to_kind == "agent":
                running.talking = [*_but(running.talking, TRANSFER), event.to]
                if event.to not in running.agents:
                    running.agents.append(event.to)
            case e.TalkEnded():
                running.talking = _but(running.talking, event.agent, TRANSFER)
                if event.by in e.GOES_ON:
                    running.talking.append(TRANSFER)
            case _:
                return
        if running.open:
            running.heard_until = 0.0
        elif not running.heard_until:
            running.heard_until = at

    def _stop(self, event: e.CallRecordingStopped, at: float) -> None:
        running = self.running.get(event.call)
        if running is None or running.recording != event.recording:
            return
        del self.running[event.call]
        running.stopped = event.reason
        running.heard_until = running.heard_until or at
        self.finishing[running.recording] = running

    def _erase(self, subject: str) -> None:
        if subject not in self.to_erase:
            self.to_erase.append(subject)
        for one in (*self.running.values(), *self.finishing.values()):
            if one.subject == subject:
                one.erase = True


def _but(names: list[str], *without: str) -> list[str]:
    return [name for name in names if name not in without]
