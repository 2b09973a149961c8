"""The service ``list_imports``: files taken in one after another, each by a process of its own.

On the event loop, or in a thread beside it, a list of 100,000 would be felt by every caller; in another
process, of low priority, it is not.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
import structlog

from callflow.ids import new_call_id
from outbound.dialer.books import BooksError
from outbound.dialer.service import Campaigns
from outbound.importing.child import Job, interrupted
from outbound.importing.folder import OVER, Import, ImportFolder, folders
from outbound.importing.upload import keep
from outbound.store.lists import left_behind, retire

if TYPE_CHECKING:
    from aiohttp import web

    from callflow.protocol import Runtime
    from outbound.importing.folder import Kind

_log = structlog.get_logger(__name__)

MOST_WAITING = 10
MOST_KEPT = 100
"""Imports that are told of; older ones are forgotten."""
STOP_S = 5.0
LOOK_S = 1.0
_ENDED = "the process that took it in has ended (was the memory too small?); see the server's log"


class TooManyWaiting(Exception):  # noqa: N818 - named for what happened
    """So many files wait that no other is taken."""


class ListImports:
    """See the module."""

    needs: ClassVar[tuple[str, ...]] = ("campaigns",)

    def __init__(self, runtime: Runtime, campaigns: Campaigns) -> None:
        self._runtime = runtime
        self._campaigns = campaigns
        self._folder = runtime.home / "imports"
        self._waiting: asyncio.Queue[Job] = asyncio.Queue()
        self._uploading = 0
        self._ours: set[str] = set()
        """Imports that began under this controller."""
        self._child: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def create(cls, runtime: Runtime) -> ListImports:
        """Make the service."""
        return cls(runtime, runtime.require(Campaigns))

    async def start(self) -> None:
        """Put in order what a controller before this one left, and go on."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._recover(), name="imports before"),
            loop.create_task(self._work_for_ever(), name="imports"),
        ]

    async def stop(self) -> None:
        """Break off what is being taken in."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end_child()

    # ── what is asked ────────────────────────────────────────────────────────────────────────────

    async def take(self, wanted: Import, request: web.Request) -> Import:
        """Keep the file that a request brings, and have it taken in; gives the import that waits.

        Raises TooManyWaiting, UploadError, TooMuchError, OSError.
        """
        if self._waiting.qsize() + self._uploading >= MOST_WAITING:
            raise TooManyWaiting(f"{MOST_WAITING} files wait to be taken in")
        self._uploading += 1
        self._ours.add(wanted.id)
        folder = self.folder(wanted.id)
        try:
            await asyncio.to_thread(folder.make)
            await keep(request, folder.upload(wanted))
            await asyncio.to_thread(folder.write, wanted)
        except BaseException:
            folder.remove()
            raise
        finally:
            self._uploading -= 1
        self._waiting.put_nowait(self._job(folder=str(folder.path)))
        await asyncio.to_thread(self._forget_old)
        return wanted

    def new(self) -> tuple[str, float]:
        """Give the id of a new import, and when it begins (Unix seconds)."""
        now = self._campaigns.now()
        return new_call_id(now), now

    def folder(self, identity: str) -> ImportFolder:
        """Give the folder of an import."""
        return ImportFolder(self._folder / identity)

    async def all(self, kind: Kind, name: str) -> list[Import]:
        """Give the imports of a list, the latest first."""
        found = await asyncio.to_thread(lambda: [folder.read() for folder in folders(self._folder)])
        return [one for one in found if one is not None and (one.kind, one.name) == (kind, name)]

    async def delete(self, name: str) -> bool:
        """Have nothing of a list dialled any more; its rows are removed after that.  Raises BooksError."""
        gone = await self._campaigns.books.ask(lambda store: retire(store, name))
        self._waiting.put_nowait(self._job(clean=name))
        return gone

    # ── one after another ────────────────────────────────────────────────────────────────────────

    def _job(self, **what: str) -> Job:
        store = self._campaigns.books.store
        return Job(store.url, store.sealer.master_key, **what)

    async def _work_for_ever(self) -> None:
        while True:
            job = await self._waiting.get()
            try:
                status = await self._run(job)
                if job.folder:
                    await self._over(ImportFolder(Path(job.folder)), status)
            except (OSError, BooksError) as error:
                _log.error("import_not_run", reason=str(error))

    async def _run(self, job: Job) -> int:
        """Have a process do a job; gives its exit status."""
        self._child = child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "outbound.importing.child",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert child.stdin is not None  # noqa: S101 - as it was started
        with suppress(ConnectionError):
            child.stdin.write(msgspec.json.encode(job) + b"\n")
            await child.stdin.drain()
        return await child.wait()

    async def _over(self, folder: ImportFolder, status: int) -> None:
        state = await asyncio.to_thread(folder.read)
        if state is None:
            return
        if state.state not in OVER:
            _log.error("import_process_ended", import_id=state.id, status=status)
            state = await self._campaigns.books.ask(partial(interrupted, state=state))
            if state.state != "done":
                state = msgspec.structs.replace(state, state="failed", why=_ENDED)
            await asyncio.to_thread(folder.end, state)
        if state.kind == "list" and state.state == "done":
            self._campaigns.look_again(state.name)

    async def _end_child(self) -> None:
        child = self._child
        if child is None or child.returncode is not None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()

    # ── after a controller's death ───────────────────────────────────────────────────────────────

    async def _recover(self) -> None:
        """Say of every import that was on what became of it, and have removed what they left."""
        for folder in reversed(await asyncio.to_thread(folders, self._folder)):
            if folder.path.name in self._ours:
                continue
            state = await asyncio.to_thread(folder.read)
            if state is None:
                folder.remove()  # its file never came whole
            elif state.state == "waiting":
                self._waiting.put_nowait(self._job(folder=str(folder.path)))
            else:
                while not await self._settled(folder):  # noqa: ASYNC110 - another process's lock
                    await asyncio.sleep(LOOK_S)
        while True:
            try:
                names = await self._campaigns.books.ask(left_behind)
                break
            except BooksError as error:
                _log.warning("imports_not_looked_at", reason=str(error))
                await asyncio.sleep(LOOK_S)
        for name in names:
            self._waiting.put_nowait(self._job(clean=name))

    async def _settled(self, folder: ImportFolder) -> bool:
        """Judge by what the database has; False while the process of the controller before goes on."""
        with folder.locked(wait=False) as ours:
            if not ours:
                return False
            state = await asyncio.to_thread(folder.read)
            if state is not None and state.state not in OVER:
                try:
                    state = await self._campaigns.books.ask(partial(interrupted, state=state))
                except BooksError as error:
                    _log.warning("import_not_judged", reason=str(error))
                    return False
                await asyncio.to_thread(folder.end, state)
            return True

    def _forget_old(self) -> None:
        for folder in folders(self._folder)[MOST_KEPT:]:
            state = folder.read()
            if state is not None and state.state in OVER:
                folder.remove()
