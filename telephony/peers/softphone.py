"""A softphone for tests and the demo: baresip, run as a program and driven over its control port.

It registers with a name and secret as an agent's phone does, or dials in by way of the trunk as a caller
does, plays a WAV file into the call, and keeps what it heard.  baresip 1.0 and 1.1 are known to work.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from telephony.peers.baresip_control import BaresipControl, ControlFailed
from telephony.peers.sip_registration import unregister
from telephony.programs import ends_with_us, find_program, free_port_run, free_ports
from telephony.wav import pcm_of, write_wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_MODULES = Path("usr/lib/baresip/modules")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_STARTS = 3
_HANG_UP_S = 3.0
_PLAYS_FOR_S = 300
"""A source that ran out would leave the call without RTP; nobody's test call is longer."""


class SoftphoneError(Exception):
    """The phone could not do what was asked in time; the message says what, and what baresip printed."""


@dataclass
class PhoneCall:
    """A call as the phone sees it."""

    id: str
    """Call-ID of SIP."""
    incoming: bool
    peer: str
    """The far end's SIP address."""
    peer_name: str = ""
    state: Literal["dialing", "ringing", "established", "over"] = "dialing"
    reason: str = ""
    """Why it is over, as baresip says it."""

    @property
    def peer_number(self) -> str:
        """The user part of the far end's address."""
        return self.peer.removeprefix("sip:").partition("@")[0]


@dataclass(frozen=True)
class Heard:
    """Audio as it came out of the phone's decoder."""

    rate: int
    """Samples a second."""
    pcm: bytes
    """Mono, signed 16 bit, little-endian."""
    began: str = ""
    """When the call's audio began, to a second; that of another call is another."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / 2 / self.rate


class Softphone:
    """One baresip.  Use it as an async context manager: it is ended with the block."""

    def __init__(
        self,
        name: str,
        server: str,
        *,
        secret: str | None = None,
        answer: Literal["auto", "manual", "asked"] = "manual",
        plays: Path | None = None,
        address: str = "127.0.0.1",
        transport: Literal["udp", "tcp"] = "udp",
        registers_every_s: int = 3600,
    ) -> None:
        """``name``: the phone's name, or the caller's number; ``server``: ``host:port``.

        ``secret``: registers with it; without, the phone is a caller that may only dial.  ``answer``: by
        itself, by :meth:`answer`, or by itself when a call's SIP headers ask for it.  ``plays``: a WAV
        file (8 kHz mono 16 bit), over and over; nothing plays silence.  ``address``: own IP address.
        ``registers_every_s``: what it asks for; phones renew in good time before.
        """
        self.name = name
        self.server = server
        self.calls: dict[str, PhoneCall] = {}
        self.listens = ""
        """Where it takes calls, ``host:port``, once it has started."""
        self._secret = secret
        self._answer = answer
        self._plays = plays
        self._address = address
        self._transport = transport
        self._registers_every_s = registers_every_s
        self._folder = Path(tempfile.mkdtemp(prefix=f"ringhall-phone-{name.lstrip('+')}-"))
        self._process: asyncio.subprocess.Process | None = None
        self._control = BaresipControl(self._take, self._end)
        self._gone = False
        self._registration: Literal["none", "ok", "failed"] = "none"
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start; with a secret, come back when registered."""
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up, unregister, and end."""
        await self.close()

    # ── what a person does with a phone ──────────────────────────────────────────────────────────

    async def dial(self, number: str) -> PhoneCall:
        """Call a number of the server; come back at once, with the call."""
        told = await self._command("dial", f"sip:{number}@{self.server}")
        call_id = told.partition("call id:")[2].strip()
        return self.calls.setdefault(
            call_id, PhoneCall(call_id, incoming=False, peer=f"sip:{number}@{self.server}")
        )

    async def answer(self) -> None:
        """Take the call that rings."""
        await self._command("accept")

    async def press(self, keys: str) -> None:
        """Press keys in the call (RFC 4733); they go out one after another, about four a second."""
        await self._command("sndcode", keys)

    async def hang_up(self) -> None:
        """End the call, or refuse the one that rings with 486."""
        try:
            async with asyncio.timeout(_HANG_UP_S):
                while True:
                    self._changed.clear()
                    if await self._hung_up():
                        return
                    # baresip takes a dialled call for its current one only when the far end rings
                    await self._changed.wait()
        except TimeoutError:
            raise self._error("the call does not let itself be hung up") from None

    async def _hung_up(self) -> bool:
        try:
            await self._control.command("hangup")
        except ControlFailed as error:
            if all(call.state == "over" for call in self.calls.values()):
                raise self._error(str(error)) from error
            return False
        return True

    async def unregister(self) -> None:
        """Lose the registration, as a phone does that lost its network: what rings goes on ringing."""
        if self._secret is None:
            raise SoftphoneError(f"{self.name} has no registration to lose")
        await unregister(self.server, self.name, self._secret, address=self._address)

    def kill(self) -> None:
        """Die at once (SIGKILL), as a phone does whose battery is taken out."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    # ── what a person sees and hears ─────────────────────────────────────────────────────────────

    async def ringing(self, timeout: float = 10.0) -> PhoneCall:  # noqa: ASYNC109
        """Wait until a call rings, and give it."""
        return await self._call_in("ringing", timeout, "call that rings")

    async def established(self, timeout: float = 10.0) -> PhoneCall:  # noqa: ASYNC109
        """Wait until a call is up, and give it."""
        return await self._call_in("established", timeout, "call that is up")

    async def over(self, timeout: float = 10.0, call: PhoneCall | None = None) -> PhoneCall:  # noqa: ASYNC109
        """Wait until all calls are over, and give the last; there must have been one.

        With ``call`` only that one is waited for: the next may ring at the moment when it ends.
        """
        if call is not None:
            await self._until(lambda: call.state == "over", timeout, "end of the call")
            return call
        await self._until(
            lambda: bool(self.calls) and all(c.state == "over" for c in self.calls.values()),
            timeout,
            "end of the call",
        )
        return list(self.calls.values())[-1]

    def heard(self) -> Heard:
        """Give what the phone heard so far in its last call; empty before the first audio."""
        # named for when they began; the last one written to may be that of a call which is just ending
        last = max(self._folder.glob("dump-*dec.wav"), default=None)
        if last is None:
            return Heard(8000, b"")
        rate, pcm = pcm_of(last.read_bytes())
        return Heard(rate, pcm, last.stem)

    # ── from start to end ────────────────────────────────────────────────────────────────────────

    async def close(self) -> None:
        """End the phone in good order, within a few seconds, and remove its folder."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ControlFailed):
                await self._control.command("quit", timeout=1.0)
            try:
                async with asyncio.timeout(3.0):
                    await process.wait()
            except TimeoutError:
                process.kill()
        if process is not None:
            await process.wait()
        await self._control.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self) -> None:
        for left in reversed(range(_STARTS)):
            try:
                await self._launch()
                break
            except ControlFailed as error:
                # baresip listens on more ports than those it is given; somebody else may have one of them
                if not left:
                    raise self._error(str(error)) from error
                await self._end_process()
                self._control, self._gone = BaresipControl(self._take, self._end), False
        if self._secret is not None:
            await self._until(lambda: self._registration != "none", 5.0, "answer to the registration")
            if self._registration == "failed":
                raise self._error(f"{self.server} refused its registration")

    async def _launch(self) -> None:
        """Start baresip on fresh ports and make its account; raises ControlFailed."""
        program = find_program("baresip")
        control_port = free_ports(1, self._address, kind="tcp")[0]
        self._write_config(program, control_port)
        with (self._folder / "baresip.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *ends_with_us([str(program), "-f", str(self._folder)]),
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "HOME": str(self._folder)},
            )
        await self._control.connect(self._address, control_port, 4.0)
        # accounts are made here, not read from a file, so that no event of theirs is missed
        await self._control.command("uanew", self._account())

    async def _end_process(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        await self._control.close()

    def _account(self) -> str:
        common = "audio_codecs=pcmu/8000/1,pcma/8000/1;dtmfmode=rtpevent"
        who = f"<sip:{self.name}@{self.server};transport={self._transport}>"
        if self._secret is None:
            return f"{who};regint=0;{common}"
        mode = "manual;sip_autoanswer=yes" if self._answer == "asked" else self._answer
        secret = f"auth_user={self.name};auth_pass={self._secret};answermode={mode}"
        return f"{who};regint={self._registers_every_s};{secret};{common}"

    def _write_config(self, program: Path, control_port: int) -> None:
        source = self._folder / "plays.wav"
        _write_repeated(self._plays, source)
        rtp = free_port_run(40, self._address, step=2)
        self.listens = f"{self._address}:{free_ports(1, self._address)[0]}"
        prefix = program.parent.parent
        modules = prefix / _MODULES if (prefix / _MODULES).is_dir() else Path("/") / _MODULES
        lines = [
            f"sip_listen {self.listens}",
            f"net_interface {self._address}",
            f"rtp_ports {rtp}-{rtp + 39}",
            f"audio_source aufile,{source}",
            "audio_player aubridge,nil",
            "audio_alert aubridge,nil",
            "call_max_calls 4",
            "sip_autoanswer_beep no",
            "call_local_timeout 600",
            f"snd_path {self._folder}",
            f"module_path {modules}",
            *(f"module {name}.so" for name in ("g711", "aufile", "aubridge", "sndfile")),
            *(f"module_tmp {name}.so" for name in ("uuid", "account")),
            *(f"module_app {name}.so" for name in ("menu", "ctrl_tcp")),
            f"ctrl_tcp_listen {self._address}:{control_port}",
        ]
        (self._folder / "config").write_text("\n".join(lines) + "\n")
        (self._folder / "accounts").write_text("# made at run time\n")
        (self._folder / "contacts").write_text("# none\n")

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def _take(self, event: dict[str, Any]) -> None:
        kind, call_id = str(event.get("type", "")), str(event.get("id", ""))
        match kind:
            case "REGISTER_OK":
                self._registration = "ok"
            case "REGISTER_FAIL":
                self._registration = "failed"
            case "CALL_INCOMING" | "CALL_ESTABLISHED" | "CALL_CLOSED" if call_id:
                call = self.calls.setdefault(
                    call_id,
                    PhoneCall(call_id, event.get("direction") == "incoming", str(event.get("peeruri", ""))),
                )
                call.peer_name = str(event.get("peerdisplayname", "")) or call.peer_name
                if kind == "CALL_CLOSED":
                    call.state, call.reason = "over", str(event.get("param", ""))
                else:
                    call.state = "ringing" if kind == "CALL_INCOMING" else "established"
            case _:
                pass
        self._wake()

    def _end(self) -> None:
        self._gone = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()

    async def _call_in(self, state: str, seconds: float, what: str) -> PhoneCall:
        await self._until(lambda: any(c.state == state for c in self.calls.values()), seconds, what)
        return next(c for c in reversed(self.calls.values()) if c.state == state)

    async def _until(self, met: Callable[[], bool], seconds: float, what: str) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not met():
                    if self._gone:
                        raise self._error(f"ended before the {what}")
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise self._error(f"no {what} in {seconds:g} s") from None

    async def _command(self, name: str, parameters: str = "") -> str:
        try:
            return await self._control.command(name, parameters)
        except ControlFailed as error:
            raise self._error(str(error)) from error

    def _error(self, what: str) -> SoftphoneError:
        log = self._folder / "baresip.log"
        printed = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        printed = [_COLOURS.sub("", line).strip() for line in printed]
        telling = [
            line for line in printed if line and "discard old frame" not in line and "audio=" not in line
        ]
        return SoftphoneError(f"softphone {self.name}: {what}. baresip printed: {' / '.join(telling[-4:])}")


def _write_repeated(plays: Path | None, target: Path) -> None:
    """Write ``plays``, or silence, again and again until it lasts :data:`_PLAYS_FOR_S`."""
    rate, pcm = pcm_of(plays.read_bytes()) if plays else (8000, bytes(16000))
    wanted = _PLAYS_FOR_S * rate * 2
    write_wav(target, (pcm * (wanted // max(len(pcm), 1) + 1))[:wanted], rate)
