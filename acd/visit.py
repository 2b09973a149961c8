"""A call's time in a queue: it waits with music, is offered to agents, and talks with the one who answers.

The core decides; this carries out.  Its losing paths are drawn in docs/call-path.md: whatever ends the visit
but a controller's stop gives the reservation back and hangs the agent's leg up.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from acd.core import inputs as i
from acd.core.commands import Connect, ExitQueue, MakeOffer, WithdrawOffer
from acd.core.errors import AcdError, NoTalk, NotLetIn, UnknownQueue
from acd.core.turn import UNAVAILABLE
from acd.headers import AUTO_ANSWER, CALL_HEADER
from acd.in_call.asking import Ask
from acd.in_call.onward import Onward
from acd.in_call.steps import AgentLost, HandedOver, Over
from acd.waiting_room import WaitingRoom
from callflow.log import get_logger
from callflow.protocol import CallerGone
from records.events import QueueRefused, is_part
from telephony.switch import (
    Cause,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegGone,
    LegRinging,
    PlayEnded,
    SwitchError,
)

if TYPE_CHECKING:
    from acd.in_call.conversation import Conversation
    from acd.in_call.targets import Destination
    from acd.preferred import PreferredAgent
    from acd.queue_stage import QueueStep
    from acd.service import AcdService
    from callflow.dialing.party import OutsideParty
    from callflow.protocol import Call

_log = get_logger(__name__)

MOST_SHOWN = 60
"""Characters of a name on an agent's phone."""
MUSIC_AFTER_S = 1.0
"""So long after the entry music begins for a caller whose agent's phone was rung at once.

A blip of music before the talk is no service, and takes Asterisk into the holding bridge and out of it; a
second of silence is what everybody knows from a call that is being put through.
"""


class QueueVisit:
    """One call's time in a queue."""

    def __init__(self, call: Call, acd: AcdService, preferred: PreferredAgent | None) -> None:
        self._call = call
        self._acd = acd
        self._preferred = preferred
        self._legs: set[str] = set()
        """Agents' legs that we started and have not seen end."""
        self._talk: Conversation | None = None
        """What the caller and an agent have, once they are connected."""
        self._onward = Onward(call, acd.runtime)
        self._music = "default"
        self._music_at: float | None = None
        """When music begins at the latest, while the caller hears none yet (steady seconds)."""
        self._shown = ""
        """What agents' phones show instead of the queue's name."""
        self._room: WaitingRoom
        self._step: QueueStep

    async def run(self, step: QueueStep) -> str:
        """Serve the visit, and leave nothing behind however it ends."""
        self._room, self._step = WaitingRoom(self._call, self._acd, step), step
        try:
            return await self.serve(step)
        except CallerGone:
            await self.abandon("caller")
            raise
        except Exception:  # CancelledError is none: a controller that stops leaves calls as they are
            await self.abandon("system")
            raise

    async def serve(self, step: QueueStep) -> str:
        """Enter or resume, and go on until the visit has an outcome."""
        if step.show is not None:
            self._shown = _one_line(step.show.text(self._call.look_up))
        outcome = await self._resume(step) if self._call.resumed else None
        if outcome is None and self._talk is None:
            outcome = await self._enter(step)
        return outcome if outcome is not None else await self._go_on()

    async def _go_on(self) -> str:
        """Take what comes, until the visit has an outcome."""
        outcome: str | None = None
        while outcome is None:
            due = self._room.due(ringing=bool(self._legs)) if self._talk is None else self._talk.deadline
            music_at = self._music_due()
            if music_at is not None:
                due = music_at if due is None else min(due, music_at)
            outcome = await self._take(await self._call.next(due))
        return outcome

    async def abandon(self, by: str) -> None:
        """Give everything back: the caller is gone, or something failed (``by`` is system)."""
        if self._talk is not None:
            await self._talk.abandon()
            self._legs.add(self._talk.agent_leg)
        self._acd.submit(i.TalkOver(self._call.id, by))
        self._acd.submit(i.CallGone(self._call.id))
        for leg in list(self._legs):
            await self._hang_up(leg)
        await self._part()

    # ── entering ─────────────────────────────────────────────────────────────────────────────────

    async def _resume(self, step: QueueStep) -> str | None:
        """Go on where the controller before this one was killed."""
        call = self._call
        standing = await self._acd.rejoin(call.id, call.leg)
        if standing.talk:
            if not standing.agent_there:
                return await self._agent_left()
            self._talk = self._acd.conversation(call, standing.talk)
            return await self._after(await self._talk.resume())
        if standing.transferred is not None:
            self._music = standing.music
            return await self._over_there(await self._onward.resume(standing.transferred))
        if standing.waits:
            self._music = standing.music
            self._room.resume()
            if not standing.hears_music:
                await self._begin_music()
            return None
        return standing.outcome if standing.outcome and standing.exit_queue == step.queue else None

    async def _enter(self, step: QueueStep) -> str | None:
        """Take a place, unless the call has one."""
        call, state = self._call, self._acd.core.state
        if call.id not in state.tickets:
            await call.answer()
            if self._room.closed(step.queue):
                call.record(QueueRefused(call=call.id, queue=step.queue, reason="closed"))
                return "closed"
            try:
                self._acd.submit(await self._request(step))
            except NotLetIn as error:
                call.record(QueueRefused(call=call.id, queue=step.queue, reason=error.reason))
                return error.reason
            except UnknownQueue as error:
                _log.error("queue_gone", call=call.id, reason=str(error))
                return "unavailable"
            self._music = state.tickets[call.id].music
            self._music_at = call.now() + MUSIC_AFTER_S
        return None

    async def _request(self, step: QueueStep) -> i.Enqueue:
        call, agent = self._call, ""
        if step.agent is not None and self._preferred is not None:
            wished = step.agent.text(call.look_up).strip()
            agent = await self._preferred.number_of(wished, call) if wished else ""
        customer_class = step.customer_class.text(call.look_up) if step.customer_class else ""
        return i.Enqueue(
            call.id,
            step.queue,
            step.priority,
            step.max_wait,
            customer_class=customer_class,
            only_if_served=step.has_branch("empty"),
            subject=call.caller.subject,
            preferred_agent=agent,
            preferred_s=step.agent_for,
        )

    def _headers(self) -> dict[str, str]:
        return {CALL_HEADER: self._call.id}

    # ── the wait and the talk ────────────────────────────────────────────────────────────────────

    async def _take(self, message: object) -> str | None:
        if self._talk is not None:
            step = await self._talk.take(message)
            if step is not None:
                return await self._after(step)
        return await self._take_while_waiting(message)

    async def _take_while_waiting(self, message: object) -> str | None:  # noqa: PLR0912 - a table of messages
        match message:
            case MakeOffer(call=name) | Connect(call=name) | ExitQueue(call=name) if is_part(name):
                pass  # of a consultation that is over
            case MakeOffer():
                await self._ring(message)
            case Connect(offer=offer):
                await self._connect(offer)
            case WithdrawOffer(offer=offer, reason=reason):
                await self._withdraw(offer, Cause.ELSEWHERE if reason == "taken" else Cause.NORMAL)
            case None:
                await self._tick()
            case KeyPressed(leg=self._call.leg, key=key):
                await self._room.press(key)
            case PlayEnded(playback=playback):
                self._room.heard(playback)
            case Ask():
                message.refuse(NoTalk(self._call.id))
            case ExitQueue(reason=reason) if reason == UNAVAILABLE:
                await self._nobody_took_it(reason)
            case ExitQueue(reason=reason):
                await self._room.hush()
                await self._leave_music()
                return reason
            case LegRinging(leg=leg) if leg in self._legs:
                self._acd.submit(i.OfferProgress(leg))
            case LegAnswered(leg=leg) if leg in self._legs:
                self._acd.submit(i.OfferAnswered(leg))
            case LegEnded(leg=leg, cause=cause):
                self._legs.discard(leg)
                self._acd.submit(i.OfferFailed(leg, cause.value))
            case _:
                pass
        return None

    async def _tick(self) -> None:
        """Do what is due: music first, since the rest is played over it."""
        music_at = self._music_due()
        if music_at is not None and music_at <= self._call.now():
            await self._begin_music()
        await self._room.tick(ringing=bool(self._legs))

    async def _ring(self, offer: MakeOffer) -> None:
        call = self._call
        self._legs.add(offer.offer)
        try:
            await call.switch.start_leg(
                offer.offer,
                offer.phone,
                caller_number=call.caller.number,
                caller_name=self._shown or offer.queue,
                headers=self._headers() | (AUTO_ANSWER if offer.auto_answer else {}),
            )
        except LegGone:
            pass  # its LegEnded says why
        except SwitchError as error:
            _log.warning("offer_failed", call=call.id, offer=offer.offer, error=str(error))
            await self._hang_up(offer.offer)
            self._acd.submit(i.ConnectFailed(offer.offer))  # the phone was never asked

    async def _connect(self, leg: str) -> None:
        call = self._call
        try:
            await call.stop_playing()  # or the switch would play on, and block
            await call.switch.connect(call.id, [call.leg, leg], absorb_keys=True)
            self._music_at = None
        except SwitchError as error:
            _log.warning("connect_failed", call=call.id, offer=leg, error=str(error))
            await self._hang_up(leg)
            await self._part()
            # says that the caller is gone, if that was it, before the call is offered to others
            await self._begin_music()
            self._acd.submit(i.ConnectFailed(leg))
            return
        self._legs.discard(leg)
        self._talk = self._acd.conversation(call, leg)
        self._acd.submit(i.OfferConnected(leg))

    async def _withdraw(self, leg: str, cause: Cause) -> None:
        await self._hang_up(leg, cause)
        if self._talk is not None and leg == self._talk.agent_leg:
            # taken back in the instant in which the two were connected
            self._talk = None
            await self._part()
            await self._begin_music()

    # ── after the talk, and after a transfer ─────────────────────────────────────────────────────

    async def _after(self, step: object) -> str | None:
        """Go on after something that happened in the talk; None while it, or another wait, goes on."""
        match step:
            case Over():
                return await self._agent_left()
            case AgentLost():
                return await self._agent_lost()
            case HandedOver(to=to, line=line):
                self._talk = None
                return await self._handed_over(to, line)
            case _:
                return None

    async def _handed_over(self, to: Destination, line: OutsideParty | None = None) -> str | None:
        if to.target.kind in {"agent", "queue"}:
            await self._waits_again()
            return None
        if to.target.kind == "menu":
            await self._part()
        return await self._over_there(await self._onward.go(to, self._music, line))

    async def _over_there(self, outcome: str) -> str | None:
        """The call has been elsewhere: that was it, or nobody was there."""
        await self._part()
        if outcome == "completed":
            return outcome
        await self._nobody_took_it(outcome)
        return None

    async def _nobody_took_it(self, outcome: str) -> None:
        """A transfer came to nothing: the call goes back to the agent who gave it away, or to their queue."""
        try:
            self._acd.submit(i.ReturnTransfer(self._call.id, outcome))
        except AcdError as error:
            _log.error("transfer_lost", call=self._call.id, reason=str(error))
            raise
        await self._waits_again()

    async def _waits_again(self) -> None:
        """Wait for somebody else, with music; what is announced begins anew."""
        call = self._call
        self._room = WaitingRoom(call, self._acd, self._step)
        ticket = self._acd.core.state.tickets.get(call.id)
        self._music = ticket.music if ticket else self._music
        await self._begin_music()

    async def _agent_lost(self) -> str | None:
        """The agent's line failed: the caller hears so, and waits in front of the others."""
        try:
            self._acd.submit(i.AgentLost(self._call.id))
        except AcdError as error:
            _log.warning("waits_no_more", call=self._call.id, reason=str(error))
            return await self._agent_left()
        self._talk = None
        await self._part()
        await self._waits_again()
        await self._room.apologize()
        return None

    async def _agent_left(self) -> str:
        self._talk = None
        self._acd.submit(i.TalkOver(self._call.id, "agent"))
        await self._part()
        return "completed"

    # ── music ────────────────────────────────────────────────────────────────────────────────────

    def _music_due(self) -> float | None:
        """Tell when music is to begin (steady seconds).

        Without a phone that rings at once, but after the messages that wait: an offer among them goes first.
        """
        return self._music_at if self._legs or self._music_at is None else self._call.now()

    async def _begin_music(self) -> None:
        self._music_at = None
        await self._call.wait_with_music(self._music)

    # ── taking down; what is gone already is fine ────────────────────────────────────────────────

    async def _hang_up(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        self._legs.discard(leg)
        with suppress(SwitchError):
            await self._call.switch.hangup(leg, cause)

    async def _part(self) -> None:
        with suppress(SwitchError):
            await self._call.switch.disconnect(self._call.id)

    async def _leave_music(self) -> None:
        if self._music_at is not None:
            self._music_at = None
            return  # they were never there
        with suppress(SwitchError):
            await self._call.switch.leave_music(self._call.leg, self._music)


def _one_line(text: str) -> str:
    """Give what of a text fits on a phone: no line ends or other signs that can't be seen."""
    seen = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(seen.split())[:MOST_SHOWN]
