"""The service ``trunks``: which outside numbers may be called, over which trunk, and how many at once.

Nothing may be dialed that the site does not allow by name: an open door here costs money.  Everybody asks
here, the stage ``dial``, callbacks, agents and transfers alike (:class:`callflow.protocol.OutsideDialer`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callflow.dialing import routing
from callflow.dialing.definitions import (
    COUNTRIES,
    ROUTES,
    TRUNKS,
    CountryDefinition,
    RouteDefinition,
    TrunkDefinition,
)
from callflow.dialing.lines import Lines
from callflow.dialing.numbers import bare_number
from callflow.dialing.routing import Rules, Wanted
from callflow.log import get_logger
from callflow.personal import masked
from callflow.protocol import Attempt, Located, Plan, Refusal
from records.events import CallEnded, DialAnswered, DialEnded, DialRefused, DialStarted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from callflow.protocol import Runtime, Section
    from records.events import Recorded

__all__ = [
    "TRUNKS",
    "CountriesService",
    "RoutesService",
    "TrunkDefinition",
    "TrunksService",
    "bare_number",
]

_log = get_logger(__name__)


class TrunksService:
    """Decides what is dialed, and knows the calls over each trunk (:class:`OutsideDialer`)."""

    needs: ClassVar[tuple[str, ...]] = ()
    section: ClassVar[Section] = TRUNKS

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._trunks: dict[str, TrunkDefinition] = {}
        self.lines = Lines()

    @classmethod
    def create(cls, runtime: Runtime) -> TrunksService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Follow the log."""
        self._runtime.subscribe(self.replay, DialStarted, DialAnswered, DialEnded, CallEnded)

    async def stop(self) -> None:
        """Let go of nothing."""

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the trunks of a site that goes live."""
        self._trunks = {name: one for name, one in parsed.items() if isinstance(one, TrunkDefinition)}

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────

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
        """Decide whether and how a number is dialed now; see :class:`callflow.protocol.OutsideDialer`."""
        wanted = Wanted(number, over, route, caller_number, logged_in)
        found = routing.plan(wanted, self.rules(), self.lines, self._runtime.clock.now())
        if isinstance(found, Refusal):
            _log.warning(
                found.reason, purpose=purpose, by=by, number=masked(number), over=over, why=found.detail
            )
            self._runtime.record(DialRefused(purpose=purpose, by=by, to=masked(number), reason=found.reason))
        return found

    def admits(self, attempt: Attempt) -> Refusal | None:
        """Tell whether an attempt is still within the limits."""
        return routing.admits(attempt, self.rules(), self.lines, self._runtime.clock.now())

    def begun(self, leg: str) -> Attempt:
        """Give the attempt by which a leg was dialed, but for the numbers."""
        line = self.lines.state.lines.get(leg)
        name, country = (line.trunk, line.country) if line else ("", "")
        trunk = self._trunks.get(name)
        longest_s = trunk.longest if trunk else 7200.0  # one that has left the site ends none early
        return Attempt(trunk=name, number="", caller_number="", country=country, longest_s=longest_s)

    def rules(self) -> Rules:
        """Give what the live site says."""
        routes, countries = self._runtime.all_of(RoutesService), self._runtime.all_of(CountriesService)
        house = next(iter(self._runtime.all_of(Located)), None)
        now = self._runtime.clock.now()
        return Rules(
            trunks=self._trunks,
            routes=routes[0].routes if routes else {},
            countries=countries[0].countries if countries else {},
            home=house.house_country() if house else "",
            midnight=house.midnight(now) if house else now - now % 86_400,
        )

    def get(self, name: str) -> TrunkDefinition | None:
        """Give a trunk of the live site."""
        return self._trunks.get(name)

    def country(self, trunk: str) -> str:
        """Give the country of numbers that a trunk shows without a country code: for want of one the house's.

        Empty when nobody has said it.
        """
        definition = self._trunks.get(trunk)
        if definition is not None and definition.country:
            return definition.country
        return next((one.house_country() for one in self._runtime.all_of(Located)), "")

    @property
    def trunks(self) -> Mapping[str, TrunkDefinition]:
        """The live site's trunks."""
        return self._trunks

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self.lines.snapshot()

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.lines.restore(state)

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        self.lines.apply(recorded.event, recorded.at.timestamp())


class RoutesService:
    """Holds the live site's ``routes:``."""

    needs: ClassVar[tuple[str, ...]] = ()
    section: ClassVar[Section] = ROUTES

    def __init__(self) -> None:
        self.routes: dict[str, RouteDefinition] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> RoutesService:  # noqa: ARG003 - a service's shape
        """Make the service."""
        return cls()

    async def start(self) -> None:
        """Get ready: nothing is to be done."""

    async def stop(self) -> None:
        """Let go of nothing."""

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the routes of a site that goes live."""
        self.routes = {name: one for name, one in parsed.items() if isinstance(one, RouteDefinition)}


class CountriesService:
    """Holds the live site's ``countries:``."""

    needs: ClassVar[tuple[str, ...]] = ()
    section: ClassVar[Section] = COUNTRIES

    def __init__(self) -> None:
        self.countries: dict[str, CountryDefinition] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> CountriesService:  # noqa: ARG003 - a service's shape
        """Make the service."""
        return cls()

    async def start(self) -> None:
        """Get ready: nothing is to be done."""

    async def stop(self) -> None:
        """Let go of nothing."""

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the countries of a site that goes live."""
        self.countries = {name: one for name, one in parsed.items() if isinstance(one, CountryDefinition)}
