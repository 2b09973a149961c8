"""What the ledger keeps: opaque subject ids, never a number or a name."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Disposition = Literal[
    "NA", "B", "AM", "DROP", "DNC", "CALLBK", "SALE", "NI", "WRONG", "FAX", "AFTHRS", "ERR", "ANSWERED"
]
"""The field's words (METRICS); ANSWERED: an agent talked, and has not said yet what came of it."""
DISPOSITION: Any = Disposition
"""The type, for :func:`msgspec.convert`."""
Answer = Literal["", "human", "machine", "unsure"]


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one rule said to an attempt before it was made."""

    rule: str
    """Its name: ``hours``, ``dnc``, ``consent``, ``attempts``, …"""
    allowed: bool
    why: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="attempt"):
    """One attempt, written when it is over.  Times are Unix seconds to 10 ms; 0: it did not come to that."""

    attempt: str
    """The call's id; each is once in the ledger."""
    campaign: str
    subject: str
    lead_list: str
    list_version: str
    consent: str = ""
    """Where the consent comes from, with its version."""
    verdicts: list[Verdict] = []
    dialled_at: float
    ringing_at: float = 0.0
    answered_at: float = 0.0
    greeting_over_at: float = 0.0
    """When the callee's greeting was over; without a detector, when they answered."""
    agent_at: float = 0.0
    """When an agent was connected."""
    message_at: float = 0.0
    """When the configured message began, for whom there was no agent."""
    ended_at: float
    answer: Answer = ""
    outcome: Disposition
    agent: str = ""

    @property
    def live(self) -> bool:
        """Whether somebody answered who is not known to be a machine."""
        return self.answered_at > 0 and self.answer != "machine"

    @property
    def dropped(self) -> bool:
        """Whether a live answer had no agent within :data:`IN_TIME_S` of the greeting's end."""
        if not self.live:
            return False
        return not self.agent_at or self.agent_at - self.greeting_over_at > IN_TIME_S + _ROUNDING_S


IN_TIME_S = 2.0
"""US: 47 CFR 64.1200(a)(7)."""
_ROUNDING_S = 0.005


class Disposed(msgspec.Struct, frozen=True, kw_only=True, tag="disposed"):
    """What an agent said came of an attempt, after it was written."""

    attempt: str
    campaign: str
    outcome: Disposition
    at: float
    by: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """A lead that was to be dialled and was not, since a rule forbade it at the last moment."""

    campaign: str
    subject: str
    at: float
    verdicts: list[Verdict]


class Damage(msgspec.Struct, frozen=True, kw_only=True, tag="damage"):
    """The end of the file was torn off by a crash: so many bytes of an entry that was never acknowledged."""

    at: float
    bytes_cut: int


Entry = Attempt | Disposed | Refusal | Damage


def rounded(seconds: float) -> float:
    """Give a time to 10 ms."""
    return round(seconds, 2)
