"""What a caller meets while they wait, apart from offers: announcements, messages, and the ways out.

The pure part says when and what (:mod:`acd.core.announcing`); this carries it out for one call.  It needs no
event to go on: a playback whose end is never reported only delays what comes next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.announcements import LINE_LOST, announcement
from acd.core import inputs as i
from acd.core.announcing import BEYOND, Plan, Slot, Told, next_slot, what_to_tell
from acd.core.leaving import CLOSED, EMPTY, KEY
from callflow.log import get_logger
from callflow.protocol import key_outcome
from telephony.switch import SwitchError

if TYPE_CHECKING:
    from acd.config import QueueDefinition
    from acd.core.model import Ticket
    from acd.service import AcdService
    from callflow.prompt import Prompt
    from callflow.protocol import Call
    from callflow.step_model import StepModel

_log = get_logger(__name__)

LOOK_S = 5.0
"""Between looks at the clock's and the staff's reasons to leave."""
LATE_S = 5.0
"""A comfort message that could not be played for so long is left out."""
MOST_PLAYING_S = 40.0
"""Longest time that is waited for the end of an announcement."""
_MOST_LEFT_OUT = 100


class WaitingRoom:
    """One call's wait.  Does nothing unless it is :meth:`due`."""

    def __init__(self, call: Call, acd: AcdService, step: StepModel) -> None:
        self._call = call
        self._acd = acd
        self._step = step
        self._since = call.now()
        self._announced_at = 0.0
        self._comforted_at = 0.0
        self._told_until = 0.0
        self._looked_at = call.now()
        self._unserved_since: float | None = None
        self._playing = ""
        self._playing_until = 0.0

    def resume(self) -> None:
        """Go on where the controller before this one was killed."""
        waiter = self._acd.core.floor.waits.waiter(self._call.id)
        if waiter is not None:
            self._since, self._announced_at = waiter.since, waiter.announced_at
            self._told_until = waiter.told_until
        self._comforted_at = self._call.now()

    # ── when ─────────────────────────────────────────────────────────────────────────────────────

    def due(self, *, ringing: bool) -> float | None:
        """Tell when :meth:`tick` is to be called (steady seconds); None for not at all.

        While a phone rings nothing new is begun.
        """
        terms = self._terms()
        if terms is None:
            return None
        due = [self._looked_at + LOOK_S] if self._watches(terms) else []
        slot = None if ringing else self._next_slot(terms.plan)
        if slot is not None:
            due.append(max(slot.at, self._playing_until) if self._playing else slot.at)
        return min(due, default=None)

    async def tick(self, *, ringing: bool) -> None:
        """Do what is due."""
        now, terms = self._call.now(), self._terms()
        if terms is None:
            return
        if self._watches(terms) and now >= self._looked_at + LOOK_S:
            self._looked_at = now
            self._look(terms)
        if self._playing and now >= self._playing_until:
            self._playing = ""  # its end was not reported
        if ringing or self._playing:
            return
        for _ in range(_MOST_LEFT_OUT):
            slot = self._next_slot(terms.plan)
            if slot is None or slot.at > now:
                return
            if slot.comfort is None:
                await self._announce(terms)
                return
            self._comforted_at = slot.at
            if now - slot.at <= LATE_S:
                await self._comfort(terms, slot.comfort)
                return

    def heard(self, playback: str) -> None:
        """Take note of a playback's end."""
        if playback == self._playing:
            self._playing = ""

    def _next_slot(self, plan: Plan) -> Slot | None:
        return next_slot(plan, self._since, self._announced_at, self._comforted_at)

    def _ticket(self) -> Ticket | None:
        return self._acd.core.state.tickets.get(self._call.id)

    def _terms(self) -> QueueDefinition | None:
        ticket = self._ticket()
        return self._acd.definition(ticket.queue) if ticket is not None else None

    # ── what is heard ────────────────────────────────────────────────────────────────────────────

    async def _announce(self, terms: QueueDefinition) -> None:
        call, core, ticket, says = self._call, self._acd.core, self._ticket(), terms.announce
        now = self._announced_at = call.now()
        if ticket is None or says is None:
            return
        position = core.floor.lines.position(ticket.queue, ticket.place)
        told = Told()
        if says.wait and core.floor.served(ticket.needs):
            wait = core.floor.waits.remaining(call.id, position, now)
            told = what_to_tell(wait.p80 if wait else None, self._told_until, now)
        position = position if says.position else 0
        prompt = announcement(position, told, call.look_up, call.language)
        if prompt is None:
            return
        within = 0.0 if told.within_s == BEYOND else told.within_s
        if within or told.longer:
            self._told_until = now + within if within else 0.0
        self._acd.submit(i.Announced(call.id, position, within, told.longer))
        await self._play(prompt)

    async def _comfort(self, terms: QueueDefinition, turn: int) -> None:
        if terms.comfort is not None:
            await self._play(terms.comfort.say[turn % len(terms.comfort.say)])

    async def _play(self, prompt: Prompt) -> None:
        """Play over the music, in the place where the caller waits; the music goes on after it."""
        try:
            self._playing = await self._call.play(prompt)
        except SwitchError as error:
            _log.warning("announcement_failed", call=self._call.id, error=str(error))
            return
        self._playing_until = self._call.now() + MOST_PLAYING_S

    async def apologize(self) -> None:
        """Tell a caller whose agent was lost."""
        await self._play(LINE_LOST)

    async def hush(self) -> None:
        """Stop what is heard: before anything moves the leg, or the switch would finish it first."""
        self._playing = ""
        try:
            await self._call.stop_playing()
        except SwitchError as error:
            _log.warning("announcement_not_stopped", call=self._call.id, error=str(error))

    # ── ways out ─────────────────────────────────────────────────────────────────────────────────

    async def press(self, key: str) -> None:
        """Let the caller leave by a key that leads somewhere; an agent who has just answered wins."""
        if self._step.has_branch(key_outcome(key)) and self._ticket() is not None:
            await self.hush()
            self._acd.submit(i.Leave(self._call.id, KEY, key))

    def closed(self, queue: str) -> bool:
        """Tell whether a queue is closed, for callers who have somewhere else to go then."""
        terms = self._acd.definition(queue)
        if terms is None or terms.hours is None or not self._step.has_branch(CLOSED):
            return False
        return self._call.look_up(f"hours.{terms.hours}.state") not in {None, "", "open"}

    def _watches(self, terms: QueueDefinition) -> bool:
        return (terms.hours is not None and self._step.has_branch(CLOSED)) or (
            terms.empty_for is not None and self._step.has_branch(EMPTY)
        )

    def _look(self, terms: QueueDefinition) -> None:
        """Let the caller out when the hours have ended, or nobody has been there for long enough."""
        ticket, now = self._ticket(), self._call.now()
        if ticket is None:
            return
        if self.closed(ticket.queue):
            self._acd.submit(i.Leave(self._call.id, CLOSED))
        elif terms.empty_for is not None and self._step.has_branch(EMPTY):
            if self._acd.core.floor.served(ticket.needs):
                self._unserved_since = None
                return
            if self._unserved_since is None:
                self._unserved_since = now
            if now - self._unserved_since >= terms.empty_for:
                self._acd.submit(i.Leave(self._call.id, EMPTY))
