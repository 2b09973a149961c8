"""Outside numbers: whether one may be dialed, and how.  Whoever dials one asks here first, always."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec


class Attempt(msgspec.Struct, frozen=True):
    """One way to reach a number."""

    trunk: str
    number: str
    """As the trunk wants it.  Personal data."""
    caller_number: str
    """Our number, as the called party sees it; empty where neither route nor trunk gives one."""
    country: str
    """ISO 3166 code; empty when nobody knows."""
    route: str = ""
    """The route that led here; empty when the trunk was named."""
    no_sign_after_s: float = 5.0
    """Without a sign of life in this time the next attempt is made, if there is one."""
    longest_s: float = 7200.0
    """A talk is ended after this time."""


class Plan(msgspec.Struct, frozen=True):
    """How a number is dialed: the attempts in their order, at least one."""

    attempts: tuple[Attempt, ...]


class Refusal(msgspec.Struct, frozen=True):
    """Why a number is not dialed."""

    reason: str
    """not_a_number, not_allowed, denied, not_logged_in; trunk_full, country_full, country_minutes."""
    detail: str
    """For the log and the asker; holds no number."""

    @property
    def for_good(self) -> bool:
        """Whether it makes no sense to try later."""
        return self.reason not in {"trunk_full", "country_full", "country_minutes"}


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
