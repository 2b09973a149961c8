"""The stage ``agent_dial``: a number that was dialed on a phone of the house.

The phone's line has no record; the call that it leads to has, and this stage only hands on what happens to
the line.  After a restart it finds the call by the line, and dials nothing a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from acd.core.errors import AcdError
from acd.own_calls import prompts as say
from callflow.log import get_logger
from callflow.protocol import CallerGone
from telephony.switch import Cause, LegEnded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.own_calls.service import AgentCalls
    from callflow.protocol import Call, Prompt, Runtime


_log = get_logger(__name__)


class AgentDialStep(BaseModel):
    """What was dialed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str
    """An outside number, or an agent's."""


class AgentDialStage:
    """Serves the line of a phone that dials."""

    name: ClassVar[str] = "agent_dial"
    step: ClassVar[type[BaseModel]] = AgentDialStep
    outcomes: ClassVar[frozenset[str]] = frozenset({"completed"})

    def __init__(self, calls: AgentCalls) -> None:
        self._calls = calls

    @classmethod
    def create(cls, runtime: Runtime) -> AgentDialStage:
        """Make the stage."""
        from acd.own_calls.service import AgentCalls  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(AgentCalls))

    def prompts(self) -> Iterable[Prompt]:
        """Give what agents hear whose call is not put through."""
        return say.ALL

    async def run(self, call: Call, step: AgentDialStep) -> str:
        """Begin the call, or find it again, and hand on what happens to the line until it ends."""
        from acd.own_calls.service import NotBegun  # noqa: PLC0415

        own = self._calls.call_of(call.leg)
        if own is None:
            talk = self._calls.talk_on(call.endpoint)
            if talk is not None:
                return await self._consult(call, talk, step.number)
            try:
                own = self._calls.begin(call.endpoint, call.leg, step.number)
            except NotBegun as refused:
                await call.answer()
                await call.say(refused.prompt)
                return "completed"
        try:
            while self._calls.is_on(own):  # its end ends the line
                self._calls.post(own, await call.next())
        except CallerGone as gone:
            self._calls.post(own, LegEnded(leg=call.leg, cause=Cause(gone.cause)))
            raise
        return "completed"

    async def _consult(self, call: Call, talk: str, number: str) -> str:
        """Let an agent ask somebody on their phone's second line, for the call that waits on the first."""
        try:
            await self._calls.consult(talk, call.leg, number)
        except AcdError as error:
            _log.warning("not_consulted", call=talk, phone=call.endpoint, reason=str(error))
            await call.answer()
            await call.say(say.NOT_NOW)
            return "completed"
        try:
            while True:  # the talk ends the line
                self._calls.post(talk, await call.next())
        except CallerGone as gone:
            self._calls.post(talk, LegEnded(leg=call.leg, cause=Cause(gone.cause)))
            raise
