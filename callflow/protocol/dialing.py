"""Outside numbers: whether one may be dialed, and how.  Whoever dials one asks here first, always."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from callflow.dialing.plan import Attempt, Plan, Refusal

__all__ = ["Attempt", "OutsideDialer", "Plan", "Refusal"]


@runtime_checkable
class OutsideDialer(Protocol):
    """The service that knows what may be dialed: ``runtime.require(OutsideDialer)``.

    With a plan :class:`callflow.dialing.party.OutsideParty` calls somebody for a call, fails over from one
    attempt to the next, and records each.
    """

    def plan(
        self,
        number: str,
        purpose: str,
        *,
        by: str = "",
        over: str = "",
        route: str = "",
        caller_number: str = "",
        logged_in: bool = True,
    ) -> Plan | Refusal:
        """Decide whether and how a number is dialed now.

        ``purpose`` and ``by`` (an agent's number, a call's id) are for the log.  ``over``: a trunk, and no
        other; ``route``: one of the site's routes; without either, whichever route fits.  ``caller_number``
        goes before the route's.  ``logged_in``: whether somebody answers for it, who is logged in.
        """

    def admits(self, attempt: Attempt) -> Refusal | None:
        """Tell whether an attempt of a plan is still within the limits; to be asked right before it."""

    def begun(self, leg: str) -> Attempt:
        """Give the attempt by which a leg was dialed, without numbers: for a talk found after a restart."""
