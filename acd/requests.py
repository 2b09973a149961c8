"""What may be asked for an agent from outside: by the command line, a supervisor's screen, another system."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from acd.core import inputs as i
from acd.core.errors import AcdError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_REASON = "break"
MOST_EXTENDED_S = 3600.0
_REASON = re.compile(r"[\w -]{1,40}")


def _pause(agent: str, body: Mapping[str, Any], by: str) -> i.Request:
    reason = str(body.get("reason") or DEFAULT_REASON)
    if not _REASON.fullmatch(reason):
        raise AcdError(
            f"{json.dumps(reason)[:60]} can't be a reason: up to 40 letters, digits, '-' and spaces"
        )
    return i.Pause(agent, reason, by=by)


def _extend(agent: str, body: Mapping[str, Any], by: str) -> i.Request:
    seconds = body.get("seconds")
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 < float(seconds) <= MOST_EXTENDED_S
    ):
        raise AcdError(f'a wrap-up is extended by "seconds", a number up to {MOST_EXTENDED_S:g}')
    return i.ExtendWrapUp(agent, float(seconds), by=by)


REQUESTS: dict[str, Callable[[str, Mapping[str, Any], str], i.Request]] = {
    "logout": lambda agent, _, by: i.LogOut(agent, by=by),
    "ready": lambda agent, _, by: i.Ready(agent, by=by),
    "pause": _pause,
    "finish": lambda agent, _, by: i.FinishWrapUp(agent, by=by),
    "extend": _extend,
}
"""Name → maker of the input, from the agent's number, the body, and who asks; raises AcdError."""
