"""Calls as stages see them: those that came in, and those that we place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from pydantic import BaseModel

    from callflow.expressions import Lookup
    from callflow.prompt import Prompt
    from records.events import Event
    from telephony.switch import Cause, Switch, SwitchEvent


T = TypeVar("T")


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
    trunk: str = ""
    """By which trunk, and no other; what may be dialed is asked of the :class:`OutsideDialer`."""
    route: str = ""
    """By which of the site's routes, ``any`` for whichever fits; without trunk and route: ``any``."""
    phone: str = ""
    """A phone of the house that is called, instead of an outside number."""
    caller_number: str = ""
    """Our number that is to be shown; the route's or trunk's when empty."""
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
    alone: tuple[Prompt, Prompt] | None
    """What whoever answers hears while no controller runs, and after the key nine then; to be set before
    :meth:`dial`."""
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

        When a trunk can't, the next one is tried while the call waits in :meth:`next`, on another leg.

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
