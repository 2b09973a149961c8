"""Callers who gave up waiting, as leads; and those who have reached an agent after all, as leads no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonenumbers import SUPPORTED_REGIONS

from callflow.live_calls import LiveCalls
from callflow.log import get_logger
from callflow.protocol import Located
from outbound.dialer.books import NewLead, Page
from outbound.leads.lead import PROMISED
from outbound.leads.numbers import NumberError, read_number
from records import events as e
from records.log import EventLog
from records.vault import NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.protocol import Runtime
    from outbound.campaigns.attempts import Attempts
    from outbound.dialer.books import Books
    from outbound.dialer.run import Run

_log = get_logger(__name__)

CONSENT = "gave up waiting for us"
"""Where the consent of one who has called us comes from."""


class AbandonedCallers:
    """Listens to the queues that campaigns name."""

    def __init__(self, runtime: Runtime, books: Books, runs: Mapping[str, Run], attempts: Attempts) -> None:
        self._runtime = runtime
        self._books = books
        self._runs = runs
        self._attempts = attempts

    def hear(self, event: e.Event, at: float) -> None:
        """Take an event; ``at`` in steady seconds."""
        if isinstance(event, e.QueueLeft) and event.reason == "abandoned":
            self._gave_up(event, at)
        elif isinstance(event, e.CallConnected) and self._attempts.get(event.call) is None:
            self._reached(event)

    def _gave_up(self, event: e.QueueLeft, at: float) -> None:
        for run in self._runs.values():
            wanted = run.definition.abandoned
            if wanted is None or event.queue not in wanted.queues or event.wait_s < wanted.after:
                continue
            number = self._number_of(event.call)
            try:
                read = read_number(number, self._country(), SUPPORTED_REGIONS)
            except NumberError as error:
                _log.info("abandoned_caller_not_called", call=event.call, reason=str(error))
                continue
            lead = NewLead(
                list=run.definition.list, number=read, consent=f"{CONSENT} ({event.call})",
                next_at=at + wanted.rest, until=at + wanted.within, priority=PROMISED,
            )  # fmt: skip
            self._books.add(Page(added=[lead]))
            run.look_at, run.exhausted = min(run.look_at, at + wanted.rest), False

    def _reached(self, event: e.CallConnected) -> None:
        if all(run.definition.abandoned is None for run in self._runs.values()):
            return
        if number := self._number_of(event.call):
            person = self._runtime.require(EventLog).vault.number_hash(number)
            self._books.add(Page(called_in=[person]))

    def _number_of(self, call: str) -> str:
        live = self._runtime.require(LiveCalls).get(call)
        vault = self._runtime.require(EventLog).vault
        return (vault.get(live.subject, NUMBER) if live else None) or ""

    def _country(self) -> str:
        places = self._runtime.all_of(Located)
        return places[0].house_country() if places else ""
