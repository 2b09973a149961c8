"""``python -m outbound.importing.child``: takes one file in, as ``ringhall campaigns import`` does.

Standard input brings the job, a line of JSON, and then nothing: when it ends, whoever asked is gone, and the
import is broken off.  How far it is stands in its folder.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from outbound.importing.folder import MOST_REFUSALS, Import, ImportFolder, note
from outbound.leads.csv_list import CsvList, ListError
from outbound.store import do_not_call
from outbound.store.lists import clean, import_list, lists
from outbound.store.opened import OutboundStore, StoreError
from records.errors import RecordsError

if TYPE_CHECKING:
    from typing import BinaryIO

    from outbound.leads.lead import Refused
    from outbound.store.lists import ImportResult

NICENESS = 10
"""Calls go first."""
_PATIENCE_MS = 30_000
_TELL_EVERY_S = 0.3
BROKEN_OFF = "the server stopped; nothing of it is dialled, the list is as it was: send the file again"
PARTLY_IN = "the server stopped; the lines before count, and the file may be sent again"


class Job(msgspec.Struct, frozen=True):
    """What the process is asked to do."""

    database: str
    master_key: bytes
    folder: str = ""
    """Of an import."""
    clean: str = ""
    """Without a folder: a list of which is removed what earlier imports left."""


class Telling:
    """Keeps in the folder how far an import is."""

    def __init__(self, folder: ImportFolder, state: Import, refusals: BinaryIO) -> None:
        self._folder = folder
        self._refusals = refusals
        self._told_at = 0.0
        self._noted = 0
        self.state = state

    def begun(self, version: str) -> None:
        """Take the version before anything counts by it."""
        self._change(version=version)

    def progress(self, good: int, refused: int) -> None:
        """Take how many lines are done."""
        if time.monotonic() - self._told_at >= _TELL_EVERY_S:
            self._refusals.flush()
            self._change(good=good, refused=refused)

    def refused(self, line: Refused) -> None:
        """Take a line that is refused."""
        if self._noted < MOST_REFUSALS:
            self._noted += 1
            note(self._refusals, line)

    def end(self, result: ImportResult) -> None:
        """Take what came of it."""
        state, why = ("done", "") if result.good else ("failed", _none_good(self.state))
        self._end(state, why, good=result.good, refused=result.refused)

    def fail(self, error: Exception) -> None:
        """Take why it can't be done."""
        upload = str(self._folder.upload(self.state))
        self._end("failed", str(error).replace(upload, self.state.file))

    def break_off(self, store: OutboundStore) -> None:
        """Take that whoever asked is gone."""
        self._refusals.flush()
        self.state = interrupted(store, self.state)
        self._folder.end(self.state)

    def _end(self, state: str, why: str, **more: int) -> None:
        self._refusals.flush()
        ended = {"state": state, "why": why, "ended_at": time.time(), **more}
        self.state = msgspec.structs.replace(self.state, **ended)
        self._folder.end(self.state)

    def _change(self, **changes: str | int) -> None:
        self._told_at = time.monotonic()
        self.state = msgspec.structs.replace(self.state, state="running", **changes)
        self._folder.write(self.state)


def interrupted(store: OutboundStore, state: Import) -> Import:
    """Say what came of an import whose process ended at some moment: it counts if its list is live."""
    row = next((row for row in lists(store) if row.name == state.name), None)
    if state.kind == "list" and row is not None and row.version == state.version:
        return msgspec.structs.replace(
            state, state="done", good=row.good, refused=row.refused, ended_at=row.imported_at
        )
    why = BROKEN_OFF if state.kind == "list" else PARTLY_IN
    return msgspec.structs.replace(state, state="broken_off", why=why, ended_at=time.time())


def _none_good(state: Import) -> str:
    stays = f"{state.name} stays as it was" if state.kind == "list" else "nobody was added"
    return f"no line of {state.file} can be called: {stays}"


def take_in(store: OutboundStore, folder: ImportFolder, state: Import, processes: int | None = None) -> None:
    """Do what an import wants; its folder tells of it."""
    path = folder.upload(state)
    with folder.refusals() as refusals:
        telling = Telling(folder, state, refusals)
        try:
            if state.kind == "list":
                source = CsvList(
                    path, home=state.home, countries=state.countries, encoding=state.encoding,
                    consent=state.consent, columns=state.columns,
                )  # fmt: skip
                result = import_list(
                    store, state.name, source, telling.progress,
                    on_begun=telling.begun, on_refused=telling.refused, processes=processes,
                )  # fmt: skip
            else:
                result = do_not_call.import_file(
                    store, path, state.home, state.name, telling.progress,
                    encoding=state.encoding, on_refused=telling.refused, processes=processes,
                )  # fmt: skip
            telling.end(result)
        except (ListError, StoreError, RecordsError) as error:
            telling.fail(error)
        except OSError as error:
            telling.fail(error)
        except KeyboardInterrupt:
            telling.break_off(store)


def _end_with_the_asker() -> None:
    """Wait for the end of standard input; then interrupt the main thread, wherever it is."""
    while os.read(sys.stdin.fileno(), 1):  # not buffered: a lock held here would keep us from ending
        pass
    main_thread = threading.main_thread().ident
    if main_thread is not None:
        signal.pthread_kill(main_thread, signal.SIGINT)


def main() -> int:
    """Do the job."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    os.nice(NICENESS)
    store = OutboundStore(job.database, job.master_key, patience_ms=_PATIENCE_MS)
    try:
        if not job.folder:
            clean(store, job.clean)
            return 0
        folder = ImportFolder(Path(job.folder))
        with folder.locked(wait=True):
            state = folder.read()
            if state is not None:
                take_in(store, folder, state)
    except KeyboardInterrupt:
        return 1
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
