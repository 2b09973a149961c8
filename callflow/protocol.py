"""What a part of Ringhall must be to take part in a call: stages, services, prompts.

This is the one module of ``callflow`` that the other packages import.  Parts are found by entry points:

- ``ringhall.stages``: a class with :class:`Stage`'s members; takes a call over for a while.
- ``ringhall.services``: a class with :class:`Service`'s members; lives as long as the controller.
- ``ringhall.commands``: a ``typer.Typer`` that becomes ``ringhall NAME``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from aiohttp import web
    from pydantic import BaseModel

    from callflow.clock import Clock
    from records.events import Event, Recorded
    from telephony.switch import LegKind, Switch, SwitchEvent

T = TypeVar("T")


class Prompt(msgspec.Struct, frozen=True):
    """Something a caller hears, by language tag: a text to be spoken, or a recording.

    Hashable, so that it can be the key of a table of rendered sounds.
    """

    texts: tuple[tuple[str, str], ...] = ()
    """(language, text) pairs."""
    recordings: tuple[tuple[str, str], ...] = ()
    """(language, absolute path of a WAV file) pairs; a recording wins over a text."""

    @classmethod
    def say(cls, **texts: str) -> Prompt:
        """Make a spoken prompt: ``Prompt.say(en="Hello", zh="你好")``."""
        return cls(texts=tuple(sorted(texts.items())))


class PromptError(Exception):
    """A prompt can't be rendered; the message says which, why, and what to do."""


class PromptBook(Protocol):
    """Rendered prompts: everything is rendered when a site loads, nothing during a call."""

    async def prepare(self, prompts: Iterable[Prompt], languages: Iterable[str]) -> None:
        """Render whatever is not in the cache; raises :class:`PromptError`."""

    def sounds(self, prompt: Prompt, language: str) -> list[str]:
        """Give the sounds to play (absolute paths without extension) in ``language``.

        Falls back to the prompt's first language when it has no text in ``language``.
        """


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
    resumed: bool
    """True when this controller took the call over from one that died."""

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


class Stage(Protocol):
    """One kind of step that takes a call over: ``menu``, ``queue``, ``voicemail`` …

    A stage must be able to *enter or resume*: after a controller's death ``run`` is called again with the
    same step, ``call.resumed`` set, and what the stage's service restored from the log.
    """

    name: ClassVar[str]
    step: ClassVar[type[BaseModel]]
    """Schema of the step as written in YAML."""
    outcomes: ClassVar[frozenset[str]]
    """What :meth:`run` may return; a step ``on_X`` branch exists for each outcome X but ``completed``."""

    @classmethod
    def create(cls, runtime: Runtime) -> Stage:
        """Make the stage, with the services it needs."""

    def prompts(self) -> Iterable[Prompt]:
        """Give the fixed prompts that must be rendered before a call needs them."""

    async def run(self, call: Call, step: Any) -> str:
        """Serve the call; return an outcome.  ``completed`` means the call has been dealt with."""


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


class Runtime(Protocol):
    """What the composition root offers to services and stages."""

    clock: Clock
    switch: Switch
    prompts: PromptBook
    home: Path
    """The folder of everything that this installation writes (``var/``)."""

    def require(self, kind: type[T]) -> T:
        """Give the service of that class; raises LookupError naming those that exist."""

    def stage_types(self) -> Mapping[str, type[Stage]]:
        """Give every installed stage by name."""

    def record(self, event: Event) -> None:
        """Append a fact to the log, before it is acted on."""

    def subscribe(self, listener: Callable[[Recorded], None]) -> None:
        """Call ``listener`` with every event, in order, right after it was appended."""

    def post(self, call: str, message: object) -> bool:
        """Put a message into a call's inbox; False when there is no such call."""

    def alarm(self, name: str, detail: str) -> None:
        """Raise an alarm (once until cleared): log line, metric, event."""

    def clear_alarm(self, name: str) -> None:
        """Take an alarm back."""
