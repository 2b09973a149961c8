"""A talk between a caller and an agent, and what the agent can do in it.

The core decides what may be; this carries it out on the switch.  The caller's line is in the conversation
CALL, or hears music while on hold; a consultation is a conversation of its own, CALL+N, of the agent and
whoever is asked.  So each state of the log says which lines are where (docs/in-call.md).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from acd.core import inputs as i
from acd.core.commands import Connect, ExitQueue, MakeOffer, WithdrawOffer
from acd.core.errors import AcdError, CantTransfer
from acd.in_call.consult_lines import ConsultLines
from acd.in_call.doors import BY_PHONE, Doors
from acd.in_call.hold import Hold
from acd.in_call.keys import Act
from acd.in_call.outside_talk import party_for
from acd.in_call.steps import AGENT_LOST, OVER, STAYS, HandedOver, Step
from acd.in_call.supervision import MODES, Supervision
from acd.in_call.targets import Destination, Targets
from callflow.dialing.party import ANSWERED, FAILED, GIVEN_UP, OutsideParty
from callflow.log import get_logger
from callflow.protocol import OutsideDialer
from records.events import call_of, is_part
from telephony.switch import (
    Cause,
    LegAnswered,
    LegEnded,
    LegRinging,
    SwitchError,
)

if TYPE_CHECKING:
    from acd.core.model import Talk
    from acd.in_call.asking import Wanted
    from acd.service import AcdService
    from callflow.protocol import Call, Runtime

_log = get_logger(__name__)

LOST = frozenset({Cause.CONGESTION, Cause.UNREACHABLE})
"""Why an agent's line ends that nobody hung up: no sound came for too long, or the phone gave no answer."""
LEFT = "left"
"""A consultation's outcome: the other side hung up, or the agent did."""


class Conversation:
    """One call's talk."""

    def __init__(self, call: Call, acd: AcdService, runtime: Runtime, agent_leg: str) -> None:
        self._call = call
        self._acd = acd
        self._runtime = runtime
        self._targets = Targets(runtime, acd)
        self._doors = Doors(call, self)
        self.agent_leg = agent_leg
        self._hold = Hold(call)
        self._lines = ConsultLines(call)
        self._supervision = Supervision(call, acd)

    # ── what the visit asks ──────────────────────────────────────────────────────────────────────

    async def resume(self) -> Step:
        """Find things as the controller before this one left them."""
        talk, call = self._talk(), self._call
        if talk is None:
            return OVER
        await self._supervision.restarted()
        if not talk.held and not talk.consult:
            return STAYS
        survey = await call.switch.survey()
        self._hold.held = call.leg not in survey.talks.get(call.id, ())
        self._hold.by_phone = talk.held and not self.held
        if not talk.consult:
            return STAYS
        together = survey.talks.get(call.id if talk.joined else talk.consult, frozenset())
        others = together - {call.leg, self.agent_leg}
        party = next((leg for leg in others if leg.partition("-")[0] == talk.consult), "")
        self._lines.second = next((leg for leg in others if call_of(leg.partition("-")[0]) != call.id), "")
        if not party:
            await self._back("failed")
        elif talk.consult_kind == "outside":
            self._lines.outside = OutsideParty.found(call, self._runtime.all_of(OutsideDialer)[0], party)
        self._lines.party = party
        return STAYS

    async def take(self, message: object) -> Step | None:  # noqa: PLR0911 - a table of messages
        """Deal with a message; None for one that is not the talk's."""
        step = await self._doors.take(message)
        if step is not None:
            return step
        if await self._supervision.heard(message, self.agent_leg):
            return STAYS
        match message:
            case MakeOffer(call=name) | Connect(call=name) | ExitQueue(call=name) if is_part(name):
                await self._consulting(message)
                return STAYS
            case WithdrawOffer(offer=leg) if leg in self._lines.ringing or leg == self._lines.party:
                await self._lines.let_go(leg)
                return STAYS
            case None:
                if self._lines.outside is not None:
                    await self._outside(self._lines.outside, None)
                return STAYS
            case LegRinging(leg=leg) | LegAnswered(leg=leg) | LegEnded(leg=leg):
                if self._lines.outside is not None and leg == self._lines.outside.leg:
                    await self._outside(self._lines.outside, message)
                    return STAYS
                return await self._heard(leg, message)
            case _:
                return None

    @property
    def deadline(self) -> float | None:
        """When :meth:`take` wants to be told that nothing happened (steady seconds), by None."""
        return self._lines.outside.deadline if self._lines.outside is not None else None

    @property
    def held(self) -> bool:
        """Whether the caller waits with music of ours."""
        return self._hold.held

    @property
    def second(self) -> str:
        """The phone's second line, on which the agent has dialed to consult; empty for none."""
        return self._lines.second

    @property
    def _ear(self) -> str:
        return self._lines.ear(self.agent_leg)

    async def abandon(self) -> None:
        """Let go of whoever was consulted or listened: the caller is gone, or something failed."""
        await self._supervision.end_all("talk_over")
        await self._lines.let_all_go(GIVEN_UP)
        await self._lines.end_second()
        talk = self._talk()
        if talk is not None and talk.consult:
            with suppress(SwitchError):
                await self._call.switch.disconnect(talk.consult)

    # ── asked for ────────────────────────────────────────────────────────────────────────────────

    async def do(
        self, act: Act, by: str, to: Wanted | None = None, *, of_phone: bool = False, second: str = ""
    ) -> Step:
        """Carry an act out; raises AcdError, with nothing changed, or SwitchError.

        ``of_phone``: by the phone's transfer key; ``second``: the phone's line that has dialed to consult.
        """
        match act:
            case Act.HOLD:
                await self._hold_caller(by)
            case Act.RESUME:
                await self._resume_caller(by)
            case Act.CONSULT if to is not None:
                await self._consult(self._targets.find(to, self.agent), second)
            case Act.CANCEL:
                await self._cancel()
            case Act.JOIN:
                await self._join()
            case Act.COMPLETE:
                return await self._complete(keep_lines=of_phone)
            case Act.TRANSFER if to is not None:
                return await self._blind(self._targets.find(to, self.agent), keep_lines=of_phone)
            case Act.TAKE_OVER if to is not None and to.agent:
                await self._take_over(to.agent, by)
            case _ if (act in MODES or act is Act.LEAVE) and to is not None and to.agent:
                await self._supervision.ask(act, to.agent, by, self.agent_leg, self.agent)
            case _:
                raise CantTransfer(f"{act.value} is not possible so")
        return STAYS

    # ── hold ─────────────────────────────────────────────────────────────────────────────────────

    async def _hold_caller(self, by: str) -> None:
        self._acd.submit(i.HoldTalk(self._call.id, by))
        self._hold.by_phone = by == BY_PHONE
        if not self._hold.by_phone:  # else the switch plays music to the caller where they are
            await self._music()

    async def _resume_caller(self, by: str) -> None:
        talk = self._talk()
        if talk is None or not talk.held:
            return
        if self.held:
            await self._hold.together(self._call.leg)
        self._hold.over()
        self._acd.submit(i.ResumeTalk(self._call.id, by))

    async def _music(self) -> None:
        if self._hold.by_phone and self.second:
            return  # the phone holds the caller on its other line
        talk = self._talk()
        queue = self._acd.definition(talk.queue) if talk else None
        await self._hold.music(queue.music if queue else "default")

    # ── consultation ─────────────────────────────────────────────────────────────────────────────

    async def _consult(self, to: Destination, second: str = "") -> None:
        if second and second == self.second:
            return  # after a restart: the line is known
        if to.target.kind == "menu":
            raise CantTransfer("a menu can't be consulted; hand the call over to it, or consult a person")
        call = self._call
        self._acd.submit(i.BeginConsult(call.id, to.target))
        self._lines.second = second
        await self._music()
        if to.target.kind != "outside":
            return  # the core offers it
        self._lines.outside = party_for(call, self._runtime, to, f"{self._consult_name()}-x")
        try:
            await call.switch.ring(self._ear)
            outcome = FAILED if self._lines.outside is None else await self._lines.outside.start()
        except SwitchError:
            await self._back(FAILED)
            raise
        if outcome:
            await self._back(outcome)
            raise CantTransfer(f"{to.target.name} could not be dialed ({outcome}); try again in a minute")

    async def _consulting(self, message: MakeOffer | Connect | ExitQueue) -> None:
        """Carry out what the core wants for a consultation; what it wanted for an earlier one is over."""
        if not isinstance(message, MakeOffer) and message.call != self._consult_name():
            return
        match message:
            case MakeOffer():
                await self._ring(message)
            case Connect(offer=leg):
                self._lines.ringing.discard(leg)
                try:
                    await self._consulted(leg)
                except SwitchError as error:
                    _log.warning("consult_failed", call=self._call.id, error=str(error))
                    await self._lines.let_go(leg)
                    self._acd.submit(i.ConnectFailed(leg))
                    return
                self._acd.submit(i.OfferConnected(leg))
            case ExitQueue(reason=reason):
                await self._back(reason)

    async def _ring(self, offer: MakeOffer) -> None:
        try:
            await self._lines.ring(offer, self._ear, self.agent)
        except SwitchError as error:
            _log.warning("consult_not_rung", call=self._call.id, offer=offer.offer, error=str(error))
            await self._lines.let_go(offer.offer)
            self._acd.submit(i.ConnectFailed(offer.offer))

    async def _consulted(self, leg: str) -> None:
        """Whoever is consulted has answered."""
        call = self._call
        await call.switch.stop_ringing(self._ear)
        if self.second:
            await call.switch.answer(self.second)
        # somebody outside may be a machine that wants keys
        asked = [self._ear, leg]
        await call.switch.connect(self._consult_name(), asked, absorb_keys=self._lines.outside is None)
        self._lines.party = leg
        await self._supervision.follow(self._ear)

    async def _heard(self, leg: str, message: LegRinging | LegAnswered | LegEnded) -> Step | None:
        match message:
            case LegEnded(cause=cause) if leg == self.agent_leg:
                return await self._agent_left(lost=cause in LOST)
            case LegEnded() if leg == self._lines.party:
                await self._back(LEFT)
            case LegEnded() if leg == self.second:
                self._lines.second = ""
                await self._back(LEFT)
            case LegEnded(cause=cause) if leg in self._lines.ringing:
                self._lines.ringing.discard(leg)
                self._acd.submit(i.OfferFailed(leg, cause.value))
            case LegRinging() if leg in self._lines.ringing:
                self._acd.submit(i.OfferProgress(leg))
            case LegAnswered() if leg in self._lines.ringing:
                self._acd.submit(i.OfferAnswered(leg))
            case _:
                return None
        return STAYS

    async def _outside(self, party: OutsideParty, message: object) -> None:
        """Deal with what happens to somebody outside who is consulted; None at :attr:`deadline`."""
        there = party.talk_at is not None
        outcome = await party.take(message)
        if outcome == ANSWERED:
            try:
                await self._consulted(party.leg)
            except SwitchError as error:
                _log.warning("consult_failed", call=self._call.id, error=str(error))
                await self._back(FAILED)
        elif outcome:
            await self._back(LEFT if there else outcome)

    async def _cancel(self) -> None:
        talk = self._talk()
        if talk is None or not talk.consult:
            raise CantTransfer("nobody is consulted; there is nothing to be taken back")
        await self._back("cancelled")

    async def _back(self, outcome: str) -> None:
        """End the consultation, and bring the agent back to the caller."""
        consult = self._consult_name()
        if not consult:
            return
        joined = not self.held
        self._acd.submit(i.EndConsult(self._call.id, outcome))
        await self._lines.let_all_go(outcome)
        with suppress(SwitchError):
            await self._call.switch.stop_ringing(self._ear)
        await self._lines.end_second()
        if not joined:
            await self._hold.together(self.agent_leg, self._call.leg)
        self._hold.over()
        with suppress(SwitchError):
            await self._call.switch.disconnect(consult)
        await self._supervision.follow(self.agent_leg)

    async def _join(self) -> None:
        self._check_there()
        self._acd.submit(i.JoinConsult(self._call.id))
        await self._hold.together(self._call.leg, self.agent_leg, self._lines.party)
        self._hold.held = False
        with suppress(SwitchError):
            await self._call.switch.disconnect(self._consult_name())
        await self._supervision.follow(self.agent_leg)

    # ── transfer ─────────────────────────────────────────────────────────────────────────────────

    async def _complete(self, *, keep_lines: bool = False) -> Step:
        """Hand the call over to whoever is consulted; the agent's lines end, unless their phone ends them."""
        self._check_there()
        call, consult, leaving, party = self._call, self._consult_name(), self.agent_leg, self._lines.party
        self._acd.submit(i.TransferTalk(call.id))
        coming = self._not_there(party)
        self._hold.over()
        self._lines.party = ""
        self.agent_leg = party
        refused: SwitchError | None = None
        try:
            if coming:
                await call.stop_playing()
                await call.switch.connect(call.id, coming, absorb_keys=self._lines.outside is None)
        except (
            SwitchError
        ) as error:  # by the core the call is theirs: the lines of before must go all the same
            refused = error
        if keep_lines:
            self._lines.second = ""
        else:
            with suppress(SwitchError):
                await call.switch.hangup(leaving)
            await self._lines.end_second()
        with suppress(SwitchError):
            await call.switch.disconnect(consult)
        if self._lines.outside is None:
            await self._supervision.follow(party)
            if refused is not None:
                raise refused
            return STAYS
        await self._supervision.end_all("talk_over")
        line, self._lines.outside = self._lines.outside, None
        return HandedOver(Destination(i.Target("outside", "")), line)

    def _not_there(self, party: str) -> list[str]:
        """Give the lines that must be put into the conversation: to be put there again would be heard."""
        talk = self._talk()
        if talk is not None and talk.joined:
            return []
        return [self._call.leg, party] if self.held else [party]

    async def _blind(self, to: Destination, *, keep_lines: bool = False) -> Step:
        self._acd.submit(i.TransferTalk(self._call.id, to.target))
        if not keep_lines:  # the phone's own transfer key ends its line by itself, once it is told
            with suppress(SwitchError):
                await self._call.switch.hangup(self.agent_leg)
        self.agent_leg = ""
        await self._supervision.end_all("talk_over")
        return HandedOver(to)

    async def _take_over(self, supervisor: str, by: str) -> None:
        """Give the call to a supervisor who is in it; the agent's line ends."""
        call, leaving, line = self._call, self.agent_leg, self._supervision.line_of(supervisor)
        consult = self._consult_name()
        self._acd.submit(i.TakeOver(call.id, supervisor, line, by))
        await self._lines.let_all_go(GIVEN_UP)
        await self._lines.end_second()
        coming = [call.leg] if self.held else []
        self._hold.held, self.agent_leg = False, line
        coming += [] if await self._supervision.took_over(supervisor) else [line]
        try:
            if coming:
                await self._hold.together(*coming)
            await call.switch.let_speak(line, heard=True)
        finally:  # by the core the call is the supervisor's
            with suppress(SwitchError):
                await call.switch.hangup(leaving)
        if consult:
            with suppress(SwitchError):
                await call.switch.disconnect(consult)
        await self._supervision.follow(line)

    async def _agent_left(self, *, lost: bool) -> Step:
        """The agent has hung up, or is ``lost``: whoever was consulted has the call, or else it is over."""
        talk = self._talk()
        if talk is None or not self._lines.party:
            await self._supervision.end_all("talk_over")
            return await self._nobody_there(talk, lost=lost)
        try:
            return await self._complete()
        except (AcdError, SwitchError) as error:
            _log.warning("not_handed_over", call=self._call.id, reason=str(error))
            return OVER

    async def _nobody_there(self, talk: Talk | None, *, lost: bool) -> Step:
        if talk is None:
            return OVER
        if lost:
            await self.abandon()
            return AGENT_LOST
        if not talk.consult:
            return OVER
        # hung up while somebody was being asked: the caller on hold must not be lost with that
        self._acd.submit(i.EndConsult(self._call.id, LEFT))
        await self.abandon()
        self._acd.submit(i.TransferTalk(self._call.id, i.Target("queue", talk.queue)))
        return HandedOver(Destination(i.Target("queue", talk.queue)))

    # ── small things ─────────────────────────────────────────────────────────────────────────────

    def _talk(self) -> Talk | None:
        return self._acd.core.state.talks.get(self._call.id)

    @property
    def agent(self) -> str:
        """Whose talk it is, by the core."""
        talk = self._talk()
        return talk.agent if talk else ""

    def _check_there(self) -> None:
        if self._lines.outside is not None and self._lines.outside.talk_at is None:
            raise CantTransfer(
                "whoever is consulted has not answered yet; wait, or take the consultation back"
            )

    def _consult_name(self) -> str:
        talk = self._talk()
        return talk.consult if talk else ""

    async def repair(self) -> None:
        """After the switch refused something: bring the two together again, as far as they are there."""
        talk = self._talk()
        if talk is None:
            return  # handed over: whoever has the call now sees to it
        with suppress(SwitchError):
            if talk.held:
                await self._resume_caller("system")
            elif not talk.consult:
                await self._hold.together(self.agent_leg, self._call.leg)
                self._hold.held = False
