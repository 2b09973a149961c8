"""What can be done in a talk, over the API: by an agent in their own talk, by a supervisor in any."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from acd.api_words import NOT_NOW
from acd.core.errors import AcdError, NoTalk, UnknownAgent, UnknownQueue
from acd.core.states import IllegalTransition
from acd.in_call.asking import Wanted
from acd.in_call.keys import Act
from acd.service import AcdService
from callflow.api import WRONG_FIELD, Asked, CallId, ErrorKind, Role, route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callflow.protocol import Runtime

Number = Annotated[str, Meta(max_length=40)]
NO_SUCH_TALK = ErrorKind(
    "no-such-talk",
    404,
    "Nobody talks in this call, or (for an agent's token) somebody else does.",
    "see /api/v1/calls?state=talking",
)
NO_SUCH_TARGET = ErrorKind(
    "no-such-target", 404, "There is no such agent, queue or menu.", "see /api/v1/agents and /api/v1/queues"
)
_AGENTS = {Role.AGENT, Role.SUPERVISOR}
_FAILS = (NO_SUCH_TALK, NOT_NOW)
_TO_FAILS = (NO_SUCH_TALK, NO_SUCH_TARGET, NOT_NOW)


class To(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """To whom; exactly one of these."""

    agent: Number = ""
    """An agent's number."""
    queue: Annotated[str, Meta(max_length=80)] = ""
    menu: Annotated[str, Meta(max_length=80)] = ""
    """For a transfer only."""
    number: Number = ""
    """What a person would dial: an agent's number, a queue's extension, a number of the site, or one outside
    that the site's routes allow."""


class Supervisor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who supervises: an agent who is logged in on a phone, and ready or paused."""

    agent: Annotated[str, Meta(min_length=1, max_length=40)]


class Done(msgspec.Struct, frozen=True):
    """The talk after it."""

    call: str
    agent: str
    """Who talks with the caller; empty when nobody does (yet)."""
    held: bool
    consult: str
    """The consultation that is on, CALL+N."""
    conference: bool


class TalkRoutes:
    """Handlers; each comes back when it was done, or nothing was changed."""

    tag: ClassVar[str] = "talks"

    def __init__(self, acd: AcdService) -> None:
        self._acd = acd

    @classmethod
    def create(cls, runtime: Runtime) -> TalkRoutes:
        """Make the group."""
        return cls(runtime.require(AcdService))

    @route("POST", "/calls/{call}/hold", "Put the caller on hold", roles=_AGENTS, errors=_FAILS)
    async def hold(self, asked: Asked, call: CallId) -> Done:
        """With the queue's music; one who is on hold stays so."""
        return await self._ask(asked, call, Act.HOLD)

    @route("POST", "/calls/{call}/resume", "Take the caller off hold", roles=_AGENTS, errors=_FAILS)
    async def resume(self, asked: Asked, call: CallId) -> Done:
        """One who is not on hold is fine."""
        return await self._ask(asked, call, Act.RESUME)

    @route("POST", "/calls/{call}/transfer", "Hand the call over at once", roles=_AGENTS, errors=_TO_FAILS)
    async def transfer(self, asked: Asked, call: CallId, body: To) -> Done:
        """Blind: the agent is done with the call; if nobody takes it, it comes back to them."""
        return await self._ask(asked, call, Act.TRANSFER, body)

    @route("POST", "/calls/{call}/consult", "Ask somebody", roles=_AGENTS, errors=_TO_FAILS)
    async def consult(self, asked: Asked, call: CallId, body: To) -> Done:
        """The caller hears music meanwhile."""
        return await self._ask(asked, call, Act.CONSULT, body)

    @route("POST", "/calls/{call}/cancel", "Take a consultation back", roles=_AGENTS, errors=_FAILS)
    async def cancel(self, asked: Asked, call: CallId) -> Done:
        """The agent is with the caller again."""
        return await self._ask(asked, call, Act.CANCEL)

    @route("POST", "/calls/{call}/join", "Make it a conference", roles=_AGENTS, errors=_FAILS)
    async def join(self, asked: Asked, call: CallId) -> Done:
        """Caller, agent and whoever is consulted hear each other."""
        return await self._ask(asked, call, Act.JOIN)

    @route("POST", "/calls/{call}/complete", "Hand over after a consultation", roles=_AGENTS, errors=_FAILS)
    async def complete(self, asked: Asked, call: CallId) -> Done:
        """Attended: whoever is consulted has the call."""
        return await self._ask(asked, call, Act.COMPLETE)

    @route("POST", "/calls/{call}/listen", "Listen", roles={Role.SUPERVISOR}, errors=_TO_FAILS)
    async def listen(self, asked: Asked, call: CallId, body: Supervisor) -> Done:
        """Heard by nobody; ends a whisper or a conference with the supervisor."""
        return await self._ask(asked, call, Act.LISTEN, body)

    @route("POST", "/calls/{call}/whisper", "Whisper", roles={Role.SUPERVISOR}, errors=_TO_FAILS)
    async def whisper(self, asked: Asked, call: CallId, body: Supervisor) -> Done:
        """Heard by the agent, not by the caller."""
        return await self._ask(asked, call, Act.WHISPER, body)

    @route("POST", "/calls/{call}/barge", "Barge in", roles={Role.SUPERVISOR}, errors=_TO_FAILS)
    async def barge(self, asked: Asked, call: CallId, body: Supervisor) -> Done:
        """Heard by both."""
        return await self._ask(asked, call, Act.BARGE, body)

    @route("POST", "/calls/{call}/take-over", "Take over", roles={Role.SUPERVISOR}, errors=_TO_FAILS)
    async def take_over(self, asked: Asked, call: CallId, body: Supervisor) -> Done:
        """The supervisor, who is in the talk already, has the call; the agent is done with it."""
        return await self._ask(asked, call, Act.TAKE_OVER, body)

    @route("POST", "/calls/{call}/leave", "End the supervision", roles={Role.SUPERVISOR}, errors=_TO_FAILS)
    async def leave(self, asked: Asked, call: CallId, body: Supervisor) -> Done:
        """The supervisor's line ends."""
        return await self._ask(asked, call, Act.LEAVE, body)

    async def _ask(self, asked: Asked, call: str, act: Act, to: To | Supervisor | None = None) -> Done:
        talk = self._acd.core.state.talks.get(call)
        if talk is None or (asked.role is Role.AGENT and talk.agent != asked.agent):
            raise NO_SUCH_TALK(f"no talk of yours is on in call {call}", where="path.call")
        with _in_words(call):
            wanted = None if to is None else _wanted(to)
            only = asked.agent if asked.role is Role.AGENT else ""
            await self._acd.ask_in_call(call, act, asked.by, wanted, agent=only)
        return self._after(call)

    def _after(self, call: str) -> Done:
        talk = self._acd.core.state.talks.get(call)
        if talk is None:
            return Done(call, "", held=False, consult="", conference=False)
        return Done(call, talk.agent, held=talk.held, consult=talk.consult, conference=talk.joined)


def _wanted(to: To | Supervisor) -> Wanted:
    if isinstance(to, Supervisor):
        return Wanted(agent=to.agent)
    try:
        return Wanted(agent=to.agent, queue=to.queue, menu=to.menu, number=to.number)
    except ValueError as error:
        raise WRONG_FIELD(f"it is not said to whom: {error}", where="body") from None


@contextmanager
def _in_words(call: str) -> Iterator[None]:
    try:
        yield
    except NoTalk as error:
        raise NO_SUCH_TALK(str(error), where=f"call {call}") from None
    except (UnknownAgent, UnknownQueue) as error:
        raise NO_SUCH_TARGET(str(error), where="body") from None
    except (AcdError, IllegalTransition) as error:
        raise NOT_NOW(str(error), where=f"call {call}") from None
