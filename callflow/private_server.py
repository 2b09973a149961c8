"""A whole Ringhall in a folder and on ports of its own, for a while: for tests, benchmarks and trying things.

Asterisk and the controller are children of whoever makes it, with no parent between that would restart
them: so either can be killed on purpose and watched coming back.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

import msgspec
from pydantic import SecretStr

from callflow.control_client import ControlClient, ControlError
from callflow.first_start import master_key
from callflow.settings import Settings
from records.database import migrate, open_engine
from records.directory import Directory
from records.events import Event, Recorded
from records.queries import Queries
from telephony.asterisk.settings import AsteriskSettings
from telephony.programs import ends_with_us, free_ports, private_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from records.folds.call_record import CallRecord

_STREAM = "main"
_RTP_FROM = 32_000
"""Above the ports that :func:`free_ports` has given to somebody who has not opened them yet."""
_START_S = 60.0
"""The first start renders the site's prompts; later ones find them in the cache."""


class ServerFailed(Exception):  # noqa: N818 - named for what happened
    """The server did not do what was waited for; the message says what, and its logs' last words."""


class Person(msgspec.Struct, frozen=True):
    """An agent to be made."""

    number: str
    name: str
    skills: dict[str, int]
    pin: str | None = None


class PrivateServer:
    """Asterisk and a controller on loopback.  Use it as an async context manager: both end with the block."""

    def __init__(
        self,
        home: Path,
        *,
        dialplans: Path | None = None,
        phones: Mapping[str, str] | None = None,
        agents: Iterable[Person] = (),
        rtp_ports: int = 1000,
        max_channels: int = 2000,
        environment: Mapping[str, str] | None = None,
        prompts: Path | None = None,
        database: str | None = None,
    ) -> None:
        """``phones``: secret by name; with neither phones nor agents the demo's are made at the start.

        ``environment``: further variables of the controller.  ``prompts``: where rendered prompts are kept
        when servers are to share them, so that each is rendered once; else in the home.  ``database``: its
        address, when it is not to be SQLite in the home.
        """
        sip, http, ami, api = free_ports(4, kind="tcp")
        rtp = random.randrange(_RTP_FROM, 60_000 - rtp_ports, 2)  # Asterisk passes over ports that are taken
        asterisk = AsteriskSettings(
            bind_address="127.0.0.1",
            sip_port=sip,
            http_port=http,
            ami_port=ami,
            rtp_start=rtp,
            rtp_end=rtp + rtp_ports,
            max_calls=max_channels,
        )
        chosen: dict[str, Any] = {"dialplans": dialplans} if dialplans else {}
        if database is not None:
            chosen["database_url"] = SecretStr(database)
        self.home = home
        self.settings = Settings(
            home=home, prefix=private_prefix(), api_port=api, asterisk=asterisk, **chosen
        )
        self.sip = f"127.0.0.1:{sip}"
        """Where SIP is spoken, ``host:port``."""
        self._phones = dict(phones or {})
        self._agents = list(agents)
        self._prompts = prompts
        self.environment = dict(environment or {})
        """Further variables of the controller, as of its next start."""
        self._controller: subprocess.Popen[bytes] | None = None
        self._engine = open_engine(self.settings.database)

    async def __aenter__(self) -> Self:
        """Start, and come back when calls are taken."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End both processes."""
        await self.stop()

    # ── processes ────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Render, start Asterisk, fill the directory, start the controller; wait until calls are taken."""
        asterisk = self.settings.asterisk_home
        self.share_prompts()
        await asyncio.to_thread(asterisk.render)
        asterisk.process.start(ends_with_starter=True)
        await migrate(self.settings.database)
        await self.fill_directory()
        await asyncio.to_thread(asterisk.process.wait_ready)
        await self.start_controller()

    async def stop(self) -> None:
        """End the controller, then Asterisk."""
        await self.stop_controller()
        await asyncio.to_thread(self.settings.asterisk_home.process.stop)
        await self.dispose()

    async def start_controller(self, module: str = "callflow.controller") -> None:
        """Start a controller on this home and wait until it is ready; ``module``: what is run as it."""
        self._controller = self.spawn(["-m", module], "controller.log")
        await self.until(self.ready_now, _START_S, "ready controller")

    def spawn(self, arguments: Sequence[str], log: str) -> subprocess.Popen[bytes]:
        """Start Python with this server's settings; it ends with us, and writes to a log in the home."""
        with (self.home / log).open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own
                ends_with_us([sys.executable, *arguments]),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=self.controller_environment(),
            )

    async def stop_controller(self) -> None:
        """Ask the controller to end; kill it when it has not done so in 10 s."""
        controller = self._controller
        if controller is None or controller.poll() is not None:
            return
        controller.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(controller.wait, 10)
        except subprocess.TimeoutExpired:
            await self.kill_controller()

    async def kill_controller(self) -> None:
        """SIGKILL: nothing of it runs any more when this returns."""
        if self._controller is not None:
            self._controller.kill()
            await asyncio.to_thread(self._controller.wait)

    def kill_asterisk(self) -> None:
        """SIGKILL."""
        os.kill(self.asterisk_pid, signal.SIGKILL)

    @property
    def controller_runs(self) -> bool:
        """Whether a controller has been started and has not ended."""
        return self._controller is not None and self._controller.poll() is None

    @property
    def controller_pid(self) -> int:
        """Process id of the controller, running or not."""
        if self._controller is None:
            raise ServerFailed("no controller has been started")
        return self._controller.pid

    @property
    def asterisk_pid(self) -> int:
        """Process id of Asterisk."""
        pid = self.settings.asterisk_home.process.pid
        if pid is None:
            raise ServerFailed(f"Asterisk is gone: {self.last_words()}")
        return pid

    # ── what happens in it ───────────────────────────────────────────────────────────────────────

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to the control socket; raises :class:`ControlError`."""
        async with ControlClient(self.home) as control:
            return await control.request(method, path, body)

    async def log_in(self, agent: str, phone: str) -> None:
        """Log an agent in on a phone that is registered; they are then paused."""
        await self.ask("POST", f"/control/agents/{agent}/login", {"phone": phone})

    async def ready(self, agent: str) -> None:
        """Make an agent ready."""
        await self.ask("POST", f"/control/agents/{agent}/ready")

    async def pause(self, agent: str, reason: str = "break") -> None:
        """Pause an agent."""
        await self.ask("POST", f"/control/agents/{agent}/pause", {"reason": reason})

    async def agent_state(self, agent: str) -> str:
        """Give an agent's state, in METRICS' words."""
        agents: list[dict[str, Any]] = await self.ask("GET", "/control/agents")
        return str(next(known["state"] for known in agents if known["number"] == agent))

    async def events(self, after: int = 0) -> list[Recorded]:
        """Give the log's events after a sequence number, as the database has them (some 0.1 s behind)."""
        queries, found = Queries(self._engine), list[Recorded]()
        while batch := await queries.events_after(_STREAM, found[-1].seq if found else after, limit=5000):
            found += batch
        return found

    async def records(self) -> list[CallRecord]:
        """Give the records of all calls that have ended, oldest first."""
        return list(reversed(await Queries(self._engine).records(limit=1_000_000)))

    async def until_event(
        self,
        kind: type[Event],
        seconds: float = 10.0,
        *,
        count: int = 1,
        met: Callable[[Any], bool] = lambda _: True,
        after: int = 0,
    ) -> list[Recorded]:
        """Wait until ``count`` events of a kind that ``met`` accepts are in the log, and give them."""
        found: list[Recorded] = []

        async def there() -> bool:
            found[:] = [
                recorded
                for recorded in await self.events(after)
                if isinstance(recorded.event, kind) and met(recorded.event)
            ]
            return len(found) >= count

        await self.until(there, seconds, f"{count} × {kind.__name__}", lambda: f"there are {len(found)}")
        return found

    async def until(
        self,
        met: Callable[[], Any],
        seconds: float,
        what: str,
        instead: Callable[[], str] = lambda: "",
    ) -> None:
        """Wait until an async condition is met, looking every 50 ms; raises :class:`ServerFailed`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await met():
            if self._controller is not None and self._controller.poll() is not None:
                raise ServerFailed(f"the controller ended before: {what}. {self.last_words()}")
            if asyncio.get_running_loop().time() > deadline:
                raise ServerFailed(f"no {what} in {seconds:g} s; {instead()} {self.last_words()}")
            await asyncio.sleep(0.05)

    def last_words(self, lines: int = 12) -> str:
        """Give the ends of the logs, for a message to a person."""
        log = self.home / "controller.log"
        told = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
        return "\n".join(
            ["controller:", *told, "Asterisk:", self.settings.asterisk_home.process.last_words()]
        )

    async def ready_now(self) -> bool:
        """Tell whether calls are taken."""
        try:
            return bool((await self.ask("GET", "/healthz"))["ready"])
        except ControlError:
            return False

    async def dispose(self) -> None:
        """Close the database."""
        await self._engine.dispose()

    def share_prompts(self) -> None:
        """Let rendered prompts be kept where other servers keep theirs, if that was asked for."""
        if self._prompts is not None and not (self.home / "prompts").exists():
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.home / "prompts").symlink_to(self._prompts)

    async def fill_directory(self) -> None:
        """Make the phones and agents that were asked for."""
        if not self._phones and not self._agents:
            return
        directory = Directory(self._engine, master_key(self.home))
        for name, secret in self._phones.items():
            await directory.save_phone(name, secret)
        for person in self._agents:
            await directory.save_agent(person.number, person.name, person.skills, pin=person.pin)

    def controller_environment(self) -> dict[str, str]:
        """Give the environment by which a controller, or ``ringhall serve``, is this server."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RINGHALL_")}
        settings = self.settings
        return inherited | {
            "RINGHALL_HOME": str(settings.home),
            "RINGHALL_PREFIX": str(settings.prefix),
            "RINGHALL_DIALPLANS": str(settings.dialplans),
            "RINGHALL_API_PORT": str(settings.api_port),
            "RINGHALL_DATABASE_URL": settings.database,
            "RINGHALL_ASTERISK": json.dumps(
                settings.asterisk.model_dump(mode="json", exclude_unset=True), sort_keys=True
            ),
            **self.environment,
        }
