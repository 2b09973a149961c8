"""The stage ``queue``: a caller waits with music, is offered to agents, and talks with the one who answers.

The core decides; this stage carries out.  Its losing paths are drawn in docs/call-path.md: whatever ends the
visit but a controller's stop gives the reservation back and hangs the agent's leg up.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from acd.core import inputs as i
from acd.core.commands import Connect, ExitQueue, MakeOffer, WithdrawOffer
from acd.core.errors import NotLetIn, UnknownQueue
from acd.waiting_room import WaitingRoom
from callflow.expressions.fields import TemplateText
from callflow.log import get_logger
from callflow.protocol import CallerGone, Refers
from callflow.step_model import StepModel
from callflow.values import Duration, told
from records.events import QueueRefused
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
    from collections.abc import Iterable

    from acd.preferred import PreferredAgent
    from acd.service import AcdService
    from callflow.protocol import Call, Prompt, Runtime

_log = get_logger(__name__)

CALL_HEADER = "X-Ringhall-Call"
"""SIP header by which the agent's phone or screen knows the call."""
AUTO_ANSWER = {"Call-Info": "<sip:ringhall>;answer-after=0", "Alert-Info": "info=alert-autoanswer"}
"""SIP headers that most phones take for a wish to answer by themselves; their own settings may forbid it."""
MOST_SHOWN = 60
"""Characters of a name on an agent's phone."""
MUSIC_AFTER_S = 1.0
"""So long after the entry music begins for a caller whose agent's phone was rung at once.

A blip of music before the talk is no service, and takes Asterisk into the holding bridge and out of it; a
second of silence is what everybody knows from a call that is being put through.
"""


class QueueStep(StepModel):
    """``queue: NAME``, with a priority or a longest wait other than the queue's."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"agent_for": ["agent"]}})

    queue: Annotated[str, Refers("queue")]
    """The queue to wait in."""
    priority: Annotated[int, Field(ge=0, le=100)] | None = None
    """Higher goes first; the queue's own when absent."""
    max_wait: Annotated[Duration, Field(gt=0)] | None = None
    """Longest wait; the queue's own when absent."""
    customer_class: TemplateText | None = None
    """Class of the customer, with values in it: the queue's ``classes:`` give its priority."""
    agent: TemplateText | None = None
    """Number of the agent who is to have the call, with values in it; ``last`` for the one with whom the
    caller talked last."""
    agent_for: Annotated[Duration, Field(gt=0, le=3600)] = 20.0
    """How long the call waits for that agent before others are offered it."""
    show: TemplateText | None = None
    """What the agent's phone shows as the caller's name, with values in it; the queue's name when absent."""

    @model_validator(mode="after")
    def _for_somebody(self) -> Self:
        if "agent_for" in self.model_fields_set and self.agent is None:
            raise told(
                "agent_for",
                "it is not said for which agent",
                "Write agent: with a number, or last for the one whom the caller talked with last.",
                at=("agent_for",),
            )
        return self


class QueueStage:
    """Brings callers and agents together."""

    name: ClassVar[str] = "queue"
    step: ClassVar[type[BaseModel]] = QueueStep
    outcomes: ClassVar[frozenset[str]] = frozenset(
        {"completed", "max_wait", "full", "empty", "closed", "unavailable"}
    )
    """``completed``: the talk is over.  ``unavailable``: a reload has removed the queue meanwhile."""
    by_key: ClassVar[bool] = True
    only_with_branch: ClassVar[frozenset[str]] = frozenset({"closed"})

    def __init__(self, acd: AcdService, preferred: PreferredAgent) -> None:
        self._acd = acd
        self._preferred = preferred

    @classmethod
    def create(cls, runtime: Runtime) -> QueueStage:
        """Make the stage."""
        # a dialplan is checked without services
        from acd.preferred import PreferredAgent  # noqa: PLC0415
        from acd.service import AcdService  # noqa: PLC0415
        from records.queries import Queries  # noqa: PLC0415

        return cls(runtime.require(AcdService), PreferredAgent(runtime.require(Queries)))

    def prompts(self) -> Iterable[Prompt]:
        """Give none: what waiting callers hear besides music is in the queues' definitions."""
        return ()

    async def run(self, call: Call, step: QueueStep) -> str:
        """Serve the call until its talk is over or its wait ends otherwise."""
        return await QueueVisit(call, self._acd, self._preferred).run(step)


class QueueVisit:
    """One call's time in a queue."""

    def __init__(self, call: Call, acd: AcdService, preferred: PreferredAgent | None) -> None:
        self._call = call
        self._acd = acd
        self._preferred = preferred
        self._legs: set[str] = set()
        """Agents' legs that we started and have not seen end."""
        self._joined = ""
        """The agent's leg that the caller is in a conversation with."""
        self._music = "default"
        self._music_at: float | None = None
        """When music begins at the latest, while the caller hears none yet (steady seconds)."""
        self._shown = ""
        """What agents' phones show instead of the queue's name."""
        self._room: WaitingRoom

    async def run(self, step: QueueStep) -> str:
        """Serve the visit, and leave nothing behind however it ends."""
        self._room = WaitingRoom(self._call, self._acd, step)
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
        room = self._room
        if step.show is not None:
            self._shown = _one_line(step.show.text(self._call.look_up))
        outcome = await self._resume(step) if self._call.resumed else None
        if outcome is None and not self._joined:
            outcome = await self._enter(step)
        while outcome is None:
            due = None if self._joined else room.due(ringing=bool(self._legs))
            music_at = self._music_due()
            if music_at is not None:
                due = music_at if due is None else min(due, music_at)
            outcome = await self._take(await self._call.next(due))
        return outcome

    async def abandon(self, by: str) -> None:
        """Give everything back: the caller is gone, or something failed (``by`` is system)."""
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
            self._joined = standing.talk
            if standing.agent_there:
                self._legs.add(standing.talk)
                return None
            return await self._agent_left()
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
        match message:
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
                if leg == self._joined:
                    return await self._agent_left()
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
            await call.switch.connect(call.id, [call.leg, leg])
            self._music_at = None
        except SwitchError as error:
            _log.warning("connect_failed", call=call.id, offer=leg, error=str(error))
            await self._hang_up(leg)
            await self._part()
            # says that the caller is gone, if that was it, before the call is offered to others
            await self._begin_music()
            self._acd.submit(i.ConnectFailed(leg))
            return
        self._joined = leg
        self._acd.submit(i.OfferConnected(leg))

    async def _withdraw(self, leg: str, cause: Cause) -> None:
        await self._hang_up(leg, cause)
        if leg == self._joined:
            # taken back in the instant in which the two were connected
            self._joined = ""
            await self._part()
            await self._begin_music()

    async def _agent_left(self) -> str:
        self._joined = ""
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
