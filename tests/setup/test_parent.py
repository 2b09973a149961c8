"""The parent: what it keeps running, what it leaves alone, and what it says when it can't start."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callflow.parent import _first_number
from telephony.asterisk.process import AsteriskProcess
from telephony.programs import free_ports, private_prefix

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asterisk

STAND_IN = Path(__file__).with_name("stand_in_controller.py")
SERVE = (
    "import sys; from callflow.parent import serve; from callflow.settings import load_settings;"
    f"sys.exit(serve(load_settings(), [{str(STAND_IN)!r}]))"
)


class Parent:
    """A parent in a process of its own, on the test's home and ports."""

    def __init__(self, process: asyncio.subprocess.Process, home: Path) -> None:
        self.process = process
        self.home = home
        self.said: list[str] = []

    async def until(self, words: str, within: float = 20.0) -> str:
        """Read what it prints up to a line that contains ``words``."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            while line := (await self.process.stdout.readline()).decode():
                self.said.append(line)
                if re.search(words, line):
                    return line
        raise AssertionError(f"it never said {words!r}: {''.join(self.said)}")

    async def end(self, number: int = signal.SIGINT, within: float = 20.0) -> int:
        self.process.send_signal(number)
        async with asyncio.timeout(within):
            output, _ = await self.process.communicate()
        self.said.append(output.decode())
        return self.process.returncode or 0


class Site:
    """A home and ports, and every parent started on them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        sip, http, ami, api = free_ports(4, kind="tcp")
        self.sip_port = sip
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RINGHALL_")},
            "RINGHALL_HOME": str(home),
            "RINGHALL_PREFIX": str(private_prefix()),
            "RINGHALL_ASTERISK__SIP_PORT": str(sip),
            "RINGHALL_ASTERISK__HTTP_PORT": str(http),
            "RINGHALL_ASTERISK__AMI_PORT": str(ami),
            "RINGHALL_ASTERISK__BIND_ADDRESS": "127.0.0.1",
            "RINGHALL_API_PORT": str(api),
        }
        self.asterisk = AsteriskProcess(private_prefix() / "bin-run" / "asterisk", home / "asterisk")
        self.parents: list[Parent] = []

    async def start(self, **environment: str) -> Parent:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            SERVE,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self.environment | environment,
            start_new_session=True,
        )
        self.parents.append(Parent(process, self.home))
        return self.parents[-1]

    async def serving(self, **environment: str) -> Parent:
        parent = await self.start(**environment)
        await parent.until("Ctrl-C stops")
        return parent

    async def refused(self, **environment: str) -> str:
        """Start a parent that says why it can't go on, in words, and ends with status 1."""
        parent = await self.start(**environment)
        async with asyncio.timeout(20):
            output, _ = await parent.process.communicate()
        assert parent.process.returncode == 1
        assert b"Traceback" not in output
        return output.decode()

    @property
    def controller(self) -> int:
        return int((self.home / "controller.pid").read_text())


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with _site(tmp_path / "home") as site:
        yield site


@asynccontextmanager
async def _site(home: Path) -> AsyncIterator[Site]:
    site = Site(home)
    try:
        yield site
    finally:
        for parent in site.parents:
            if parent.process.returncode is None:
                parent.process.kill()
                await parent.process.wait()
        if (home / "controller.pid").exists():
            with suppress(ProcessLookupError):
                os.kill(site.controller, signal.SIGKILL)
        await asyncio.to_thread(site.asterisk.stop)


def resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


def alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


async def test_says_where_to_dial_and_stops_everything_on_ctrl_c(site: Site) -> None:
    parent = await site.serving()
    said = "".join(parent.said)
    assert f"sip:1000@127.0.0.1:{site.sip_port}" in said
    assert "phone-1  password s3cret" in said
    assert "1001 (Ada)  PIN 123456" in said
    asterisk, controller = site.asterisk.pid, site.controller
    assert asterisk is not None
    assert alive(controller)
    sessions = {os.getsid(pid) for pid in (asterisk, controller, parent.process.pid)}
    assert len(sessions) == 3, "each in a session of its own"
    assert await parent.end(signal.SIGINT) == 0
    assert not alive(asterisk)
    assert not alive(controller)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ('numbers:\n  "1000": main\n', "1000"),
        ("numbers: {1000: main}\n", "1000"),
        ("numbers:  # ours\n\n  # the first\n  +86 21 5550-1000: main\n  '1': other\n", "+862155501000"),
        ('numbers:\n  default: main\n  "1000": other\n', "NUMBER"),
        ("site: none\n", "NUMBER"),
    ],
)
def test_first_number_of_a_site(tmp_path: Path, written: str, number: str) -> None:
    (tmp_path / "a.test.yaml").write_text("- calls: 5\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"site: Test\n{written}menus: {{}}\n", encoding="utf-8")
    assert _first_number(tmp_path) == number


async def test_parent_is_small(site: Site) -> None:
    parent = await site.serving()
    assert resident_kb(parent.process.pid) < 30_000


async def test_each_process_is_started_again_and_the_other_left_alone(site: Site) -> None:
    parent = await site.serving()
    asterisk, controller = site.asterisk.pid, site.controller
    assert asterisk is not None
    os.kill(controller, signal.SIGKILL)
    await parent.until("the controller was ended by SIGKILL; starting it again")
    await parent.until("the controller is back")
    assert site.asterisk.pid == asterisk
    controller = site.controller
    os.kill(asterisk, signal.SIGKILL)
    await parent.until("Asterisk was ended by SIGKILL; starting it again")
    await parent.until("Asterisk is back")
    assert site.asterisk.pid not in (None, asterisk)
    assert site.controller == controller
    assert await parent.end(signal.SIGTERM) == 0


async def test_controller_that_keeps_dying_is_tried_again_and_again(site: Site) -> None:
    site.home.mkdir()
    (site.home / "die-at-start").touch()
    parent = await site.start()
    await parent.until("the controller could not start: the site has an error")
    await parent.until(r"the controller ended with status 3; starting it again$")
    await parent.until(r"starting it again in 0.5 s")
    await parent.until(r"starting it again in 1 s")
    assert "".join(parent.said).count("the site has an error") == 1, "told once"
    (site.home / "die-at-start").unlink()
    await parent.until("the controller is back")
    assert await parent.end() == 0


async def test_deaf_controller_is_killed_at_a_second_ctrl_c(site: Site) -> None:
    site.home.mkdir()
    (site.home / "deaf").touch()
    parent = await site.serving()
    controller = site.controller
    parent.process.send_signal(signal.SIGINT)
    await parent.until("stopping")
    assert alive(controller), "it is asked first"
    assert await parent.end(signal.SIGINT, within=8) == 0
    assert not alive(controller)
    assert site.asterisk.pid is None


async def test_parent_goes_on_when_nobody_reads_what_it_prints(site: Site) -> None:
    parent = await site.serving()
    transport = parent.process._transport  # type: ignore[attr-defined]
    transport.get_pipe_transport(1).close()
    first = site.controller
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(10):
        while site.controller == first:  # noqa: ASYNC110 - a file changes, there is nothing to await
            await asyncio.sleep(0)
    assert alive(parent.process.pid)
    parent.process.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        assert await parent.process.wait() == 0


async def test_killed_parent_leaves_both_and_the_next_keeps_asterisk(site: Site) -> None:
    first = await site.serving()
    asterisk, controller = site.asterisk.pid, site.controller
    assert asterisk is not None
    first.process.kill()
    await first.process.wait()
    assert alive(asterisk)
    assert alive(controller)
    second = await site.serving()
    assert f"Asterisk still runs (process {asterisk}) and is kept" in "".join(second.said)
    assert site.asterisk.pid == asterisk
    assert site.controller != controller
    assert not alive(controller), "replaced: never two controllers"
    # an adopted Asterisk is watched like one of our own
    os.kill(asterisk, signal.SIGKILL)
    await second.until("Asterisk is back")
    assert await second.end() == 0
    assert site.asterisk.pid is None


async def test_asterisk_with_other_settings_and_no_calls_is_started_anew(site: Site) -> None:
    first = await site.serving()
    asterisk = site.asterisk.pid
    assert asterisk is not None
    first.process.kill()
    await first.process.wait()
    second = await site.serving(RINGHALL_ASTERISK__MAX_CALLS="77")
    assert site.asterisk.pid != asterisk
    shown = await asyncio.to_thread(site.asterisk.cli, "core show settings")
    assert re.search(r"(?i)maximum calls:\s+77", shown)
    assert not alive(asterisk)
    assert await second.end() == 0


async def test_second_start_on_the_same_home_says_so(site: Site) -> None:
    parent = await site.serving()
    said = await site.refused()
    assert f"a server runs already on {site.home} (process {parent.process.pid})" in said
    assert await parent.end() == 0


@pytest.mark.parametrize(
    ("kind", "variable"),
    [
        (socket.SOCK_DGRAM, "RINGHALL_ASTERISK__SIP_PORT"),
        (socket.SOCK_STREAM, "RINGHALL_ASTERISK__SIP_PORT"),
        (socket.SOCK_STREAM, "RINGHALL_ASTERISK__HTTP_PORT"),
        (socket.SOCK_STREAM, "RINGHALL_ASTERISK__AMI_PORT"),
        (socket.SOCK_STREAM, "RINGHALL_API_PORT"),
    ],
)
async def test_port_in_use_names_the_port_and_the_setting(
    site: Site, kind: socket.SocketKind, variable: str
) -> None:
    port = int(site.environment[variable])
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        said = await site.refused()
    assert f"port {port} on 127.0.0.1" in said
    assert "in use" in said
    assert variable in said
    assert site.asterisk.pid is None


async def test_missing_prefix_and_unusable_home_say_what_to_do(site: Site, tmp_path: Path) -> None:
    assert "make setup" in await site.refused(RINGHALL_PREFIX=str(tmp_path / "nothing"))
    (tmp_path / "file").touch()
    said = await site.refused(RINGHALL_HOME=str(tmp_path / "file" / "home"))
    assert "RINGHALL_HOME" in said
    assert "Not a directory" in said


async def test_foreign_asterisk_is_used_and_none_is_started(site: Site) -> None:
    parent = await site.serving(
        RINGHALL_ARI_URL="http://127.0.0.1:1/ari", RINGHALL_ARI_USER="u", RINGHALL_ARI_PASSWORD="p"
    )
    assert site.asterisk.pid is None
    assert not (site.home / "asterisk" / "etc").exists()
    assert await parent.end() == 0
