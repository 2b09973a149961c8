"""What the ACD wants done; each goes into the inbox of its call."""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True):
    """Something to be done for a call."""

    call: str


class MakeOffer(Command, frozen=True):
    """Ring the agent's phone.  The offer's id is also the id of the agent's leg."""

    offer: str
    agent: str
    phone: str
    queue: str
    auto_answer: bool = False


class WithdrawOffer(Command, frozen=True):
    """End the agent's leg; the call waits on, or is gone."""

    offer: str
    reason: str
    """The outcome that OfferEnded gave."""


class Connect(Command, frozen=True):
    """Let caller and agent hear each other; answer with OfferConnected or ConnectFailed."""

    offer: str


class ExitQueue(Command, frozen=True):
    """The wait is over without an agent."""

    reason: str
