"""Whoever answers a call of ours while no controller runs: told a message, by Asterisk itself.

A leg that may be answered so carries the sounds in its variables.  :class:`Guard`, in the parent process,
sends it into the dialplan (``answered-alone`` in ``asterisk-config/extensions.conf``) when it is up and
nobody is there; the dialplan plays, takes the key nine, ends the leg, and leaves a note of both for the next
controller (:class:`Notes`).  A leg that comes from being judged and finds nobody leaves a note of that.
Only the standard library is imported: the parent is small.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

CONTEXT, EXTENSION = "answered-alone", "message"
MESSAGE, FAREWELL = "ALONE_MESSAGE", "ALONE_FAREWELL"
"""Variables: what whoever answers alone hears, and hears after the key nine."""
FOLDER = "alone"
"""In Asterisk's folder; the dialplan writes there."""
NINE, JUDGED = ".nine", ".judged"
EVERY_S = 0.15
GRACE_S = 0.6
"""So long after a leg was seen up a controller that starts may still take it."""
_PATIENCE_S = 1.0


class Told(NamedTuple):
    """A leg that Asterisk told the message."""

    leg: str
    at: float
    """Unix seconds."""
    nine: bool
    """Whether they pressed nine, to be called no more."""


class Judged(NamedTuple):
    """A leg that was judged while no controller ran."""

    leg: str
    at: float
    """Unix seconds."""
    status: str
    cause: str
    """``AMDSTATUS`` and ``AMDCAUSE``."""


class Notes:
    """What the dialplan noted."""

    def __init__(self, folder: Path) -> None:
        """``folder``: Asterisk's."""
        self._folder = folder / FOLDER

    def all(self) -> list[Told]:
        """Give every note that is not forgotten, the oldest first; those that can't be read are none."""
        names = [name for name in self._names() if not name.endswith((NINE, JUDGED))]
        return sorted((told for name in names if (told := self.of(name))), key=lambda told: told.at)

    def judged(self) -> list[Judged]:
        """Give every verdict that is not forgotten; those that can't be read are none."""
        found = []
        for name in self._names():
            path = self._folder / name
            with contextlib.suppress(OSError, ValueError):
                if path.suffix == JUDGED:
                    status, _, cause = path.read_text("utf-8").strip().partition(" ")
                    found.append(Judged(path.stem, path.stat().st_mtime, status, cause))
        return found

    def _names(self) -> list[str]:
        with contextlib.suppress(OSError):
            return [path.name for path in self._folder.iterdir()]
        return []

    def of(self, leg: str) -> Told | None:
        """Give the note of a leg, None when there is none."""
        path = self._folder / leg
        try:
            return Told(leg, path.stat().st_mtime, path.with_name(leg + NINE).exists())
        except OSError:
            return None

    def forget(self, leg: str) -> None:
        """Remove a leg's notes."""
        for name in (leg, leg + NINE, leg + JUDGED):
            with contextlib.suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)


def variables(message: Sequence[str], farewell: Sequence[str]) -> dict[str, str]:
    """Give a leg's variables; ``message`` and ``farewell`` are sounds, as those of ``Switch.play``."""
    if not message:
        return {}
    return {MESSAGE: "&".join(message), FAREWELL: "&".join(farewell)}


class Guard:
    """Looks at Asterisk's legs while no controller runs."""

    def __init__(
        self, ari: tuple[str, int, str, str], control_socket: Path, now: Callable[[], float] = time.monotonic
    ) -> None:
        """``ari``: host, port, user, password of our own Asterisk."""
        host, port, user, password = ari
        self._where = (host, port)
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._control = control_socket
        self._now = now
        self._up: dict[str, float] = {}
        """Leg that may be answered alone → since when it is seen up."""
        self._others: set[str] = set()
        """Legs that carry no message."""

    def run(self, over: threading.Event) -> None:
        """Look again and again, until it is over."""
        self._up.clear()
        self._others.clear()
        while not over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
                self.look()
            over.wait(EVERY_S)

    def look(self) -> list[str]:
        """Look once; gives the legs that were sent to hear the message.  Raises OSError and others."""
        if self._controller_there():
            return []
        legs = [leg for leg in self._ask("GET", "channels") if self._may_be_alone(leg)]
        self._others &= {leg["id"] for leg in legs}
        legs = [leg for leg in legs if leg["id"] not in self._others]
        if not legs:
            return []
        talking = {leg for bridge in self._ask("GET", "bridges") for leg in bridge["channels"]}
        sent = []
        for leg in (leg["id"] for leg in legs if leg["id"] not in talking):
            if not self._message_of(leg):
                self._others.add(leg)
            elif self._now() - self._up.setdefault(leg, self._now()) >= GRACE_S and self._send(leg):
                sent.append(leg)
        return sent

    @staticmethod
    def _may_be_alone(leg: dict[str, Any]) -> bool:
        # which legs are ours to tell something, their variable says
        return leg["state"] == "Up" and "-p" in leg["id"] and leg["dialplan"]["context"] != CONTEXT

    def _message_of(self, leg: str) -> str:
        asked = f"channels/{quote(leg, safe='')}/variable?{urlencode({'variable': MESSAGE})}"
        found = self._ask("GET", asked)
        return str(found.get("value") or "") if isinstance(found, dict) else ""

    def _send(self, leg: str) -> bool:
        place = urlencode({"context": CONTEXT, "extension": EXTENSION, "priority": 1})
        return self._ask("POST", f"channels/{quote(leg, safe='')}/continue?{place}") is not None

    def _controller_there(self) -> bool:
        """Tell whether a controller has begun to take the calls over: they are its own then."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
            control.settimeout(0.2)
            control.connect(str(self._control))
            return True
        return False

    def _ask(self, method: str, path: str) -> Any:
        """Ask Asterisk; None for what it refuses."""
        connection = http.client.HTTPConnection(*self._where, timeout=_PATIENCE_S)
        try:
            connection.request(method, f"/ari/{path}", headers={"Authorization": self._login})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            return None
        return json.loads(body) if body else {}


class GuardThread:
    """Runs a guard beside the parent's own work, while that says so."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._over: threading.Event | None = None

    def keep(self, *, on: bool) -> None:
        """Let it run, or not."""
        if on and self._over is None:
            self._over = threading.Event()
            threading.Thread(target=self._guard.run, args=(self._over,), daemon=True).start()
        elif not on and self._over is not None:
            self._over.set()
            self._over = None
