"""An agent's own call: the agent hears it ring, talks with whoever answers, and nothing is left behind."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from acd.core import inputs as i
from acd.core.errors import NoTalk
from acd.headers import AUTO_ANSWER, CALL_HEADER
from acd.in_call.asking import Ask
from acd.queue_stage import QueueStep
from acd.visit import QueueVisit
from acd.waiting_room import WaitingRoom
from callflow.ids import owner_of
from callflow.log import get_logger
from callflow.protocol import CallerGone, NotDialed
from telephony.switch import Cause, LegAnswered, LegEnded, LegGone, SwitchError

if TYPE_CHECKING:
    from acd.core.own_calls import OwnCall
    from acd.service import AcdService
    from callflow.protocol import PlacedCall

_log = get_logger(__name__)

RING_S = 60.0
"""How long whoever is called rings at most."""
AGENT_RING_S = 20.0
"""How long the agent's own phone does, when it is rung first."""
NO_ANSWER, AGENT_LEFT, AGENT_NO_ANSWER, FAILED = "no_answer", "agent_left", "agent_no_answer", "failed"
_CAUSES = {
    "busy": Cause.BUSY,
    "no_answer": Cause.NO_ANSWER,
    "rejected": Cause.REJECTED,
    "not_allowed": Cause.REJECTED,
    "trunk_full": Cause.CONGESTION,
    "failed": Cause.CONGESTION,
}
"""What the agent's phone is told, where it has not been answered."""


class OwnCallVisit(QueueVisit):
    """One own call; its talk is served as any talk of an agent is."""

    def __init__(self, call: PlacedCall, acd: AcdService, own: OwnCall) -> None:
        super().__init__(call, acd, None)
        self._placed = call
        self._own = own
        self._legs = {own.leg}
        self._rings_first = owner_of(own.leg) == call.id
        self._deadline: float | None = None
        self._outcome = ""
        self._met = False
        """Whoever was called has talked with the agent: from then on it is like any other call."""
        self._step = QueueStep(queue=own.queue)
        self._room = WaitingRoom(call, acd, self._step)

    async def run_own(self) -> None:
        """Serve the call; however it ends, both sides are released."""
        try:
            await self._serve_own()
        except CallerGone:
            await self.abandon("caller")
            raise
        except Exception:  # CancelledError is none: a controller that stops leaves calls as they are
            await self.abandon("system")
            raise

    async def _serve_own(self) -> None:
        call = self._placed
        if call.resumed:
            await self._resume_own()
        elif self._rings_first:
            await self._ring_agent()
        else:
            await self._dial()
        while not self._outcome and not self._met:
            try:
                message = await call.next(self._deadline)
            except CallerGone as gone:
                if call.up:
                    raise
                await self._nobody(call.outcome_of(gone))
            else:
                await self._happened(message)
        if not self._outcome:
            self._outcome = await self._go_on()

    async def _resume_own(self) -> None:
        """Go on where the controller before this one was killed: a talk is not touched."""
        call, own = self._placed, self._own
        if own.reached_at is not None:
            await self._resume_met()
            return
        await self._acd.rejoin(call.id, call.leg)
        survey = await call.switch.survey()
        view = survey.legs.get(own.leg)
        there = view is not None and (view.up or view.rings or not self._rings_first)
        if not there:
            await self._nobody(AGENT_LEFT)
        elif call.up:
            await self._bring_together()
        elif call.was_dialed:
            self._deadline = call.now() + RING_S
        elif self._rings_first and view is not None and not view.up:
            self._deadline = call.now() + AGENT_RING_S
        else:
            await self._dial()

    async def _resume_met(self) -> None:
        """Go on with a talk, or with whatever has become of it since."""
        call, own = self._placed, self._own
        self._met = True
        outcome = await self._resume(self._step)
        if outcome is None and own.colleague:  # which is no talk of a caller's
            self._talk = self._acd.conversation(call, own.leg)
            if own.leg not in (await call.switch.survey()).legs:
                outcome = await self._agent_left()
        if outcome is not None:
            self._outcome = outcome

    async def _happened(self, message: object) -> None:
        match message:
            case None:
                await self._nobody(NO_ANSWER if self._placed.was_dialed else AGENT_NO_ANSWER)
            case LegAnswered(leg=self._own.leg) if not self._placed.was_dialed:
                await self._dial()
            case LegAnswered(leg=self._placed.leg):
                await self._bring_together()
            case LegEnded(leg=self._own.leg):
                self._legs.discard(self._own.leg)
                await self._nobody(AGENT_LEFT if self._placed.was_dialed else AGENT_NO_ANSWER)
            case Ask():
                message.refuse(NoTalk(self._call.id))
            case _:
                pass

    async def _ring_agent(self) -> None:
        """Ring the agent's own phone, as an offer would; who is called comes after."""
        call, own = self._placed, self._own
        self._deadline = call.now() + AGENT_RING_S
        try:
            await call.switch.start_leg(
                own.leg,
                own.phone,
                caller_number=call.caller.number,
                caller_name=own.queue or "Call",
                headers={CALL_HEADER: call.id, **AUTO_ANSWER},
            )
        except LegGone:
            pass  # its LegEnded says why
        except SwitchError as error:
            _log.warning("agent_not_rung", call=call.id, error=str(error))
            await self._nobody(AGENT_NO_ANSWER)

    async def _dial(self) -> None:
        """Dial, and let the agent hear it ring."""
        call = self._placed
        self._deadline = call.now() + RING_S
        try:
            await call.switch.ring(self._own.leg)
            await call.dial()
        except NotDialed as error:
            await self._nobody(error.outcome)
        except SwitchError as error:
            _log.warning("agent_lost", call=call.id, error=str(error))
            await self._nobody(AGENT_LEFT)

    async def _bring_together(self) -> None:
        call, own = self._placed, self._own
        self._deadline = None
        try:
            with suppress(LegGone):
                await call.switch.stop_ringing(own.leg)
            if not self._rings_first:
                await call.switch.answer(own.leg)
            await call.switch.connect(call.id, [call.leg, own.leg])  # whose menus may want keys
        except SwitchError as error:
            _log.warning("connect_failed", call=call.id, error=str(error))
            await self._nobody(FAILED)
            return
        self._legs.discard(own.leg)
        self._met, self._talk = True, self._acd.conversation(call, own.leg)
        self._acd.submit(i.DialConnected(call.id))

    async def _agent_left(self) -> str:
        self._talk = None
        self._over("completed", "agent")
        await self._part()
        return "completed"

    async def _nobody(self, outcome: str) -> None:
        """Let the agent go without a wrap-up; the phone hears why."""
        self._placed.unreached(outcome)
        self._placed.outcome = outcome
        self._over(outcome, "system")
        for leg in list(self._legs):
            await self._hang_up(leg, _CAUSES.get(outcome, Cause.NORMAL))
        await self._part()

    def _over(self, outcome: str, by: str) -> None:
        self._outcome = outcome
        self._acd.submit(i.DialOver(self._call.id, outcome, by))
