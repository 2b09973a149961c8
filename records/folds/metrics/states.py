"""What the fold must know of calls and agents to go on; times are whole microseconds since 1970."""

from __future__ import annotations

import msgspec

from records.folds.metrics.counters import QUEUE, row_name


class Visit(msgspec.Struct, omit_defaults=True):
    """A call's stay in a queue, with the talk at its end."""

    queue: str
    rows: dict[str, int]
    """Row → the quarter hour in which this stay counts there."""
    promised: bool = False
    """A callback was promised meanwhile: who hangs up then has not abandoned."""

    @property
    def slot(self) -> int:
        """The quarter hour in which it counts for its queue, and so for its agents."""
        return self.rows[row_name(QUEUE, self.queue)]


class CallState(msgspec.Struct, omit_defaults=True):
    """A call that is on."""

    slot: int
    number: str = ""
    placed: bool = False
    """We began it (a callback): nobody came, so nobody was offered, answered or lost."""
    asked: dict[str, int] = {}
    """Row → the quarter hour in which the call counts as one that asked for an agent."""
    reached: list[str] = []
    waiting: Visit | None = None
    moving: Visit | None = None
    """Left for another queue in this moment."""
    last: Visit | None = None
    dialed: dict[str, int] = {}
    """Row → the quarter hour in which an agent began it; empty for others."""
    ended: bool = False


class Contact(msgspec.Struct, omit_defaults=True):
    """What an agent does for a call, from the connection to the end of the wrap-up."""

    call: str
    rows: dict[str, int]
    talk_us: int = -1
    """-1 until the talk is over."""
    hold_us: int = 0
    wrap_up_us: int = 0


class AgentState(msgspec.Struct, omit_defaults=True):
    """An agent's present state."""

    state: str
    """``paused REASON`` for a pause."""
    since_us: int
    """Up to here their time has been counted."""


class FoldState(msgspec.Struct, omit_defaults=True):
    """What the fold must know to go on, but for the rows."""

    calls: dict[str, CallState] = {}
    contacts: dict[str, Contact] = {}
    """Agent → contact."""
    agents: dict[str, AgentState] = {}
    stopped: bool = False
    """No controller runs: nobody's time passes."""
    zone: str = ""
    """The site's time zone (IANA), as of the last SiteLoaded."""
