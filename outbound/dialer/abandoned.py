"""Callers who gave up waiting, as leads; and those who have reached an agent after all, as leads no more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from phonenumbers import SUPPORTED_REGIONS

from callflow.log import get_logger
from outbound.campaigns.giving_up import GaveUp
from outbound.dialer.books import NewLead, Page
from outbound.leads.lead import PROMISED
from outbound.leads.numbers import NumberError, read_number
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.protocol import Runtime
    from outbound.campaigns.giving_up import GivingUp, Reached
    from outbound.dialer.books import Books
    from outbound.dialer.callers import Callers
    from outbound.dialer.run import Run

_log = get_logger(__name__)

CONSENT = "gave up waiting for us"
"""Where the consent of one who has called us comes from."""


class AbandonedCallers:
    """Listens to the queues that campaigns name."""

    def __init__(
        self, runtime: Runtime, books: Books, runs: Mapping[str, Run], giving_up: GivingUp, callers: Callers
    ) -> None:
        self._runtime = runtime
        self._books = books
        self._runs = runs
        self._giving_up = giving_up
        self._callers = callers

    def go_on(self) -> None:
        """Write down what the controller before this one had no time to."""
        for found in self._giving_up.left():
            self._write(found)

    def hear(self, event: e.Event, at: float) -> None:
        """Take an event; ``at`` in steady seconds."""
        found = self._giving_up.apply(event, at)
        if found is not None:
            self._write(found)
        elif isinstance(event, e.CallConnected):
            self._called_in(event)

    def _write(self, found: GaveUp | Reached) -> None:
        if isinstance(found, GaveUp):
            self._gave_up(found)
        else:
            self._reached(found)

    def _gave_up(self, found: GaveUp) -> None:
        leads = [lead for run in self._runs.values() if (lead := self._lead(run, found)) is not None]
        if not leads:
            self._giving_up.passed_over(found.call)
            return
        listed = e.AbandonedListed(call=found.call, until=max(lead.until for lead in leads))
        self._books.add(Page(added=leads, done=partial(self._runtime.record, listed)))

    def _lead(self, run: Run, found: GaveUp) -> NewLead | None:
        """Give the lead that a campaign makes of somebody, if it does."""
        wanted = run.definition.abandoned
        if wanted is None or found.queue not in wanted.queues or found.wait_s < wanted.after:
            return None
        try:
            number = self._callers.number(found.subject, found.trunk)
            read = read_number(number, self._callers.country(found.trunk), SUPPORTED_REGIONS)
        except NumberError as error:
            _log.info("abandoned_caller_not_called", call=found.call, reason=str(error))
            return None
        due = found.at + wanted.rest
        run.look_at, run.exhausted = min(run.look_at, due), False
        return NewLead(
            list=run.definition.list, number=read, consent=f"{CONSENT} ({found.call})",
            next_at=due, until=found.at + wanted.within, priority=PROMISED,
        )  # fmt: skip

    def _reached(self, found: Reached) -> None:
        person = self._callers.person(found.subject, found.trunk)
        done = e.AbandonedReached(call=found.call, subject=found.subject)
        gone = [] if person is None else [person]
        self._books.add(Page(called_in=gone, done=partial(self._runtime.record, done)))

    def _called_in(self, event: e.CallConnected) -> None:
        """Take somebody off who was promised a call in another way."""
        if all(run.definition.abandoned is None for run in self._runs.values()):
            return
        caller = self._giving_up.state.callers.get(event.call)
        person = self._callers.person(*caller) if caller else None
        if person is not None:
            self._books.add(Page(called_in=[person]))
