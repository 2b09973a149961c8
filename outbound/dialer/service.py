"""The service ``campaigns``: what it is told, what it hears, and the life of the dialer; a thin shell.

Once a second, and when an agent or a line becomes free, :class:`~outbound.dialer.dialing.Dialing` decides.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import structlog

from acd.callbacks.visits import NotWanted
from acd.service import AcdService
from outbound.campaigns.attempts import PURPOSE, Attempts, Open
from outbound.campaigns.definition import CAMPAIGNS, CampaignDefinition
from outbound.campaigns.giving_up import GivingUp
from outbound.dialer import prompts as say
from outbound.dialer.abandoned import AbandonedCallers
from outbound.dialer.books import Books, BooksError
from outbound.dialer.callers import Callers
from outbound.dialer.control import CampaignControl
from outbound.dialer.dialing import BOOKS, DRAINING, FAULT, PAUSED, RUNNING, SOON_S, STOPPED, Dialing
from outbound.dialer.errors import CampaignError
from outbound.dialer.following import Following
from outbound.dialer.prometheus import CampaignCollector
from outbound.dialer.run import Run
from outbound.dialer.serving import Served
from outbound.dialer.told_alone import ToldAlone
from outbound.dialer.views import ScreenView
from outbound.leads.lead import PROMISED
from outbound.leads.numbers import read_number
from outbound.pacing.budget import WINDOW_DAYS
from outbound.rules.terms import DAY_S
from outbound.store import do_not_call
from outbound.store import leads as stored
from outbound.store.figures import answers_by_day
from records import events as e
from records.log import EventLog
from records.vault import NUMBER
from telephony.media import Media

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web
    from pydantic import BaseModel

    from callflow.protocol import PlacedCall, Prompt, Runtime, Section
    from outbound.store.opened import OutboundStore
    from records.events import Recorded
    from records.vault import Vault

__all__ = ["DRAINING", "PAUSED", "RUNNING", "STOPPED", "CampaignError", "Campaigns"]

_log = structlog.get_logger(__name__)

DECIDE_EVERY_S = 1.0
_MAKES_ROOM = (
    e.AgentStateChanged, e.CallEnded, e.TalkEnded, e.DialEnded, e.QueueLeft, e.CampaignChanged,
)  # fmt: skip


class Campaigns:
    """See the module."""

    needs: ClassVar[tuple[str, ...]] = ("ivr", "acd", "trunks")
    purpose: ClassVar[str] = PURPOSE
    section: ClassVar[Section] = CAMPAIGNS

    def __init__(self, runtime: Runtime, acd: AcdService, store: OutboundStore) -> None:
        self._runtime = runtime
        self._acd = acd
        self.attempts = Attempts()
        self.runs: dict[str, Run] = {}
        self.books = Books(
            store,
            runtime.home / "ledger",
            self.now,
            lambda why: runtime.alarm(BOOKS, f"{why}; nothing is dialled until that works"),
            lambda: runtime.clear_alarm(BOOKS),
        )
        callers = Callers(runtime)
        self._dialing = Dialing(runtime, acd, self.attempts, self.books, callers)
        self._learnt: dict[str, Any] = {}
        """Campaign → what controllers before this one have learnt."""
        self._media: Media | None = next(iter(runtime.all_of(Media)), None)
        self._deciding: asyncio.Task[None] | None = None
        self._giving_up = GivingUp()
        self._told_alone = ToldAlone(runtime, self.attempts)
        self._callbacks = AbandonedCallers(runtime, self.books, self.runs, self._giving_up, callers)
        self._collector = CampaignCollector(self)
        self._following = Following(runtime, self.books, self.runs, self.attempts, self._dialing.campaign_of)

    @classmethod
    def create(cls, runtime: Runtime) -> Campaigns:
        """Make the service on the installation's database."""
        from outbound.dialer.opening import open_store  # noqa: PLC0415 - settings and keys of a real server

        return cls(runtime, runtime.require(AcdService), open_store(runtime))

    # ── life ─────────────────────────────────────────────────────────────────────────────────────

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the campaigns of a site that goes live; one that is no more dials nobody."""
        wanted = {name: found for name, found in parsed.items() if isinstance(found, CampaignDefinition)}
        for name in self.runs.keys() - wanted.keys():
            del self.runs[name]
        if self._deciding is not None:
            self._stop_those_gone()
        for name, definition in wanted.items():
            if name in self.runs:
                self.runs[name].change(definition)
            else:
                self.runs[name] = Run(name, definition)
                self._go_on_learning(name, self.runs[name])

    def _stop_those_gone(self) -> None:
        """Stop campaigns that the site has no more, so that none begins by itself when it comes back."""
        for name in self.attempts.state.states.keys() - self.runs.keys():
            self._change(name, STOPPED, "ringhall", "it left the site")

    def _go_on_learning(self, name: str, run: Run) -> None:
        if name in self._learnt:
            run.restore(self._learnt[name])

    async def start(self) -> None:
        """Follow the log; nobody is dialled before the switch has been seen."""
        self.books.start()
        self._collector.register()
        self._following.go_on()
        self._callbacks.go_on()
        self._runtime.subscribe(self._hear)
        self._told_alone.go_on()
        self._stop_those_gone()
        await self._count_again()
        self._deciding = asyncio.get_running_loop().create_task(self._decide_for_ever(), name="campaigns")

    async def stop(self) -> None:
        """Decide no more; the calls are the runner's."""
        self._collector.unregister()
        await self._dialing.stop()
        if self._deciding is not None:
            self._deciding.cancel()
            await asyncio.gather(self._deciding, return_exceptions=True)
        await self.books.stop()

    def prompts(self) -> Iterable[Prompt]:
        """Give the fixed prompts."""
        return say.ALL

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give what ``ringhall campaigns`` talks to."""
        return CampaignControl(self).routes()

    def in_status(self) -> Mapping[str, object]:
        """Say which campaigns run, and how many calls they have on."""
        running = sorted(name for name in self.runs if self.state(name) == RUNNING)
        return {"campaigns_running": running, "campaign_calls": len(self.attempts.state.open)}

    def now(self) -> float:
        """Steady seconds."""
        return self._runtime.clock.now()

    def switch_back(self) -> None:
        """Go on: calls have been taken over, and their ends are known."""
        self._dialing.there = True
        self._dialing.wake.set()

    def switch_lost(self, reason: str) -> None:  # noqa: ARG002 - all are alike here
        """Dial nobody while nothing is seen."""
        self._dialing.there = False

    def call_lost(self, call: str) -> None:
        """Take the key that somebody pressed, whose line ended while no controller was there."""
        self._told_alone.ended(call)

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        learnt = {name: run.snapshot() for name, run in self.runs.items()}
        return {
            "attempts": self.attempts.snapshot(),
            "giving_up": self._giving_up.snapshot(),
            "learnt": self._learnt | learnt,
        }

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.attempts.restore(state["attempts"])
        if "giving_up" in state:  # an older snapshot has none
            self._giving_up.restore(state["giving_up"])
        self._learnt = state["learnt"]
        for name, run in self.runs.items():
            self._go_on_learning(name, run)

    def replay(self, recorded: Recorded) -> None:
        """Fold one event of the log in."""
        self.attempts.apply(recorded.event, recorded.at.timestamp())
        self._giving_up.apply(recorded.event, recorded.at.timestamp())

    async def _count_again(self) -> None:
        """Let the budgets know what was answered and dropped in the days before and today."""
        today = self._dialing.midnight(self.now())
        for run in self.runs.values():
            run.day = today
            asked = partial(answers_by_day, campaign=run.name, today=today, days=WINDOW_DAYS)
            try:
                days = await self.books.ask(asked)
            except BooksError as error:
                self._runtime.alarm(BOOKS, f"{error}; nothing is dialled until that works")
                return
            for place, (answers, drops) in enumerate(days):
                if place:
                    run.budget.new_day()
                run.budget.counted(answers, drops)

    # ── what is asked ────────────────────────────────────────────────────────────────────────────

    def run(self, name: str) -> Run:
        """Give a campaign of the site; raises CampaignError."""
        found = self.runs.get(name)
        if found is None:
            there = ", ".join(sorted(self.runs)) or "none"
            raise CampaignError(f"the site has no campaign {name!r}; there are: {there}")
        return found

    def state(self, name: str) -> str:
        """Tell what a campaign does."""
        return self.attempts.campaign_state(name)

    def why_idle(self, run: Run) -> str:
        """Say what keeps a running campaign from dialling; '' when nothing does."""
        return self._dialing.why_idle(run)

    async def set_state(self, name: str, state: str, by: str) -> None:
        """Start, pause, drain or stop a campaign; raises CampaignError."""
        run = self.run(name)
        if state == RUNNING:
            await self._may_start(run)
            run.ramp()
            run.look_at, run.exhausted = 0.0, False
        self._change(name, state, by)
        if state == STOPPED:
            for attempt in self.attempts.on(name):
                if not attempt.answered_at:
                    self._runtime.post(attempt.call, NotWanted())

    async def _may_start(self, run: Run) -> None:
        definition = self._acd.definitions.get(run.definition.queue)
        if definition is not None and run.definition.mode != "preview" and not definition.auto_answer:
            raise CampaignError(
                f"agents of {run.definition.queue} pick up by hand, which takes longer than the two seconds "
                "that somebody who answers waits: write auto_answer: yes in the queue, or mode: preview"
            )
        try:
            await self.books.open_ledger()
            await self.books.ask(partial(stored.counts, list_name=run.definition.list))
        except BooksError as error:
            raise CampaignError(str(error)) from error

    def _change(self, name: str, state: str, by: str, reason: str = "") -> None:
        if self.state(name) != state:
            self._runtime.record(e.CampaignChanged(campaign=name, state=state, by=by, reason=reason))

    def agent_of(self, attempt: Open) -> str:
        """Give the agent who talks or talked with somebody, or is offered them now."""
        ticket = self._acd.core.state.tickets.get(attempt.call)
        offer = self._acd.core.state.offers.get(ticket.offer) if ticket else None
        return attempt.agent or (offer.agent if offer else "")

    def screen(self, call: str) -> ScreenView:
        """Show an agent whom they talk with; raises CampaignError."""
        found = self.attempts.of_call(call)
        if found is None:
            raise CampaignError(f"{call} is no call of a campaign")
        run = self.runs.get(found.campaign)
        lead = (run.leads if run else {}).get(call)
        return ScreenView(
            call=call,
            campaign=found.campaign,
            script=run.definition.script if run else "",
            number=self._vault.get(found.subject, NUMBER) or "",
            name=lead.name if lead else "",
            language=lead.language if lead else "",
            attempts=lead.attempts if lead else 0,
            last_outcome=lead.last_outcome if lead else "",
            best_hour=run.chances.best_hour(lead, run.definition.hours, self.now()) if run and lead else None,
            more=lead.more if lead else {},
        )

    def dispose(
        self, call: str, outcome: str, by: str, *, again_at: float | None = None, for_agent: str = ""
    ) -> Open:
        """Take what an agent says came of a call; raises CampaignError."""
        found = self.attempts.of_call(call)
        if found is None or not found.agent_at:
            raise CampaignError(f"{call} is no call of a campaign that an agent talked in lately")
        self._runtime.record(
            e.AttemptDisposed(
                call=call, outcome=outcome, by=by, again_at=again_at, for_agent=for_agent
            )
        )  # fmt: skip
        return found

    async def add_lead(
        self, list_name: str, number: str, home: str, *, at: float = 0.0, agent: str = "",
        promised: bool = False, **more: Any,
    ) -> int:  # fmt: skip
        """Have somebody called; raises NumberError and BooksError."""
        read = read_number(number, home, [home])
        priority = PROMISED if promised or more.get("until") else 0
        lead = await self.books.ask(
            partial(
                stored.add_lead, list_name=list_name, number=read, next_at=at, owner=agent,
                priority=priority, **more,
            )
        )  # fmt: skip
        self.look_again(list_name)
        return lead

    def look_again(self, list_name: str) -> None:
        """Have campaigns look at their list at once: it has others than before."""
        for run in self.runs.values():
            if run.definition.list == list_name:
                run.look_at, run.exhausted = 0.0, False

    async def do_not_call(self, number: str, home: str, campaign: str = "") -> None:
        """Have somebody called no more; raises NumberError and BooksError."""
        read = read_number(number, home, [home])
        person, at = self._vault.number_hash(read.e164), self.now()
        await self.books.ask(partial(do_not_call.add, person=person, scope=campaign, source="api", at=at))

    # ── what happens ─────────────────────────────────────────────────────────────────────────────

    def _hear(self, recorded: Recorded) -> None:
        event, at = recorded.event, recorded.at.timestamp()
        self._following.hear(event, at)
        self._callbacks.hear(event, at)
        if isinstance(event, _MAKES_ROOM) and self.attempts.state.states:
            self._dialing.wake.set()

    @property
    def _vault(self) -> Vault:
        return self._runtime.require(EventLog).vault

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────

    async def _decide_for_ever(self) -> None:
        wake = self._dialing.wake
        while True:
            try:
                async with asyncio.timeout(DECIDE_EVERY_S):
                    await wake.wait()
                await asyncio.sleep(SOON_S)
            except TimeoutError:
                pass
            wake.clear()
            working = [run for name, run in self.runs.items() if self.state(name) != STOPPED]
            try:
                self._decide(working)
            except Exception as error:  # noqa: BLE001 - a fault in one decision is no reason to make none
                _log.exception("campaigns_not_decided")
                self._runtime.alarm(FAULT, f"{error!r}: nobody was dialled; see the log")
            if not working:
                await wake.wait()

    def _decide(self, working: list[Run]) -> None:
        for run in working:
            self._new_day(run)
        if self._dialing.there and self._acd.core.is_open and not self.books.trouble:
            self._dialing.pace([run for run in working if self.state(run.name) == RUNNING])
            self._end_those_done(working)

    def _end_those_done(self, working: list[Run]) -> None:
        for run in working:
            if self.attempts.on(run.name) or run.starting:
                continue
            if self.state(run.name) == DRAINING:
                self._change(run.name, STOPPED, "ringhall", "drained")
            elif self.state(run.name) == RUNNING and run.exhausted and not run.hopper:
                self._change(run.name, STOPPED, "ringhall", "the list is done")

    def _new_day(self, run: Run) -> None:
        day = self._dialing.midnight(self.now())
        for _ in range(min(round((day - run.day) / DAY_S), WINDOW_DAYS) if run.day else 0):
            run.budget.new_day()
            run.outcomes.clear()
        run.day = day

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    async def serve_placed(self, call: PlacedCall) -> None:
        """Serve an attempt's call."""
        attempt = self.attempts.get(call.id)
        run = self.runs.get(attempt.campaign) if attempt else None
        if attempt is None:
            call.outcome = "withdrawn"
            return
        lead = run.leads.get(call.id) if run else None
        definition = run.definition if run else self._gone_from_the_site(attempt)
        served = Served(call, self._acd, attempt, definition)
        served.owner = lead.owner if lead else ""
        served.media = self._media
        served.told_alone = self._told_alone.was(call.id)
        try:
            await served.serve()
        finally:
            self._told_alone.ended(call.id)

    def _gone_from_the_site(self, attempt: Open) -> CampaignDefinition:
        """Make up a campaign for a call that outlives it, so that a talk goes on."""
        talk = self._acd.core.state.talks.get(attempt.call)
        return CampaignDefinition(
            queue=talk.queue if talk else "", list=attempt.lead_list, message=say.GOODBYE
        )
