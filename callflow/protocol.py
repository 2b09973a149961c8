"""What a part of Ringhall must be to take part in a call: stages, services, prompts.

This is the module of ``callflow`` that the other packages build on (with ``callflow.values``, the types of
what an admin writes).  Parts are found by entry points:

- ``ringhall.stages``: a class with :class:`Stage`'s members; takes a call over for a while.
- ``ringhall.services``: a class with :class:`Service`'s members; lives as long as the controller.
- ``ringhall.sections``: a :class:`Section`, by its name; a service reads it (:class:`Configurable`).
- ``ringhall.commands``: a ``typer.Typer`` that becomes ``ringhall NAME``.

Dialplans are checked with stages and sections alone, so their modules import no service, nor anything that
takes long: a stage imports what it runs with in ``create``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

import msgspec

from callflow.prompt import Prompt as Prompt  # noqa: PLC0414, TC001 - part of this protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from pathlib import Path

    from aiohttp import web
    from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
    from pydantic_core import CoreSchema

    from callflow.clock import Clock
    from callflow.expressions import Lookup
    from callflow.section_problem import SectionProblem
    from records.events import Event, Recorded
    from telephony.switch import Cause, LegKind, Switch, SwitchEvent

T = TypeVar("T")


class Refers:
    """Marks a string in a step's or a section's schema as the name of something the site defines.

    ``Annotated[str, Refers("queue")]``; kinds are ``menu``, ``skill``, ``language`` and whatever a
    :class:`Section` defines.  An unknown name is then an error with place and near name, and a schema
    validated outside a site takes any name.  Works for keys of mappings and items of lists too.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"Refers({self.kind!r})"

    def check(self, value: str, info: ValidationInfo) -> str:
        """Raise a validation error for a name that the site does not define."""
        from pydantic_core import PydanticCustomError  # noqa: PLC0415 - the parent process needs no pydantic

        context = info.context or {}
        known = context.get("known", {}).get(self.kind)
        if known is not None and value not in known:
            raise PydanticCustomError(
                "unknown_name", "there is no {kind} {name}", {"kind": self.kind, "name": value}
            )
        context.get("used", set()).add((self.kind, value))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.with_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Leave a mark, ``x-names``, where the names of a site belong."""
        return {**handler(schema), "x-names": self.kind}


class Defines:
    """Marks a string in a step's schema as the name of something that the step brings about.

    ``Annotated[str, Defines("variable")]`` (or :data:`callflow.values.Variable`): a variable that expressions
    and texts of the site may then read.  Works for keys of mappings and items of lists too.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"Defines({self.kind!r})"

    def note(self, value: str, info: ValidationInfo) -> str:
        """Tell the site's checks."""
        (info.context or {}).get("defined", set()).add((self.kind, value))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.with_info_after_validator_function(self.note, handler(source))


@dataclass(frozen=True)
class Section:
    """A part of the site's YAML that a service brings: a mapping of names to definitions.

    ``Section(name="queues", defines="queue", model=QueueDefinition)`` makes ``queues:`` valid at the top
    of a dialplan, each entry an instance of ``model``, and each name something that
    ``Refers("queue")`` may name.
    """

    name: str
    defines: str
    model: type[BaseModel]
    facts: tuple[str, ...] = ()
    """What the service tells of each entry as a :class:`FactSource`: with ``("length",)`` expressions may
    read ``queue.cards.length``."""
    check: Callable[[Mapping[str, Any]], Iterable[SectionProblem]] | None = None
    """Finds what is wrong with entries together, from name → instance of ``model``."""


@runtime_checkable
class Speaking(Protocol):
    """A definition in a section whose prompts callers hear; its fields may be ``callflow.step_model.Say``."""

    def prompts(self) -> Iterable[Prompt]:
        """Give every prompt that must be rendered before the site goes live."""


def key_outcome(key: str) -> str:
    """Name the outcome of a stage that the caller left by a key."""
    return f"key {key}"


class PromptError(Exception):
    """A prompt can't be rendered; the message says which, why, and what to do."""


@runtime_checkable
class PromptBook(Protocol):
    """Rendered prompts: everything is rendered when a site loads, nothing during a call."""

    async def prepare(self, prompts: Iterable[Prompt], languages: Iterable[str]) -> None:
        """Render whatever is not in the cache; raises :class:`PromptError`."""

    def sounds(self, prompt: Prompt, language: str) -> list[str]:
        """Give the sounds to play (absolute paths without extension) in ``language``.

        Falls back to the prompt's first language when it has no text in ``language``.
        """


@runtime_checkable
class PromptsAhead(Protocol):
    """A prompt book that can begin to get going when prompts are likely to be asked for soon."""

    async def expect(self, languages: Iterable[str]) -> None:
        """Begin with what takes a while, without waiting for it."""


class CallerGone(Exception):  # noqa: N818 - named for what happened
    """The caller hung up.  Raised out of whatever a stage awaits; stages only clean up."""

    def __init__(self, cause: str = "normal") -> None:
        super().__init__(f"the caller hung up ({cause})")
        self.cause = cause


class Caller(msgspec.Struct, frozen=True):
    """Who calls."""

    number: str
    """Personal data: mask it (``callflow.personal.masked``) wherever it is shown."""
    subject: str
    """Opaque id under which the log knows this person."""


class Call(Protocol):
    """One call as its stages see it.  Owned by one task; not to be used from another."""

    id: str
    leg: str
    caller: Caller
    dialed: str
    endpoint: str
    """The trunk or phone it came in by."""
    language: str
    facts: dict[str, str]
    """Variables of the call's menus; values of personal ones are in the vault, never in events."""
    look_up: Lookup
    """Gives a variable, or a fact such as ``caller.number`` or ``queue.cards.length``, for expressions and
    texts: ``step.url.text(call.look_up)``."""
    ending: Cause
    """With which cause the line is ended when the call's first stage has returned."""
    resumed: bool
    """True when this controller took the call over from one that died."""
    resume_at: tuple[str, int, str] | None
    """For a resumed call: (menu, step, version) of the last step it entered, if it had entered one."""
    resume_returns: tuple[tuple[str, int], ...]
    """For a resumed call: (menu, step) to which the menus that it was called into go back."""

    def now(self) -> float:
        """Steady seconds."""

    def record(self, event: Event) -> None:
        """Append a fact to the log, before it is acted on."""

    def keep(self, name: str, value: str) -> None:
        """Put a personal value of this call into the vault (encrypted, erasable)."""

    def post(self, message: object) -> None:
        """Put a message of a service into the call's inbox (the only method other tasks may call)."""

    async def next(self, deadline: float | None = None) -> SwitchEvent | object | None:
        """Wait for the next event or message; None at the deadline (steady seconds).

        Raises :class:`CallerGone` when the caller's leg ended.
        """

    async def while_waiting(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something other than the call; keys pressed meanwhile stay in the inbox.

        Raises :class:`CallerGone`, and takes the work back, as soon as the caller's leg ends.
        """

    async def answer(self) -> None:
        """Answer, unless it is answered."""

    async def play(self, prompt: Prompt) -> str:
        """Start a prompt in the call's language and return the playback's id at once."""

    async def stop_playing(self) -> None:
        """Stop what is being played, if anything is."""

    async def say(self, prompt: Prompt) -> None:
        """Play a prompt to its end (keys pressed meanwhile stay in the inbox)."""

    async def wait_with_music(self, music: str) -> None:
        """Let the caller hear music."""

    async def run_stage(self, name: str, step: BaseModel) -> str:
        """Hand the call to another stage and return its outcome."""

    switch: Switch


class NotDialed(Exception):  # noqa: N818 - named for what happened
    """A call of our own could not be dialed: not_allowed, trunk_full or failed."""

    def __init__(self, outcome: str) -> None:
        super().__init__(f"it was not dialed ({outcome})")
        self.outcome = outcome


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """A call that a service wants to place.  Nobody is dialed before the service says so."""

    purpose: str
    """The :class:`CallPlacer` that serves the call."""
    reference: str
    """What the service knows it by; never personal data."""
    number: str
    """Whom to call.  Personal data."""
    trunk: str
    """By which trunk; what that may dial is asked of the :class:`TrunkKeeper`."""
    subject: str
    """Whose number it is."""
    language: str = ""
    """The house's when empty."""
    follows: str = ""
    """The call that it follows from."""


class PlacedCall(Call, Protocol):
    """A call that we placed: whoever is called stands where a caller does.

    ``caller`` is that person and ``leg`` their line.  Before :meth:`dial` there is no line, so that nothing
    may be played and nobody connected.  When the leg ends, CallerGone is raised as for any caller.
    """

    reference: str
    outcome: str
    """What the record says of the call, when its server knows it better than what happened tells."""

    @property
    def was_dialed(self) -> bool:
        """Whether somebody's phone may have rung, under this controller or the one before."""

    @property
    def up(self) -> bool:
        """Whether whoever is called has answered."""

    async def dial(self) -> None:
        """Dial; what comes of it arrives as LegRinging and LegAnswered of :attr:`leg`, or CallerGone.

        The fact is recorded before.  Raises :class:`NotDialed`.
        """

    async def reach(self, ring_s: float, until: Callable[[object], bool] = ...) -> str:
        """Dial, unless that was done, and wait for the answer until it has rung for ``ring_s`` seconds.

        A message for which ``until`` holds ends the waiting before.  Gives answered, busy, rejected,
        no_answer, not_allowed, trunk_full, failed or given_up; raises nothing.
        """

    def outcome_of(self, gone: CallerGone) -> str:
        """Tell what came of dialing when the leg ended before it was answered."""

    def unreached(self, outcome: str) -> str:
        """Put on record what came of dialing, for who waits for the answer by themselves; gives it back."""


class Stage(Protocol):
    """One kind of step that takes a call over: ``menu``, ``queue``, ``voicemail`` …

    A stage that needs no switch and no agents may say ``simulated: ClassVar[bool] = True``: then
    ``ringhall simulate`` runs it, with its servers played; of any other it asks how it ends.

    A stage must be able to *enter or resume*: after a controller's death ``run`` is called again with the
    same step, ``call.resumed`` set, and what the stage's service restored from the log.
    """

    name: ClassVar[str]
    step: ClassVar[type[BaseModel]]
    """Schema of the step as written in YAML, without its ``on_…`` branches."""
    outcomes: ClassVar[frozenset[str]]
    """What :meth:`run` may return.

    For each outcome X the branch ``on_X`` is taken: the step's own, else the field ``on_X`` of the definition
    that the step names by :class:`Refers`.  Without a branch the next step follows, but after ``completed``
    (the call has been dealt with) the call ends.

    A stage that callers may leave by a key says ``by_key: ClassVar[bool] = True``.  Then the step, and the
    definition that it names, have ``keys:`` (key → branch), and :meth:`run` may return :func:`key_outcome` of
    a key for which its step has a branch.

    Outcomes that never come about unless they have a branch are named by
    ``only_with_branch: ClassVar[frozenset[str]]``; nothing follows on them elsewhere.

    A stage in which a caller neither chooses nor waits says so by ``instant: ClassVar[bool] = True``: menus
    that go round through it for ever are refused.
    """

    @classmethod
    def create(cls, runtime: Runtime) -> Stage:
        """Make the stage, with the services it needs; their modules are imported here, not before."""

    def prompts(self) -> Iterable[Prompt]:
        """Give the fixed prompts that must be rendered before a call needs them."""

    async def run(self, call: Call, step: Any) -> str:
        """Serve the call; return an outcome.

        A ``step`` that is a :class:`callflow.step_model.StepModel` knows which outcomes have a branch.
        """


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
class TrunkKeeper(Protocol):
    """A service that knows what may be dialed over which trunk, and counts the calls over each."""

    def allows(self, trunk: str, number: str) -> bool:
        """Tell whether a number may be dialed over a trunk; never over one that there is not."""

    def take(self, trunk: str) -> bool:
        """Take one of the trunk's calls; False when all are taken."""

    def give_back(self, trunk: str) -> None:
        """Give a taken call back."""

    def caller_number(self, trunk: str) -> str:
        """Give our number as the called party sees it; empty when none is given."""

    def longest(self, trunk: str) -> float:
        """Give the seconds after which a talk is ended."""


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
class NamedHouse(Protocol):
    """A service that knows how the house calls itself."""

    def house_name(self) -> str:
        """Give its name."""


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


class Runtime(Protocol):
    """What the composition root offers to services and stages."""

    clock: Clock
    switch: Switch
    prompts: PromptBook
    home: Path
    """The folder of everything that this installation writes (``var/``)."""

    def require(self, kind: type[T]) -> T:
        """Give the service of that class; raises LookupError naming those that exist."""

    def all_of(self, kind: type[T]) -> list[T]:
        """Give every service that satisfies a (run-time checkable) protocol, as :class:`Configurable`.

        All services are created before the first is started.
        """

    def stage_types(self) -> Mapping[str, type[Stage]]:
        """Give every installed stage by name."""

    def record(self, *events: Event) -> None:
        """Append facts to the log, before they are acted on; several are appended together or not at all."""

    def subscribe(self, listener: Callable[[Recorded], None], *kinds: type[Event]) -> None:
        """Call ``listener`` with every event (of ``kinds``), in order, right after it was appended."""

    def post(self, call: str, message: object) -> bool:
        """Put a message into a call's inbox; False when there is no such call."""

    def place_call(self, placing: Placing) -> str:
        """Begin a call of our own and give its id; its placer's ``serve_placed`` decides when it is dialed.

        Raises LookupError for a purpose that no service has, and before the switch was there once.
        """

    def alarm(self, name: str, detail: str) -> None:
        """Raise an alarm (once until cleared): log line, metric, event; only its detail may change."""

    def clear_alarm(self, name: str) -> None:
        """Take an alarm back."""
