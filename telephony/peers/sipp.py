"""Many callers and many phones at once, by SIPp: started as a child, watched, and read as results.

SIPp is run as a program.  Its message log, with a time for each message, is what callers of this module
measure from; times are Unix seconds by the same clock as ``time.time()``.
"""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from telephony.peers import sipp_scenarios
from telephony.programs import ends_with_us, find_program, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from telephony.peers.sipp_scenarios import CallerPlan, PhonePlan


class SippError(Exception):
    """SIPp could not be started, or ended otherwise than it should; the message holds what it said."""


@dataclass(frozen=True)
class Message:
    """One SIP message, as it passed SIPp."""

    at: float
    """Unix seconds."""
    call_id: str
    received: bool
    cseq: str
    """Number and method, as ``"1 INVITE"``."""
    first_line: str

    @property
    def request(self) -> str:
        """The method of a request; empty for a response."""
        return "" if self.first_line.startswith("SIP/2.0") else self.first_line.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.first_line.split(" ")[1]) if self.first_line.startswith("SIP/2.0") else 0


@dataclass(frozen=True)
class Offer:
    """An INVITE that reached a phone."""

    at: float
    call_id: str
    phone: str
    caller: str
    """The number shown as the caller's."""


@dataclass(frozen=True)
class SippResult:
    """What SIPp counted."""

    created: int
    successful: int
    failed: int
    failures: dict[str, int] = field(default_factory=dict)
    """SIPp's name of the reason → calls, for those that happened."""


class SippRun:
    """One SIPp process.  Use it as an async context manager: it is ended with the block."""

    def __init__(self, arguments: Sequence[str], folder: Path, *, address: str, port: int) -> None:
        self.folder = folder
        self.address = address
        self.port = port
        self._arguments = list(arguments)
        self._process: asyncio.subprocess.Process | None = None
        self._messages: list[Message] = []
        self._messages_read = 0

    @property
    def pid(self) -> int:
        """Process id (the prefix's loader carries SIPp: it is one process)."""
        return self._running().pid

    async def __aenter__(self) -> Self:
        """Start SIPp."""
        command = [
            str(find_program("sipp")),
            *self._arguments,
            *("-i", self.address, "-mi", self.address, "-p", str(self.port), "-t", "u1"),
            *("-nostdin", "-trace_err", "-error_file", "errors.log"),
            # it would give up when it was often kept from running, as on a busy machine or by ourselves
            *("-watchdog_major_maxtriggers", "1000000", "-watchdog_minor_maxtriggers", "1000000"),
            *("-trace_stat", "-stf", "stat.csv", "-fd", "1"),
            *("-trace_shortmsg", "-shortmessage_file", "messages.log"),
            *("-trace_logs", "-log_file", "log.log"),
        ]
        with (self.folder / "screen.log").open("wb") as screen:
            self._process = await asyncio.create_subprocess_exec(
                *ends_with_us(command),
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=screen,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "TERM": "dumb"},
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End SIPp, if it is still running."""
        await self.stop()

    async def stop(self) -> None:
        """End SIPp at once; calls that are up are left to the other side."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def done(self, timeout: float) -> SippResult:  # noqa: ASYNC109 - bounded by the caller's plan
        """Wait until all planned calls are over, ``timeout`` seconds at most, and give the counts.

        Failed calls are a result, not an error.  Raises :class:`SippError` when SIPp did not start
        properly, died, or is not done in time.
        """
        process = self._running()
        try:
            async with asyncio.timeout(timeout):
                status = await process.wait()
        except TimeoutError:
            counts = self.counts()
            await self.stop()
            raise SippError(f"SIPp was not done in {timeout:g} s: {counts}; {self._said()}") from None
        if status not in {0, 1}:  # 1: at least one call failed
            raise SippError(f"SIPp ended with status {status}: {self._said()}")
        return self.counts()

    async def until(
        self,
        met: Callable[[SippRun], bool],
        timeout: float,  # noqa: ASYNC109
        what: str,
    ) -> None:
        """Wait until a condition on what SIPp logged is met; it is looked at every 10 ms.

        Raises :class:`SippError`, naming ``what`` was waited for.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while not met(self):
            if self._running().returncode is not None:
                raise SippError(f"SIPp ended before {what}: {self._said()}")
            if asyncio.get_running_loop().time() > deadline:
                raise SippError(f"no {what} in {timeout:g} s: {self._said()}")
            await asyncio.sleep(0.01)

    def messages(self) -> list[Message]:
        """Give all SIP messages so far, oldest first."""
        path = self.folder / "messages.log"
        if path.exists():
            with path.open("rb") as file:
                file.seek(self._messages_read)
                fresh = file.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            self._messages_read += len(whole)
            self._messages.extend(_parse_messages(whole.decode(errors="replace")))
        return self._messages

    def offers(self) -> list[Offer]:
        """Give every INVITE that reached a phone of this process, oldest first, without repetitions."""
        path = self.folder / "log.log"
        told: dict[str, tuple[str, str]] = {}
        if path.exists():
            for line in path.read_text(errors="replace").splitlines():
                words = line.split(" ")
                if len(words) == 4 and words[0] == "offer":
                    told[words[1]] = (words[2], words[3])
        first: dict[str, float] = {}
        for message in self.messages():
            if message.received and message.request == "INVITE":
                first.setdefault(message.call_id, message.at)
        return [Offer(first[i], i, *told[i]) for i in first if i in told]

    def wire(self) -> list[str]:
        """Give every SIP message so far as it stood on the wire, if the run keeps them; oldest first."""
        path = self.folder / "wire.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        # before each: a line of dashes and a date, then "UDP message sent|received [n] bytes:"
        return [part.partition("bytes:")[2].lstrip() for part in text.split("-" * 47) if "bytes:" in part]

    def counts(self) -> SippResult:
        """Give SIPp's own counts so far (written every second, and at its end)."""
        path = self.folder / "stat.csv"
        rows = list(csv.reader(path.open(), delimiter=";")) if path.exists() else []
        if len(rows) < 2:
            return SippResult(0, 0, 0)
        last = dict(zip(rows[0], rows[-1], strict=False))
        failures = {
            name.removesuffix("(C)"): int(value)
            for name, value in last.items()
            if name.startswith("Failed") and name.endswith("(C)") and name != "FailedCall(C)" and int(value)
        }
        return SippResult(
            created=int(last["TotalCallCreated"]),
            successful=int(last["SuccessfulCall(C)"]),
            failed=int(last["FailedCall(C)"]),
            failures=failures,
        )

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise SippError("SIPp has not been started")
        return self._process

    def _said(self) -> str:
        for name in ("errors.log", "screen.log"):
            path = self.folder / name
            text = path.read_text(errors="replace").strip() if path.exists() else ""
            if text:
                return text[-600:]
        return "it said nothing"


def _parse_messages(text: str) -> Iterator[Message]:
    for line in text.splitlines():
        # date, time, Unix time, direction, Call-ID, "CSeq:number method", first line
        parts = line.split("\t")
        if len(parts) < 6:
            continue
        stamp = next((part for part in parts if part.replace(".", "", 1).isdigit()), "0")
        cseq = next((part for part in parts if part.startswith("CSeq:")), "")
        yield Message(
            at=float(stamp),
            call_id=parts[-3],
            received=parts[-4] == "R",
            cseq=cseq.removeprefix("CSeq:").strip(),
            first_line=parts[-1],
        )


def _folder(given: Path | None) -> Path:
    folder = given or Path(tempfile.mkdtemp(prefix="ringhall-sipp-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def callers(
    server: str,
    plan: CallerPlan,
    *,
    calls: int = 1,
    per_second: float = 1.0,
    at_once: int | None = None,
    address: str = "127.0.0.1",
    folder: Path | None = None,
) -> SippRun:
    """Prepare ``calls`` callers who dial ``server`` (``host:port``) by way of the trunk, so many a second.

    ``at_once``: most calls at the same time; the next caller dials when one of them is over.
    """
    place = _folder(folder)
    scenario = sipp_scenarios.write_caller(plan, place)
    numbers = sipp_scenarios.write_table(place / "callers.csv", [(plan.number(i),) for i in range(calls)])
    port, media = free_ports(2, address)
    arguments = [
        *(server, "-sf", str(scenario), "-inf", str(numbers), "-mp", str(media - media % 2)),
        *("-m", str(calls), "-l", str(at_once or max(calls, 3))),
        *_rate(per_second),
    ]
    run = SippRun(arguments, place, address=address, port=port)
    if folder is None:  # a run without a folder of the caller's keeps its files as long as it is looked at
        weakref.finalize(run, shutil.rmtree, place, ignore_errors=True)
    return run


def phones(
    server: str,
    accounts: Sequence[tuple[str, str]],
    plan: PhonePlan,
    *,
    address: str = "127.0.0.1",
    echo: bool = False,
    wire: bool = False,
    per_second: float = 100.0,
    folder: Path | None = None,
) -> SippRun:
    """Prepare phones that register at ``server`` as (name, secret) and do with calls what ``plan`` says.

    ``echo``: what a phone hears it sends back.  ``wire``: keep whole messages (:meth:`SippRun.wire`).
    Wait for :func:`registered` before calling them.
    """
    place = _folder(folder)
    register, answer = sipp_scenarios.write_phone(plan, place)
    rows = [(name, f"[authentication username={name} password={secret}]") for name, secret in accounts]
    table = sipp_scenarios.write_table(place / "phones.csv", rows)
    port, media = free_ports(2, address)
    arguments = [
        *(server, "-sf", str(register), "-oocsf", str(answer), "-inf", str(table)),
        *("-mp", str(media - media % 2), "-m", str(len(accounts)), "-l", str(len(accounts))),
        *_rate(per_second),
        *(["-rtp_echo"] if echo else []),
        *(["-trace_msg", "-message_file", "wire.log"] if wire else []),
    ]
    run = SippRun(arguments, place, address=address, port=port)
    if folder is None:  # a run without a folder of the caller's keeps its files as long as it is looked at
        weakref.finalize(run, shutil.rmtree, place, ignore_errors=True)
    return run


def carrier(
    server: str,
    plan: PhonePlan,
    *,
    address: str = "127.0.0.1",
    echo: bool = False,
    folder: Path | None = None,
) -> SippRun:
    """Prepare a carrier: calls that ``server`` sends it by a trunk are dealt with as ``plan`` says.

    It registers nowhere, and answers probes.  Where it listens is ``address`` and the run's ``port``.
    """
    place = _folder(folder)
    _, answer = sipp_scenarios.write_phone(plan, place)
    port, media = free_ports(2, address)
    arguments = [
        *(server, "-sf", str(answer), "-mp", str(media - media % 2)),
        *(["-rtp_echo"] if echo else []),
    ]
    run = SippRun(arguments, place, address=address, port=port)
    if folder is None:  # a run without a folder of the caller's keeps its files as long as it is looked at
        weakref.finalize(run, shutil.rmtree, place, ignore_errors=True)
    return run


async def registered(run: SippRun, count: int, timeout: float = 15.0) -> None:  # noqa: ASYNC109
    """Wait until ``count`` phones of a :func:`phones` run are registered."""

    def all_registered(run: SippRun) -> bool:
        done = {
            m.call_id
            for m in run.messages()
            if m.received and m.status == 200 and m.cseq.endswith("REGISTER")
        }
        return len(done) >= count

    await run.until(all_registered, timeout, f"registration of {count} phones")


def _rate(per_second: float) -> list[str]:
    """SIPp takes whole numbers: calls per so many milliseconds."""
    if per_second >= 1:
        return ["-r", str(round(per_second)), "-rp", "1000"]
    return ["-r", "1", "-rp", str(round(1000 / per_second))]
