"""One attempt's call, from its begin to its end: rung, judged, brought to an agent or told the message."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import msgspec

from acd.callbacks.cases import Case
from acd.callbacks.terms import Terms as CallbackTerms
from acd.callbacks.visits import AgentFirstVisit, NotWanted
from acd.core import inputs as i
from acd.core.commands import ExitQueue
from acd.queue_stage import QueueStep
from acd.visit import QueueVisit
from callflow.log import get_logger
from callflow.protocol import CallerGone
from outbound.dialer import prompts as say
from outbound.dialer.detection import detection_of
from records import events as e
from telephony.switch import KeyPressed, PlayEnded, SwitchError

if TYPE_CHECKING:
    from acd.service import AcdService
    from callflow.protocol import Call, PlacedCall, Prompt
    from outbound.campaigns.attempts import Open
    from outbound.campaigns.definition import CampaignDefinition
    from telephony.media import Media

_log = get_logger(__name__)

ANSWERED, DROPPED, MACHINE = "answered", "dropped", "machine"
NO_MAILBOX = frozenset({"sit", "fax"})
"""What takes no message."""
CONNECT_WITHIN_S = 1.7
"""So long after the greeting's end an agent is waited for: the message begins before two seconds are over."""
REMOVE_KEY = "9"
KEY_AFTER_S = 4.0
"""So long after the message the key is waited for."""
MESSAGE_S = 120.0
OWNER_S, PREVIEW_OWNER_S = 1.2, 300.0
"""So long a promised callback waits for its own agent before others are offered it: when the callee is on the
line, and before they are called."""


class CampaignVisit(QueueVisit):
    """Somebody has answered, and has an agent at once or never."""

    def __init__(self, call: PlacedCall, acd: AcdService, served: Served) -> None:
        super().__init__(call, acd, None)
        self._served = served
        self._until = served.agent_until
        self._shown = served.attempt.campaign

    async def _request(self, step: QueueStep) -> i.Enqueue:
        return i.Enqueue(
            self._call.id,
            step.queue,
            self._served.campaign.priority,
            CONNECT_WITHIN_S + 60.0,  # our own deadline comes first
            subject=self._call.caller.subject,
            preferred_agent=self._served.owner,
            preferred_s=OWNER_S,
        )

    def _music_due(self) -> float | None:
        return None

    async def _go_on(self) -> str:
        """Take what comes; without a talk at the deadline, that was it."""
        while self._talk is None:
            if self._call.now() >= self._until:
                return await self._too_late()
            outcome = await self._take(await self._call.next(self._until))
            if outcome is not None:
                return outcome
        return await super()._go_on()

    async def _take_while_waiting(self, message: object) -> str | None:
        if isinstance(message, ExitQueue):
            return DROPPED
        return None if message is None else await super()._take_while_waiting(message)

    async def _connect(self, leg: str) -> None:
        await super()._connect(leg)
        if self._talk is not None:
            await not_alone(self._call)

    async def _too_late(self) -> str:
        self._acd.submit(i.CallGone(self._call.id, DROPPED))
        for leg in list(self._legs):
            await self._hang_up(leg)
        await self._part()
        return DROPPED

    def _headers(self) -> dict[str, str]:
        return {**super()._headers(), CAMPAIGN_HEADER: self._served.attempt.campaign}


class PreviewVisit(AgentFirstVisit):
    """An agent has seen the lead and takes it; then it is dialled."""

    def __init__(self, call: PlacedCall, acd: AcdService, served: Served) -> None:
        attempt, now = served.attempt, call.now()
        case = Case(
            callback=attempt.call, call="", queue=served.campaign.queue, subject=attempt.subject,
            language=call.language, hours="", promised_at=now, since=now, priority=served.campaign.priority,
        )  # fmt: skip
        super().__init__(call, acd, case, CallbackTerms(trunk="", ring_s=served.campaign.ring))
        self._shown = attempt.campaign
        self._owner = served.owner

    async def _request(self, step: QueueStep) -> i.Enqueue:
        asked = await super()._request(step)
        return msgspec.structs.replace(asked, preferred_agent=self._owner, preferred_s=PREVIEW_OWNER_S)

    async def _bring_together(self) -> None:
        """Whoever has answered is not kept waiting when the agent has left meanwhile."""
        await super()._bring_together()
        if self._talk is None:
            self._deadline = self._call.now() + CONNECT_WITHIN_S

    async def _connect(self, leg: str) -> None:
        await super()._connect(leg)
        if self._talk is not None:
            self._deadline = None
            await not_alone(self._call)

    def _headers(self) -> dict[str, str]:
        return {**super()._headers(), CAMPAIGN_HEADER: self._shown}


CAMPAIGN_HEADER = "X-Ringhall-Campaign"
"""SIP header by which the agent's phone or screen knows which campaign a call is of."""


async def not_alone(call: Call) -> None:
    """Have whoever answered told nothing by Asterisk itself, should the controller die: they are served."""
    try:
        await call.switch.not_alone(call.leg)
    except SwitchError as error:
        _log.warning("still_told_alone", call=call.id, error=str(error))


class Served:
    """One attempt being served."""

    def __init__(
        self, call: PlacedCall, acd: AcdService, attempt: Open, campaign: CampaignDefinition
    ) -> None:
        self._call = call
        self._acd = acd
        self.attempt = attempt
        self.campaign = campaign
        self.owner = ""
        """Number of the agent whose callback it is."""
        self.media: Media | None = None
        """By which lines are heard; None: they can't be."""
        self.told_alone = False
        """Asterisk tells the message by itself, since no controller was there."""

    @property
    def agent_until(self) -> float:
        """Until when an agent is waited for (steady seconds)."""
        attempt = self.attempt
        return (attempt.answered_at or self._call.now()) + attempt.over_s + CONNECT_WITHIN_S

    async def serve(self) -> None:
        """Serve the call; what came of it is on record."""
        call = self._call
        if self.told_alone:
            await self._hear_out()
        if self.campaign.message is not None:
            call.alone = (self.campaign.message, say.REMOVED)
        if self.campaign.mode == "preview":
            await PreviewVisit(call, self._acd, self).run(QueueStep(queue=self.campaign.queue))
            if call.up and not self.attempt.agent_at:
                await self._tell("drop", self.campaign.message or say.NOBODY)
            return
        if call.id not in self._acd.core.state.talks:
            outcome = await call.reach(self.campaign.ring, lambda message: isinstance(message, NotWanted))
            if outcome != ANSWERED:
                call.outcome = outcome
                return
            if await self._is_machine():
                call.outcome = MACHINE
                return
        visit = CampaignVisit(call, self._acd, self)
        outcome = await visit.run(QueueStep(queue=self.campaign.queue))
        if outcome != "completed" and not self.attempt.agent_at:
            call.outcome = DROPPED
            await self._tell("drop", self.campaign.message)

    async def _hear_out(self) -> NoReturn:
        """Let Asterisk's message end: nothing can be done with the line meanwhile.  Raises CallerGone."""
        call, deadline = self._call, self._call.now() + MESSAGE_S
        call.outcome = DROPPED
        while await call.next(deadline) is not None:
            pass
        raise CallerGone

    async def _is_machine(self) -> bool:
        """Judge who answered, unless nobody judges; a machine is told its message here."""
        call, campaign, message = self._call, self.campaign, self.campaign.machine_message
        detecting = detection_of(campaign.machines, self.media, call, self.attempt.answered_at)
        if detecting is None or self.attempt.answer:
            return self.attempt.answer == "machine"
        try:
            verdict = await detecting.judge()
            machine = not verdict.to_agent and verdict.what != "ringing"  # behind a switchboard are people
            answer = "unsure" if verdict.what == "ringing" else verdict.kind
            over_s = round(verdict.greeting_over_s, 2)
            call.record(
                e.GreetingJudged(
                    call=call.id, answer=answer, over_s=over_s, what=verdict.what, why=verdict.evidence
                )
            )
            if not machine:
                return False
            if message is not None and verdict.what not in NO_MAILBOX:
                await detecting.until_beep()
                await self._tell("machine", message)
            return True
        finally:
            await detecting.close()

    async def _tell(self, kind: str, message: Prompt | None) -> None:
        """Say the message, once, and take the key by which somebody wants no more calls."""
        if message is None or self.attempt.message_at:
            return
        call = self._call
        await not_alone(call)
        playback = await call.play(message)
        call.record(e.AttemptMessage(call=call.id, kind=kind))
        deadline = call.now() + MESSAGE_S
        while (heard := await call.next(deadline)) is not None:
            match heard:
                case PlayEnded(playback=ended) if ended == playback:
                    if kind == "machine":
                        return
                    deadline = call.now() + KEY_AFTER_S
                case KeyPressed(leg=call.leg, key=key) if key == REMOVE_KEY and kind == "drop":
                    await self._remove()
                    return
                case _:
                    pass

    async def _remove(self) -> None:
        call = self._call
        await call.stop_playing()
        call.record(
            e.RemovalAsked(
                call=call.id, campaign=self.attempt.campaign, subject=self.attempt.subject, by="key"
            )
        )
        try:
            await call.say(say.REMOVED)
        except CallerGone:
            _log.debug("gone_before_the_farewell", call=call.id)
            raise
