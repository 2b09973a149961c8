"""The stage ``agent_line``: agents without a screen log in and out, pause and ready by short codes.

The codes are in docs/agents.md.  What is typed for a PIN stays in this module's local variables.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from acd import agent_prompts as say
from acd.core import inputs as i
from acd.core.errors import AcdError, LoginDenied, WrapUpAtLimit
from acd.core.states import State
from callflow.stages.keys import ask_digits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.service import AcdService
    from callflow.protocol import Call, Prompt, Runtime

LOG_IN, LOG_OUT, READY, PAUSE, FINISH_WRAP_UP, EXTEND_WRAP_UP = "*70", "*71", "*72", "*73", "*74", "*75"
CODES = {
    LOG_IN: "log in: asks for agent number and PIN",
    LOG_OUT: "log out",
    READY: "be ready for calls",
    PAUSE: "pause: asks for the reason, unless its digit is dialed at once",
    FINISH_WRAP_UP: "finish the wrap-up",
    EXTEND_WRAP_UP: "extend the wrap-up by a minute",
}
REASONS = {"1": "break", "2": "lunch", "3": "meeting", "4": "training", "5": "paperwork", "6": "other"}
"""Digit after ``*73``, or pressed when asked → pause reason."""

EXTENSION_S = 60.0
"""What ``*75`` adds to a wrap-up, as far as the queue allows."""

TRIES = 3
"""Logins that may be tried in one call; the lock of number and phone goes on over calls."""
MOST_DIGITS = 13
"""One more than a number or a PIN may have, so that the # which ends it is never left over."""
GONE_S = 2.0


class AgentLineStep(BaseModel):
    """What was dialed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    """The short code, such as ``*11``."""


class AgentLineStage:
    """Serves calls from phones."""

    name: ClassVar[str] = "agent_line"
    step: ClassVar[type[BaseModel]] = AgentLineStep
    outcomes: ClassVar[frozenset[str]] = frozenset({"completed"})

    def __init__(self, acd: AcdService) -> None:
        self._acd = acd

    @classmethod
    def create(cls, runtime: Runtime) -> AgentLineStage:
        """Make the stage."""
        from acd.service import AcdService  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(AcdService))

    def prompts(self) -> Iterable[Prompt]:
        """Give what agents hear."""
        return say.ALL

    async def run(self, call: Call, step: AgentLineStep) -> str:
        """Do what the code says, and confirm it."""
        await call.answer()
        agent = self._acd.agent_on(call.endpoint)
        if step.code == LOG_IN:
            await self._log_in(call)
        elif step.code not in CODES and step.code.removeprefix(PAUSE) not in REASONS:
            await call.say(say.UNKNOWN_CODE)
        elif agent is None:
            await call.say(say.NOT_LOGGED_IN)
        else:
            await self._serve(call, step.code, agent)
        return "completed"

    async def _serve(self, call: Call, code: str, agent: str) -> None:
        match code:
            case _ if code == LOG_OUT:
                await self._ask(call, i.LogOut(agent), State.LOGGED_OUT, say.LOGGED_OUT)
            case _ if code == READY:
                await self._take_calls(call, i.Ready(agent), say.READY)
            case _ if code == FINISH_WRAP_UP:
                if self._acd.core.agent(agent).state is State.WRAP_UP:
                    await self._take_calls(call, i.FinishWrapUp(agent), say.WRAP_UP_FINISHED)
                else:
                    await call.say(say.NOT_NOW)
            case _ if code == EXTEND_WRAP_UP:
                await call.say(self._extended(agent))
            case _:
                await self._pause(call, code, agent)

    def _extended(self, agent: str) -> Prompt:
        """Extend a wrap-up, before it ends while it is spoken of; gives what is to be said."""
        try:
            self._acd.submit(i.ExtendWrapUp(agent, EXTENSION_S))
        except WrapUpAtLimit:
            return say.WRAP_UP_AT_LIMIT
        except AcdError:
            return say.NOT_NOW
        return say.WRAP_UP_EXTENDED

    async def _pause(self, call: Call, code: str, agent: str) -> None:
        digit = code.removeprefix(PAUSE) or await ask_digits(call, say.ASK_REASON, 1)
        if digit not in REASONS:
            await call.say(say.UNKNOWN_CODE if digit else say.NOTHING_ENTERED)
            return
        await self._ask(call, i.Pause(agent, REASONS[digit]), State.PAUSED, say.PAUSED)

    async def _ask(self, call: Call, asked: i.LogOut | i.Pause, wanted: State, done: Prompt) -> None:
        """Ask for something that can be had at once, or is had after a call."""
        try:
            self._acd.submit(asked)
        except AcdError:
            await call.say(say.NOT_NOW)
            return
        there = self._acd.core.agent(asked.agent).state is wanted
        await call.say(done if there else say.AFTER_THE_CALL)

    async def _take_calls(self, call: Call, asked: i.Ready | i.FinishWrapUp, done: Prompt) -> None:
        """Confirm and hang up first: a phone that is still on this call would refuse an offer as busy."""
        try:
            await call.say(done)
            await call.switch.hangup(call.leg)
            deadline = call.now() + GONE_S
            while await call.next(deadline) is not None:
                pass
        finally:
            with suppress(AcdError):  # the state may have changed while the confirmation was spoken
                self._acd.submit(asked)

    # ── logging in ───────────────────────────────────────────────────────────────────────────────

    async def _log_in(self, call: Call) -> None:
        for _ in range(TRIES):
            number = await ask_digits(call, say.ASK_NUMBER, MOST_DIGITS)
            pin = await ask_digits(call, say.ASK_PIN, MOST_DIGITS) if number else ""
            if not pin:
                await call.say(say.NOTHING_ENTERED)
                return
            try:
                await self._acd.log_in(number, call.endpoint, pin)
            except LoginDenied as denied:
                await call.say(say.LOCKED if denied.locked else say.DENIED)
                if denied.locked:
                    return
            except AcdError:
                await call.say(say.NOT_NOW)
                return
            else:
                await call.say(say.LOGGED_IN)
                return
