"""Which events a listener is shown: by what was asked for, and by role.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import msgspec

from callflow.api import Role
from callflow.near import near_name
from records.events import (
    AnyEvent,
    DeliveryGivenUp,
    DeliveryRenewed,
    LoginRefused,
    PersonErased,
    SecurityNoticed,
    SubscriptionEnded,
    SubscriptionMade,
    SupervisionBegan,
    SupervisionChanged,
    SupervisionEnded,
    TokenIssued,
    TokenRevoked,
)

if TYPE_CHECKING:
    from records.events import Recorded

ADMINS_ONLY = frozenset(
    kind.__name__
    for kind in (
        DeliveryGivenUp,
        DeliveryRenewed,
        LoginRefused,
        PersonErased,
        SecurityNoticed,
        SubscriptionEnded,
        SubscriptionMade,
        TokenIssued,
        TokenRevoked,
    )
)
"""Kinds of events about access: for nobody but admins."""

NOT_FOR_AGENTS = frozenset(kind.__name__ for kind in (SupervisionBegan, SupervisionChanged, SupervisionEnded))
"""An agent is not told that somebody listens."""

KINDS = frozenset(kind.__name__ for kind in get_args(AnyEvent))
"""Every kind of event."""


def wrong_kind(kind: str) -> str:
    """Say what is wrong with the name of a kind; nothing when there is such a kind."""
    if kind in KINDS:
        return ""
    near = near_name(kind, KINDS)
    return f"there is no kind of event {kind[:60]!r}" + (f"; did you mean {near}?" if near else "")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener is shown; all that is given must fit.  Equal ones share their messages."""

    kinds: frozenset[str] = frozenset()
    """Empty for all."""
    calls: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    """Those that an event names itself: an event without a queue is of none."""
    everything: bool = False
    """Events about access too."""
    supervision: bool = True
    """Events of who listens to whom too."""

    def shows(self, recorded: Recorded) -> bool:
        """Tell whether an event is shown."""
        event = recorded.event
        kind = type(event).__name__
        if self.kinds and kind not in self.kinds:
            return False
        if not self.everything and kind in ADMINS_ONLY:
            return False
        if not self.supervision and kind in NOT_FOR_AGENTS:
            return False
        if self.agents and getattr(event, "agent", None) not in self.agents:
            return False
        if self.calls and getattr(event, "call", None) not in self.calls:
            return False
        return not self.queues or getattr(event, "queue", None) in self.queues


def bounded(wanted: Wanted, role: Role, agent: str) -> Wanted:
    """Narrow what is asked for to what a role may see: an agent, only what names them."""
    if role is Role.AGENT:
        return msgspec.structs.replace(wanted, agents=frozenset({agent}), everything=False, supervision=False)
    return msgspec.structs.replace(wanted, everything=role is Role.ADMIN)
