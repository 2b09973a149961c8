"""One campaign at work: how many lines now, and what is learnt from what came of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import structlog

from acd.core.states import State
from outbound.dialer.breaker import Breaker
from outbound.dialer.chances import Chances
from outbound.dialer.floor_view import callers_waiting, floor_of
from outbound.dialer.hopper import Hopper
from outbound.leads.lead import PROMISED
from outbound.pacing.budget import Budget
from outbound.pacing.durations import first_guess
from outbound.pacing.port import Progressive
from outbound.pacing.threshold import ThresholdPacer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from acd.core.acd import Acd
    from outbound.campaigns.attempts import Open
    from outbound.campaigns.definition import CampaignDefinition
    from outbound.pacing.floor import Floor
    from outbound.store.leads import StoredLead

_log = structlog.get_logger(__name__)

FULL_S = 2.0
"""So long after a trunk had no line free none is asked for."""
MASS_LOGIN = 1.3
"""From so many times the agents of before on, dialling begins carefully again."""
LEADS_FOR_EACH = 4
"""So many leads for each agent are looked at in one decision: more are never dialled at once."""
LINES_AN_HOUR = 60.0
"""Of an agent's, as the order of leads reckons: what a talk of a minute and as many ends of ringing take."""
OWNER_LATE_S = 900.0
"""So long after its time a promised callback is kept by its own agent alone."""


class Run:
    """A campaign's pacing, leads at hand and figures.  Times in steady seconds."""

    def __init__(self, name: str, definition: CampaignDefinition) -> None:
        self.name = name
        self.definition = definition
        self.hopper = Hopper()
        self.breaker = Breaker()
        self.chances = Chances()
        self.learnt = first_guess(definition.ring)
        self.budget = Budget(definition.drop_cap)
        self.day = 0.0
        """When the day that the budget counts began."""
        self.starting: list[StoredLead] = []
        """Leads that are being checked a last time."""
        self.leads: dict[str, StoredLead] = {}
        """Attempt → its lead, while it is on under this controller."""
        self.outcomes: Counter[str] = Counter()
        """Of today."""
        self.loading = False
        self.look_at = 0.0
        """The list is not looked at before."""
        self.refresh_at = 0.0
        """Then it is, although enough leads are at hand."""
        self.exhausted = False
        """The list has no further lead that will ever be due."""
        self.next_due: float | None = None
        self.full_until = 0.0
        """No line of the trunks is free; nothing is dialled before."""
        self.callers_first = False
        """So many callers wait that nobody is dialled."""
        self.high_tide = False
        """Many callers are foreseen, and the campaign is to wait for few."""
        self.closed = False
        """No hours allow any of the leads that were looked at."""
        self.floor: Floor | None = None
        """As it was decided upon last."""
        self._pacer = self._new_pacer()
        self._staff = 0

    def change(self, definition: CampaignDefinition) -> None:
        """Take another definition; what was learnt stays."""
        before, self.definition = self.definition, definition
        if before.drop_cap != definition.drop_cap:
            self.budget.set_cap(definition.drop_cap)
        if before.list != definition.list or before.terms() != definition.terms():
            self.hopper.clear()
            self.look_at, self.exhausted = 0.0, False
        if before.mode != definition.mode:
            self._pacer = self._new_pacer()

    def snapshot(self) -> dict[str, Any]:
        """Give what was learnt, for JSON."""
        return {"chances": self.chances.snapshot(), "durations": self.learnt.snapshot()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take what a controller before this one has learnt; what does not fit is learnt anew."""
        try:
            self.chances.restore(kept["chances"])
            self.learnt.restore(kept["durations"])
        except (ValueError, KeyError, TypeError) as error:
            _log.warning("campaign_learns_anew", campaign=self.name, reason=str(error))

    def _new_pacer(self) -> ThresholdPacer | Progressive:
        if self.definition.mode == "predictive":
            return ThresholdPacer(self.learnt, self.budget)
        return Progressive()

    @property
    def threshold(self) -> float | None:
        """θ of the pacing, where it has one."""
        return self._pacer.threshold if isinstance(self._pacer, ThresholdPacer) else None

    def ramp(self) -> None:
        """Begin carefully."""
        if isinstance(self._pacer, ThresholdPacer):
            self._pacer.ramp()

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────

    def decide(
        self, acd: Acd, agents: Sequence[str], attempts: Sequence[Open], ours: Collection[str], now: float
    ) -> list[StoredLead]:
        """Say which leads to dial now; ``ours``: calls of all campaigns."""
        blend = self.definition.blend
        callers = callers_waiting(acd, agents, ours)
        starting = [self.chances.chance(lead, now) for lead in self.starting]
        floor = floor_of(acd, agents, attempts, now, starting=starting, kept=blend.keep_idle + callers)
        self.floor = floor
        if floor.staff > MASS_LOGIN * self._staff + 1:
            self.ramp()
        self._staff = floor.staff
        self.callers_first = callers >= blend.stop_at
        if self.callers_first or self.high_tide or now < self.full_until:
            return []
        room = min(self.definition.most_lines - floor.on_the_way, LEADS_FOR_EACH * (floor.staff + 1))
        leads = self.hopper.first(max(0, room), lambda lead: self._has_its_agent(acd, lead, now))
        chances = [self.chances.chance(lead, now) for lead in leads]
        wanted = self._pacer.lines(floor, chances)
        return leads[: self.breaker.lines(wanted, floor.on_the_way, now)]

    def _has_its_agent(self, acd: Acd, lead: StoredLead, now: float) -> bool:
        if not lead.owner or now > lead.next_at + OWNER_LATE_S:
            return True
        return acd.agent(lead.owner).state is State.READY

    def order(self, now: float) -> None:
        """Put the leads at hand in the order in which they bring most answers."""
        leads = self.hopper.all()
        self.chances.rank(leads, self.definition.hours, now, LINES_AN_HOUR * max(1, self._staff))
        self.hopper.order(self.chances.place)

    # ── learning ─────────────────────────────────────────────────────────────────────────────────

    def connected(self) -> None:
        """An answered call has got an agent."""
        self.budget.answered(dropped=False)
        self._pacer.connected(self._staff)

    def dropped(self) -> None:
        """An answered call has got none."""
        self.budget.answered(dropped=True)
        self._pacer.dropped(self._staff)

    def over(self, attempt: Open, now: float) -> StoredLead | None:
        """Learn from an attempt that is over; gives its lead, if it was dialled under this controller."""
        self.outcomes[attempt.outcome] += 1
        lead = self.leads.pop(attempt.call, None)
        self._learn(attempt, lead, now)
        if lead is not None:
            self.chances.forget(lead.id)
        return lead

    def _learn(self, attempt: Open, lead: StoredLead | None, now: float) -> None:
        if not attempt.dialled_at:
            if attempt.came == "trunk_full":
                self.full_until = now + FULL_S
            elif attempt.came:  # no trunk may dial the number
                self.breaker.failed(now)
            return
        if attempt.came == "given_up":
            return
        if attempt.by_network:
            self.breaker.failed(now)
            return
        self.breaker.worked()
        answered = attempt.answered_at > 0 and attempt.answer != "machine"
        if attempt.answered_at:
            self.learnt.answer.ended(attempt.answered_at - attempt.dialled_at)
        else:
            self.learnt.no_answer.ended((attempt.dial_ended_at or attempt.ended_at) - attempt.dialled_at)
        if lead is not None and lead.priority < PROMISED:
            self.chances.learn(lead, attempt.dialled_at, attempt.chance, answered=answered)
