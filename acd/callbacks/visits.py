"""A callback's time in its queue: with the customer on the line, or with the agent there first."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from acd.core import inputs as i
from acd.core.commands import Connect, ExitQueue, WithdrawOffer
from acd.visit import QueueVisit
from callflow.protocol import CallerGone, NotDialed
from telephony.switch import LegAnswered, LegEnded, SwitchError

if TYPE_CHECKING:
    from acd.callbacks.cases import Case
    from acd.callbacks.terms import Terms
    from acd.queue_stage import QueueStep
    from acd.service import AcdService
    from callflow.protocol import PlacedCall

_log = structlog.get_logger(__name__)

CALLBACK_HEADER = "X-Ringhall-Callback"
"""SIP header by which the agent's phone or screen knows that it is a callback, and which."""
LONGEST_WAIT_S = 600.0
"""So long a customer who was called back waits at most, unless the queue lets callers wait longer."""
WITHOUT_CUSTOMER_S = 7 * 86_400.0
"""So long nobody waits on the line for an agent."""
CONNECT_S = 10.0
"""Time for the connection, beside the ringing, when the agent is there first."""
NO_ANSWER, AGENT_LEFT, FAILED, WITHDRAWN, NOT_SERVED = (
    "no_answer", "agent_left", "failed", "withdrawn", "not_served",
)  # fmt: skip


class NotWanted:
    """A message to a callback's call: nobody needs it any more.  Means nothing once the customer is there."""


class CallbackVisit(QueueVisit):
    """The customer is on the line and takes the place that was held."""

    def __init__(self, call: PlacedCall, acd: AcdService, case: Case) -> None:
        super().__init__(call, acd, None)
        self._case = case
        self._placed = call
        self._shown = f"Callback: {case.queue}"

    async def _request(self, step: QueueStep) -> i.Enqueue:
        case, call = self._case, self._call
        return i.Enqueue(
            call.id,
            step.queue,
            case.priority,
            max(0.0, call.now() - case.since) + self._longest_s(step.queue),
            customer_class=case.customer_class,
            since=case.since,
            subject=call.caller.subject,
            in_place_of=case.callback,
            dials_s=self._dials_s(),
        )

    def _longest_s(self, queue: str) -> float:
        """Tell how long it may wait from now on."""
        spec = self._acd.core.floor.queues.get(queue)
        return max(spec.max_wait_s or 0.0 if spec else 0.0, LONGEST_WAIT_S)

    def _dials_s(self) -> float:
        return 0.0

    def _headers(self) -> dict[str, str]:
        return {**super()._headers(), CALLBACK_HEADER: self._case.callback}


class AgentFirstVisit(CallbackVisit):
    """Nobody is on the line until an agent is; then the customer is dialed, and the agent hears it ring."""

    def __init__(self, call: PlacedCall, acd: AcdService, case: Case, terms: Terms) -> None:
        super().__init__(call, acd, case)
        self._terms = terms
        self._agent = ""
        """Leg of the agent who has answered and waits for the customer."""
        self._deadline: float | None = None

    def _dials_s(self) -> float:
        return self._terms.ring_s + CONNECT_S

    def _longest_s(self, queue: str) -> float:  # noqa: ARG002 - as above
        return WITHOUT_CUSTOMER_S

    async def serve(self, step: QueueStep) -> str:
        """Take the place in the queue, and go on until there was a talk or the call is of no use."""
        call, acd = self._placed, self._acd
        if call.resumed:
            standing = await acd.rejoin(call.id, call.leg)
            if standing.outcome and standing.exit_queue == step.queue:
                return self._ends(NOT_SERVED)
        if call.id not in acd.core.state.tickets:
            acd.submit(await self._request(step))
        self._music = acd.core.state.tickets[call.id].music
        outcome: str | None = None
        while outcome is None:
            try:
                message = await call.next(self._deadline)
            except CallerGone as gone:
                if call.up:
                    raise
                outcome = await self._nobody(call.outcome_of(gone))
            else:
                outcome = await (self._nobody(NO_ANSWER) if message is None else self._take(message))
        return outcome

    async def _take(self, message: object) -> str | None:
        outcome: str | None = None
        match message:
            case LegAnswered(leg=self._call.leg):
                await self._bring_together()
            case _ if self._placed.up:
                outcome = await super()._take(message)
            case NotWanted():
                outcome = await self._nobody(WITHDRAWN)
            case ExitQueue():
                outcome = self._ends(NOT_SERVED)
            case Connect(offer=leg):
                outcome = await self._dial_for(leg)
            case LegEnded(leg=leg) if leg == self._agent:
                self._legs.discard(leg)
                outcome = await self._nobody(AGENT_LEFT)
            case WithdrawOffer(offer=leg) if leg == self._agent:
                outcome = await self._nobody(FAILED)
            case _:
                outcome = await super()._take(message)
        return outcome

    async def _dial_for(self, agent: str) -> str | None:
        """The agent is there: dial the customer, and let the agent hear it ring."""
        self._agent = agent
        try:
            await self._call.switch.ring(agent)
            await self._placed.dial()
        except NotDialed as error:
            return await self._nobody(error.outcome)
        except SwitchError as error:
            _log.warning("agent_lost", call=self._call.id, offer=agent, error=str(error))
            return await self._nobody(AGENT_LEFT)
        self._deadline = self._call.now() + self._terms.ring_s
        return None

    async def _bring_together(self) -> None:
        """The customer is there: connect the two, or let the customer wait for another agent."""
        self._deadline = None
        if self._agent not in self._legs:
            await self._begin_music()
            return
        with suppress(SwitchError):
            await self._call.switch.stop_ringing(self._agent)
        await self._connect(self._agent)

    async def _nobody(self, outcome: str) -> str:
        """Release the agent without a wrap-up, and end the call."""
        self._placed.unreached(outcome)
        self._acd.submit(i.CallGone(self._call.id, f"callback_{outcome}"))
        for leg in list(self._legs):
            await self._hang_up(leg)
        with suppress(SwitchError):
            await self._part()
        return self._ends(outcome)

    def _ends(self, outcome: str) -> str:
        self._placed.outcome = outcome
        return outcome
