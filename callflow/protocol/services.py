"""Services, and what else they may do besides living as long as the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web
    from pydantic import BaseModel

    from callflow.prompt import Prompt
    from callflow.protocol.calls import PlacedCall
    from callflow.protocol.dialplan import Section
    from callflow.protocol.runtime import Runtime
    from records.events import Recorded
    from telephony.switch import LegKind


@runtime_checkable
class Service(Protocol):
    """A part that lives as long as the controller."""

    needs: ClassVar[tuple[str, ...]]
    """Names of services that must be started before."""

    @classmethod
    def create(cls, runtime: Runtime) -> Service:
        """Make the service; no I/O yet."""

    async def start(self) -> None:
        """Get ready; state has been restored by then."""

    async def stop(self) -> None:
        """Let go in good order."""


@runtime_checkable
class Configurable(Protocol):
    """A service that brings a section of the site's YAML."""

    section: ClassVar[Section]
    """The one that is declared in ``ringhall.sections``."""

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:
        """Take the checked definitions of a site that goes live: at load, before start, and at each reload.

        ``parsed`` maps each name to an instance of ``section.model``; ``version`` is the site's content hash.
        """


@runtime_checkable
class Restorable(Protocol):
    """A service whose state is a fold of the event log."""

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""

    def replay(self, recorded: Recorded) -> None:
        """Apply one event of the log's tail."""


@runtime_checkable
class Entrance(Protocol):
    """A service that knows what serves a call that arrived."""

    def first_stage(self, kind: LegKind, dialed: str) -> tuple[str, BaseModel] | None:
        """Give stage and step for a call of that kind to that number; None when it is not ours."""


@runtime_checkable
class CallPlacer(Protocol):
    """A service that places calls (:meth:`Runtime.place_call`) and serves them."""

    purpose: ClassVar[str]

    def prompts(self) -> Iterable[Prompt]:
        """Give the fixed prompts that must be rendered before a call needs them."""

    async def serve_placed(self, call: PlacedCall) -> None:
        """Serve a call that it placed; when this returns, or raises, the call is ended and recorded.

        After a controller's death it is called again, with ``call.resumed`` set, for a call that was not
        dialed yet or whose leg is there; any other gets its record without.
        """


@runtime_checkable
class MenuBook(Protocol):
    """A service that knows the live site's menus."""

    def menu_names(self) -> list[str]:
        """Give their names."""

    def menu_of_number(self, number: str) -> str | None:
        """Give the menu that answers a number of the site; None for any other number."""


@runtime_checkable
class FactSource(Protocol):
    """A service that knows facts which change while a call goes on: ``queue.cards.length``.

    Their names are declared by its section's ``facts``; they are asked for anew each time.
    """

    def fact(self, name: str) -> str | None:
        """Give a fact as text (numbers as digits, times in seconds); None for one that is not its own."""


@runtime_checkable
class HoursKeeper(Protocol):
    """A service that knows the site's opening hours, and which of them were closed by hand."""

    def closed_by_hand(self, hours: str) -> bool:
        """Tell whether they are closed now, whatever the clock says."""

    def next_opening(self, hours: str) -> float | None:
        """Give the steady seconds at which they open next, now when they are open.

        None when there are no such hours (any more), or they don't open within 400 days.  A closure by hand
        counts until its end; one until further notice can't be counted with: then it is the time by the
        written hours.
        """


@runtime_checkable
class OpeningTimes(Protocol):
    """A service that knows when opening hours open, closures by hand included."""

    def opens_at(self, hours: str, now: float) -> float | None:
        """Give when they open next (steady seconds): ``now`` while they are open, None if never."""


@runtime_checkable
class House(Protocol):
    """A service that knows the language in which people are spoken to before they chose one."""

    def house_language(self) -> str:
        """Give its tag."""


@runtime_checkable
class Located(Protocol):
    """A service that knows where the house is."""

    def house_country(self) -> str:
        """Give its country's ISO 3166 code, empty when the site does not say."""

    def midnight(self, now: float) -> float:
        """Give the steady seconds at which the day of ``now`` began by the house's clock."""


@runtime_checkable
class NamedHouse(Protocol):
    """A service that knows how the house calls itself."""

    def house_name(self) -> str:
        """Give its name."""


@runtime_checkable
class Doorkeeper(Protocol):
    """A service that knows which callers are turned away."""

    def turns_away(self, trunk: str, caller: str) -> tuple[str, str] | None:
        """Give why a caller is turned away, and the cause to end the call with; None to let them in."""


@runtime_checkable
class PhoneWatcher(Protocol):
    """A service that wants to know which phones can be reached."""

    def phone_seen(self, phone: str) -> None:
        """Take note that a phone is reachable now; repeated at least every 15 s while it is."""

    def phone_gone(self, phone: str) -> None:
        """Take note that a phone was lost."""


@runtime_checkable
class CallWatcher(Protocol):
    """A service that holds something for a call and must know when it ended with no task to say so."""

    def call_lost(self, call: str) -> None:
        """Take note that the call ended while no controller watched; called before its CallEnded."""


@runtime_checkable
class Controllable(Protocol):
    """A service that the command line can talk to."""

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give routes under ``/control/`` for the UNIX socket."""


@runtime_checkable
class InStatus(Protocol):
    """A service that has something to say in ``ringhall status``."""

    def in_status(self) -> Mapping[str, object]:
        """Give JSON-able facts by name, each name of this service alone."""
