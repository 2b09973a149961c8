"""A call that keeps a promise, from its begin to its end.  What comes of it is the call's outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.callbacks import prompts as say
from acd.callbacks.visits import NOT_SERVED, WITHDRAWN, AgentFirstVisit, CallbackVisit, NotWanted
from acd.core import inputs as i
from acd.queue_stage import QueueStep
from callflow.protocol import CallerGone
from callflow.stages.keys import ask_key

if TYPE_CHECKING:
    from acd.callbacks.cases import Case
    from acd.callbacks.terms import Terms
    from acd.service import AcdService
    from callflow.protocol import PlacedCall, Prompt

ANSWERED, UNCONFIRMED, DECLINED = "answered", "unconfirmed", "declined"


class Keeping:
    """One call's attempt to keep a promise."""

    def __init__(
        self, call: PlacedCall, acd: AcdService, case: Case, terms: Terms, greeting: Prompt | None
    ) -> None:
        self._call = call
        self._acd = acd
        self._case = case
        self._terms = terms
        self._greeting = greeting

    async def serve(self) -> None:
        """Serve the call.

        One that was taken over after a kill, and dialed before, goes on with the customer first, whatever
        the mode: an agent who was waiting for the customer has been let go.
        """
        call = self._call
        if call.id not in self._acd.core.state.talks:
            if self._terms.agent_first and not call.was_dialed:
                await AgentFirstVisit(call, self._acd, self._case, self._terms).run(self._step())
                return
            outcome = await call.reach(self._terms.ring_s, lambda message: isinstance(message, NotWanted))
            if outcome != ANSWERED:
                self._leave(outcome)
                return
            if not self._confirmed_before() and not await self._confirmed():
                self._leave(call.outcome)
                return
        await self._connect()

    def _step(self) -> QueueStep:
        return QueueStep(queue=self._case.queue)

    def _confirmed_before(self) -> bool:
        """Whether the controller before this one had led the customer into the queue."""
        ticket = self._acd.core.state.tickets.get(self._call.id)
        return ticket is not None and not ticket.dials_s

    async def _confirmed(self) -> bool:
        """Say who calls and why; an answering machine presses no key."""
        call = self._call
        call.outcome = UNCONFIRMED
        try:
            if self._greeting is not None:
                await call.say(self._greeting)
            if not self._terms.ask_key:
                await call.say(say.YOU_ASKED)
                call.outcome = ""
                return True
            key = await ask_key(call, say.PRESS_ONE, "19")
            if key == "9":
                call.outcome = DECLINED
                await call.say(say.NO_MORE)
        except CallerGone:
            self._leave(call.outcome)
            raise
        if key == "1":
            call.outcome = ""
        return key == "1"

    async def _connect(self) -> None:
        """Let the customer wait at the place that was kept, and talk."""
        outcome = await CallbackVisit(self._call, self._acd, self._case).run(self._step())
        if outcome != "completed":
            self._call.outcome = NOT_SERVED
            await self._call.say(say.LATER)

    def _leave(self, outcome: str) -> None:
        """Put the outcome on record; a ticket of before a kill goes with it."""
        self._call.outcome = WITHDRAWN if outcome == "given_up" else outcome
        if self._call.id in self._acd.core.state.tickets:
            self._acd.submit(i.CallGone(self._call.id, f"callback_{self._call.outcome}"))
