"""Who is turned away: the service ``blocked``, which holds the live site's ``blocked:``."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from callflow.dialing.definitions import BLOCKED, BlockedDefinition
from callflow.dialing.numbers import bare_number, e164, fits
from callflow.personal import masked
from callflow.protocol import Located
from records.events import CallBlocked
from telephony.switch import Cause, SwitchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from callflow.protocol import Doorkeeper, Runtime, Section
    from records.log import EventLog
    from telephony.switch import LegArrived, Switch


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


class Door:
    """Asks the doorkeepers about each caller, and ends the line of one who is not let in."""

    def __init__(self, keepers: Sequence[Doorkeeper], log: EventLog, switch: Switch) -> None:
        self._keepers = keepers
        self._log = log
        self._switch = switch
        self._ending: set[asyncio.Task[None]] = set()

    def turns_away(self, arrived: LegArrived) -> bool:
        """Tell whether a caller is turned away; then nothing of it is answered, and there is no call."""
        for keeper in self._keepers:
            refused = keeper.turns_away(arrived.endpoint, arrived.caller_number)
            if refused is not None:
                rule, cause = refused
                self._log.append(
                    CallBlocked(
                        leg=arrived.leg,
                        trunk=arrived.endpoint,
                        dialed=arrived.dialed,
                        caller=masked(arrived.caller_number) if arrived.caller_number else "",
                        rule=rule,
                        cause=cause,
                    )
                )
                ending = asyncio.get_running_loop().create_task(self._end(arrived.leg, Cause(cause)))
                self._ending.add(ending)
                ending.add_done_callback(self._ending.discard)
                return True
        return False

    async def _end(self, leg: str, cause: Cause) -> None:
        with suppress(SwitchError):  # the next survey finds the line, and ends it
            await self._switch.hangup(leg, cause)


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
