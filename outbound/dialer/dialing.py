"""Deciding and dialling: each running campaign says whom it would call; who may be called is.

The leads are judged twice: when they are taken from the list, and a last time, by what the books say then,
right before the call.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import holidays as holiday_calendars
import structlog

from callflow.live_calls import LiveCalls
from callflow.protocol import Located, Placing
from outbound.campaigns.attempts import PURPOSE
from outbound.campaigns.sharing import share
from outbound.dialer.books import BooksError, Page
from outbound.dialer.floor_view import skilled
from outbound.dialer.hopper import Aim, Known, judged, known_of, later, look
from outbound.dialer.ports import OpenTickets, Tides
from outbound.ledger.entry import Refusal, rounded
from outbound.rules.terms import DAY_S
from outbound.store.standing import still_open
from records.events import AttemptBegun
from records.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import date
    from typing import Any

    from acd.service import AcdService
    from callflow.protocol import Runtime
    from outbound.campaigns.attempts import Attempts
    from outbound.dialer.books import Books
    from outbound.dialer.callers import Callers
    from outbound.dialer.run import Run
    from outbound.store.leads import StoredLead

_log = structlog.get_logger(__name__)

RUNNING, PAUSED, DRAINING, STOPPED = "running", "paused", "draining", "stopped"
SOON_S = 0.05
"""What happens within this time is looked at together."""
LEAST_AT_HAND, MOST_AT_HAND = 50, 1000
LEAST_NEW, REFRESH_S = 10, 15.0
"""So many leads are looked for, so often, although enough are at hand."""
LOOK_AGAIN_S = 5.0
"""A list that had nothing due is not looked at before."""
_HOURS = frozenset({"hours", "law"})
BOOKS, FAULT = "campaign_books", "campaign_fault"


class Dialing:
    """Does what the running campaigns want and the rules allow."""

    def __init__(
        self, runtime: Runtime, acd: AcdService, attempts: Attempts, books: Books, callers: Callers
    ) -> None:
        self._runtime = runtime
        self._acd = acd
        self._attempts = attempts
        self._books = books
        self._callers = callers
        self.shares: dict[str, str] = {}
        """Agent → the campaign that reckons with them."""
        self.there = False
        """The switch is seen, and calls can be placed."""
        self.wake: asyncio.Event = asyncio.Event()
        """Set when something is to be decided soon."""
        self._jobs: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        """Steady seconds."""
        return self._runtime.clock.now()

    def campaign_of(self, agent: str) -> str:
        """Give the campaign that reckons with an agent; '' for none."""
        return self.shares.get(agent, "")

    async def stop(self) -> None:
        """Dial no more."""
        self.there = False
        for job in list(self._jobs):
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def midnight(self, now: float) -> float:
        """Give when the house's day began."""
        places = self._runtime.all_of(Located)
        return places[0].midnight(now) if places else now - now % DAY_S

    def why_idle(self, run: Run) -> str:
        """Say what keeps a running campaign from dialling; '' when nothing does."""
        reasons = (
            (not self.there, "Asterisk can't be seen"),
            (bool(self._books.trouble), "the books can't be written"),
            (run.breaker.open, "the trunks take no calls"),
            (self.now() < run.full_until, "no line of the trunks is free (most_calls)"),
            (run.callers_first, "callers go first"),
            (run.high_tide, "many callers are foreseen"),
            (run.floor is not None and not run.floor.staff, "no agents"),
            (run.closed, "its hours never open"),
            (not run.hopper and run.next_due is not None, "no lead is due"),
        )
        return next((why for holds, why in reasons if holds), "")

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────

    def pace(self, running: list[Run]) -> None:
        """Let each campaign decide, and call whom it wants."""
        now, acd = self.now(), self._acd.core
        eligible: dict[str, list[str]] = {}
        for run in running:
            for number in skilled(acd, run.definition.queue):
                eligible.setdefault(number, []).append(run.name)
        self.shares = share(eligible, {run.name: run.definition.weight for run in running}, self.shares)
        ours = {attempt.call for attempt in self._attempts}
        for run in running:
            run.high_tide = self._is_high_tide(run, now)
            mine = [agent for agent, name in self.shares.items() if name == run.name]
            leads = run.decide(acd, mine, self._attempts.on(run.name), ours, now)
            if leads:
                run.hopper.take(leads)
                run.starting += leads
                self._job(self._dial(run, leads), f"dial {run.name}")
            wanted = min(max(LEAST_AT_HAND, 10 * len(mine)), MOST_AT_HAND) - len(run.hopper)
            # who was promised a call is due at a time, however many others are at hand
            if not run.loading and now >= (run.look_at if wanted > len(run.hopper) else run.refresh_at):
                run.loading, run.refresh_at = True, now + REFRESH_S
                self._job(self._load(run, max(wanted, LEAST_NEW)), f"leads of {run.name}")

    def _is_high_tide(self, run: Run, now: float) -> bool:
        if not run.definition.blend.low_tide:
            return False
        return any(not tides.is_low(run.definition.queue, now) for tides in self._runtime.all_of(Tides))

    def _job(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._jobs.add(task)
        task.add_done_callback(self._done)

    def _done(self, job: asyncio.Task[None]) -> None:
        self._jobs.discard(job)
        if not job.cancelled() and (error := job.exception()) is not None:
            _log.error("campaign_job_failed", job=job.get_name(), exc_info=error)
            self._runtime.alarm(FAULT, f"{job.get_name()}: {error!r}; see the log")

    # ── leads ────────────────────────────────────────────────────────────────────────────────────

    async def _load(self, run: Run, wanted: int) -> None:
        """Take due leads from the list."""
        definition, now = run.definition, self.now()
        held = run.hopper.held() | {lead.id for lead in run.starting}
        held |= {attempt.lead for attempt in self._attempts.on(run.name)}
        held |= {each.lead for each in self._attempts.state.ended.values()}
        exclude = frozenset(held)
        try:
            batch = await self._books.ask(
                partial(look, aim=_aim(run), now=now, limit=wanted, exclude=exclude)
            )
        except BooksError as error:
            self._no_books(error)
            run.look_at = now + LOOK_AGAIN_S
            return
        finally:
            run.loading = False
        if not self._books.trouble:
            self._runtime.clear_alarm(BOOKS)
        if run.definition is not definition:
            return
        run.chances.meet(batch.leads, batch.known)
        run.hopper.put(batch.leads)
        run.order(now)
        looked_at = len(batch.leads) + len(batch.deferred)
        run.next_due = batch.next_due
        goes_on = definition.abandoned is not None  # there will be more
        run.exhausted = not looked_at and not held and batch.next_due is None and not goes_on
        if looked_at < wanted:
            run.look_at = now + LOOK_AGAIN_S
        if looked_at:
            self._tell_closed(run, closed=batch.closed == looked_at)
        if batch.leads:
            self.wake.set()

    def _no_books(self, error: BooksError) -> None:
        self._runtime.alarm(BOOKS, f"{error}; nothing is dialled until that works")

    def _tell_closed(self, run: Run, *, closed: bool) -> None:
        run.closed, alarm = closed, f"campaign_{run.name}"
        if closed:
            self._runtime.alarm(
                alarm,
                "its hours and the law's have no time in common: nobody of those looked at can be called",
            )
        else:
            self._runtime.clear_alarm(alarm)

    async def _dial(self, run: Run, leads: list[StoredLead]) -> None:
        """Judge leads a last time by what the books say now, and call those that may be called."""
        ids = [lead.id for lead in leads]
        look_up = partial(known_of, leads=leads, campaign=run.name, now=self.now())
        try:
            standing = await self._books.ask(partial(still_open, ids=ids))
            known = await self._books.ask(look_up)
            if self._attempts.campaign_state(run.name) == RUNNING and self.there and not self._books.trouble:
                for lead in leads:
                    if lead.id in standing:
                        self._call(run, lead, known[lead.person])
        except BooksError as error:
            self._no_books(error)
        finally:
            gone = {lead.id for lead in leads}
            run.starting = [lead for lead in run.starting if lead.id not in gone]

    def _call(self, run: Run, lead: StoredLead, known: Known) -> None:
        now, definition = self.now(), run.definition
        subject = self._runtime.require(EventLog).vault.subject_for(lead.number)
        judgement = judged(lead, known, _aim(run), now, waits=self._on_the_line(subject, lead.person))
        if not judgement.allowed:
            refusal = Refusal(
                campaign=run.name, subject=subject, at=rounded(now), verdicts=judgement.verdicts
            )
            self._books.add(Page(entries=[refusal], deferred={lead.id: later(judgement, now)}))
            if any(not verdict.allowed and verdict.rule in _HOURS for verdict in judgement.verdicts):
                run.hopper.clear()  # the others' time is over as well: they are looked at together
            return
        placing = Placing(
            purpose=PURPOSE,
            reference=run.name,
            number=lead.number,
            trunk=definition.over or "",
            route="" if definition.over else definition.route,
            caller_number=definition.shown_in(lead.country),
            subject=subject,
            language=lead.language,
        )
        try:
            call = self._runtime.place_call(placing)
        except LookupError as error:
            _log.warning("attempt_not_begun", campaign=run.name, reason=str(error))
            return
        run.leads[call] = lead
        # one that is placed and not followed by this is withdrawn by the controller that finds it
        self._runtime.record(
            AttemptBegun(
                call=call,
                campaign=run.name,
                lead=lead.id,
                lead_list=definition.list,
                list_version=lead.version,
                subject=subject,
                consent=lead.consent,
                rules={verdict.rule: verdict.why for verdict in judgement.verdicts},
                chance=round(run.chances.chance(lead, now), 4),
            )
        )

    def _on_the_line(self, subject: str, person: bytes) -> bool:
        """Whether somebody is being served, talks or waits with us, is being called or was a moment ago."""
        live = self._runtime.require(LiveCalls)
        return (
            any(tickets.has_open(subject) for tickets in self._runtime.all_of(OpenTickets))
            or any(call.subject == subject for call in live)
            or any(self._callers.person(call.subject, call.endpoint) == person for call in live)
            or any(each.subject == subject for each in self._attempts)
            or any(each.subject == subject for each in self._attempts.state.ended.values())
        )


def _aim(run: Run) -> Aim:
    return Aim(run.name, run.definition.list, run.definition.terms(), is_holiday)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holiday_calendars.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def is_holiday(country: str, day: date) -> bool:
    """Tell whether a day is a public holiday of a country, as far as that is known."""
    return day in _holidays(country, day.year)
