"""What becomes of a talk after something happened in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acd.in_call.targets import Destination
    from callflow.dialing.party import OutsideParty


@dataclass(frozen=True)
class Stays:
    """It was dealt with, and the talk goes on."""


@dataclass(frozen=True)
class Over:
    """The talk is over: the agent has left, and nobody else is there."""


@dataclass(frozen=True)
class AgentLost:
    """The agent's line was lost, as a network or a phone fails; the caller is there, and nobody else."""


@dataclass(frozen=True)
class HandedOver:
    """The agent is done; the caller goes on to somebody else."""

    to: Destination
    line: OutsideParty | None = None
    """The line to somebody outside who was consulted, and talks with the caller now."""


Step = Stays | Over | AgentLost | HandedOver
STAYS, OVER, AGENT_LOST = Stays(), Over(), AgentLost()
