"""What is decided about a number: how it is dialed, or why it is not."""

from __future__ import annotations

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
