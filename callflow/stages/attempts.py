"""The service ``attempts``: wrong answers of callers by their number, over calls and restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from records.events import CallerIdentified

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from records.events import Recorded

FORGOTTEN_S = 86_400.0
"""A wrong answer so long ago does not count any more."""

IDENTIFIED, UNKNOWN, LOCKED = "identified", "unknown", "locked"


class Attempts(msgspec.Struct):
    """Wrong answers of one number to one check, since the last right one."""

    wrong: int = 0
    last: float = 0.0
    """Steady seconds of the last wrong answer."""
    locked_until: float = 0.0


class AttemptsService:
    """A fold of the log: (check, subject) → :class:`Attempts`."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, Attempts] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> AttemptsService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Go on with what happens."""
        self._runtime.subscribe(self.replay, CallerIdentified)

    async def stop(self) -> None:
        """Let go of nothing."""

    def locked(self, check: str, subject: str, now: float) -> bool:
        """Tell whether a number may not even try."""
        found = self._known.get(_key(check, subject))
        return found is not None and found.locked_until > now

    def wrong(self, check: str, subject: str, now: float) -> int:
        """Give how many wrong answers in a row there were."""
        found = self._known.get(_key(check, subject))
        return 0 if found is None or found.last < now - FORGOTTEN_S else found.wrong

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        if not isinstance(event, CallerIdentified) or event.result == LOCKED:
            return
        key, at = _key(event.check, event.subject), recorded.at.timestamp()
        if event.result == IDENTIFIED:
            self._known.pop(key, None)
            return
        before = self.wrong(event.check, event.subject, at)
        if event.locked_until is not None:
            self._known[key] = Attempts(locked_until=event.locked_until)
        else:
            self._known[key] = Attempts(wrong=before + 1, last=at)

    def snapshot(self) -> Any:
        """Give the state as JSON-able data, without what does not count any more."""
        now = self._runtime.clock.now()
        self._known = {
            key: known
            for key, known in self._known.items()
            if known.locked_until > now or known.last > now - FORGOTTEN_S
        }
        return msgspec.to_builtins(self._known)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._known = msgspec.convert(state, dict[str, Attempts])


def _key(check: str, subject: str) -> str:
    return f"{check} {subject}"
