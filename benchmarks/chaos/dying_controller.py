"""A controller that kills itself at a chosen instant: ``python -m benchmarks.chaos.dying_controller``.

Instants are counted once the file ``armed`` is in the home: one before and one after each thing that the
controller does to the world outside: events kept in the journal, requests to Asterisk, snapshots.  The
variable RINGHALL_DIES_AT says at which of them it dies, by SIGKILL; 0 for at none.  The file ``instants``
tells them.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callflow import controller
from records.log import EventLog
from telephony.ami import Ami
from telephony.ari.lanes import HttpLane, QuickLane

if TYPE_CHECKING:
    from collections.abc import Callable

    from records.entries import Entry

DIES_AT = "RINGHALL_DIES_AT"
ARMED, INSTANTS = "armed", "instants"
_SNAPSHOT_S = 0.7
"""A snapshot falls into every scene, so that instants of it are among those that are tried."""


class Instants:
    """Counts them."""

    def __init__(self, home: Path, dies_at: int) -> None:
        self._home = home
        self._dies_at = dies_at
        self._count = 0
        self._told = os.open(home / INSTANTS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def come(self, what: str) -> None:
        """One more instant; the last one, if it is the chosen one."""
        if not (self._home / ARMED).exists():
            return
        self._count += 1
        os.write(self._told, f"{what}\n".encode())
        if self._count == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, kind: type, name: str, say: Callable[..., str]) -> None:
        """Let an instant come before and after each call of an async method."""
        method = getattr(kind, name)

        @functools.wraps(method)
        async def counted(this: Any, *given: Any, **named: Any) -> Any:
            what = say(*given)
            self.come(f"before {what}")
            try:
                return await method(this, *given, **named)
            finally:
                self.come(f"after {what}")

        setattr(kind, name, counted)

    def around_events(self) -> None:
        """The same for the log, which waits for nothing."""
        keep = EventLog._keep  # noqa: SLF001 - the instant in which an event becomes a fact

        @functools.wraps(keep)
        def counted(this: EventLog, *entries: Entry) -> None:
            what = "+".join(_kind(entry) for entry in entries)
            self.come(f"before {what}")
            keep(this, *entries)
            self.come(f"after {what}")

        EventLog._keep = counted  # type: ignore[method-assign, assignment]  # noqa: SLF001


def _kind(entry: Entry) -> str:
    """Give an event's type, which its body begins with; of a value in the vault, that it is one."""
    words = entry.body.split(b'"', 4)
    return words[3].decode() if words[1:2] == [b"type"] else entry.kind.name.lower()


def main() -> int:
    """Run the controller."""
    home = Path(os.environ["RINGHALL_HOME"])
    instants = Instants(home, int(os.environ.get(DIES_AT, "0")))
    instants.around_events()
    for lane in (QuickLane, HttpLane):
        instants.around(lane, "_exchange", lambda method, path, *_: f"{method} {path.partition('?')[0]}")
    instants.around(Ami, "ask", lambda action: str(action["Action"]))
    instants.around(controller.Controller, "_snapshot", lambda: "snapshot")
    controller.SNAPSHOT_EVERY_S = _SNAPSHOT_S
    return controller.main()


if __name__ == "__main__":
    sys.exit(main())
