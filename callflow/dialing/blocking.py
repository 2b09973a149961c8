"""Who is turned away: the service ``blocked``, which holds the live site's ``blocked:``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callflow.dialing.definitions import BLOCKED, BlockedDefinition
from callflow.dialing.numbers import bare_number, e164, fits
from callflow.personal import masked
from callflow.protocol import Located
from records.events import CallBlocked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from callflow.protocol import Runtime, Section
    from telephony.switch import LegArrived


def rule_for(
    blocked: Mapping[str, BlockedDefinition], trunk: str, caller: str, home: str
) -> tuple[str, str] | None:
    """Give the first entry that turns a caller away, and its cause; None for one who is welcome.

    Carriers write numbers as they like: a pattern fits the number as it was sent, with its country code, or
    with the + that was left out.
    """
    bare = bare_number(caller)
    written = {bare, e164(bare, home), e164(f"+{bare.removeprefix('+')}", home)} - {""} if bare else set()
    for name, rule in blocked.items():
        if rule.trunks and trunk not in rule.trunks:
            continue
        known = any(fits(number, pattern) for pattern in rule.callers for number in written)
        if known or (rule.hidden and not bare):
            return name, rule.cause
    return None


def blocked(arrived: LegArrived, rule: str, cause: str) -> CallBlocked:
    """Make the fact of it."""
    return CallBlocked(
        leg=arrived.leg,
        trunk=arrived.endpoint,
        dialed=arrived.dialed,
        caller=masked(arrived.caller_number) if arrived.caller_number else "",
        rule=rule,
        cause=cause,
    )


class BlockedService:
    """A :class:`callflow.protocol.Doorkeeper`."""

    needs: ClassVar[tuple[str, ...]] = ()
    section: ClassVar[Section] = BLOCKED

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._blocked: dict[str, BlockedDefinition] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> BlockedService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Get ready: nothing is to be done."""

    async def stop(self) -> None:
        """Let go of nothing."""

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the list of a site that goes live."""
        self._blocked = {name: one for name, one in parsed.items() if isinstance(one, BlockedDefinition)}

    def turns_away(self, trunk: str, caller: str) -> tuple[str, str] | None:
        """Give why a caller is turned away, and the cause to end their call with."""
        if not self._blocked:
            return None
        house = next(iter(self._runtime.all_of(Located)), None)
        return rule_for(self._blocked, trunk, caller, house.house_country() if house else "")
