"""What happens, as the campaigns' figures and the books have it: the log's events, one after another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from outbound.dialer.books import Page
from outbound.dialer.settling import Of, disposed, settled
from records import events as e
from records.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callflow.protocol import Runtime
    from outbound.campaigns.attempts import Attempts, Open
    from outbound.dialer.books import Books
    from outbound.dialer.run import Run
    from outbound.store.leads import StoredLead
    from records.vault import Vault


class Following:
    """Learns from events, and writes down what is over."""

    def __init__(
        self,
        runtime: Runtime,
        books: Books,
        runs: Mapping[str, Run],
        attempts: Attempts,
        campaign_of: Callable[[str], str],
    ) -> None:
        """``campaign_of``: gives the campaign that reckons with an agent; '' for none."""
        self._runtime = runtime
        self._books = books
        self._runs = runs
        self._attempts = attempts
        self._campaign_of = campaign_of
        self._wraps: dict[str, float] = {}
        """Agent → since when they wrap up."""

    def go_on(self) -> None:
        """Write down what the controller before this one had no time to."""
        self._vault.on_erased(self._erased)
        for attempt in self._attempts.state.ended.values():
            self._write(attempt)
        for call in list(self._attempts.state.said):
            self._keep(call)
        for call in list(self._attempts.state.removals):
            self._remove(call)
        for person in self._attempts.state.to_erase:
            self._erase(bytes.fromhex(person))

    def hear(self, event: e.Event, at: float) -> None:
        """Take an event; ``at`` in steady seconds."""
        found = self._attempts.apply(event, at)
        if found is not None:
            self._hear_of(found, event, at)
        if isinstance(event, e.TalkEnded):
            for run in self._runs.values():
                if run.definition.queue == event.queue:
                    run.learnt.talk.ended(event.talk_s)
        elif isinstance(event, e.AgentStateChanged):
            self._hear_of_agent(event, at)

    def _hear_of(self, found: Open, event: e.Event, at: float) -> None:
        run = self._runs.get(found.campaign)
        match event:
            case e.CallConnected() if run is not None and found.agent_at == at:
                run.connected()
            case e.CallEnded():
                lead = None
                if run is not None:
                    if found.dropped:
                        run.dropped()
                    lead = run.over(found, at)
                self._write(found, lead)
            case e.AttemptDisposed():
                if found.ended_at:
                    self._keep(event.call)
                if event.outcome == "DNC":
                    self._remove(event.call)
            case e.RemovalAsked():
                self._remove(event.call)
            case _:
                pass

    def _hear_of_agent(self, event: e.AgentStateChanged, at: float) -> None:
        if event.after == "wrap_up":
            self._wraps.setdefault(event.agent, at)
        elif (since := self._wraps.pop(event.agent, None)) is not None:
            run = self._runs.get(self._campaign_of(event.agent))
            if run is not None:
                run.learnt.wrap_up.ended(at - since)

    def _write(self, attempt: Open, lead: StoredLead | None = None) -> None:
        run = self._runs.get(attempt.campaign)
        of = Of(lead, run.definition.terms() if run else None)
        done = partial(self._attempts.written, attempt.call)
        self._books.add(settled(attempt, of, self._runtime.clock.now(), done))

    def _remove(self, call: str) -> None:
        """Put somebody on the do-not-call list of the whole site."""
        removal = self._attempts.state.removals[call]
        self._books.add(Page(removed=[removal], done=partial(self._attempts.removed, call)))

    def _keep(self, call: str) -> None:
        """Write down what an agent said."""
        said = self._attempts.state.said[call]
        self._books.add(disposed(call, said, partial(self._attempts.kept, call, said)))

    def _erased(self, subject: str, person: bytes | None) -> None:  # noqa: ARG002 - the vault's shape
        """Forget somebody's leads too."""
        if person is not None:
            self._runtime.record(e.LeadsToErase(person=person.hex()))
            self._erase(person)

    def _erase(self, person: bytes) -> None:
        self._books.erase(person, lambda: self._runtime.record(e.LeadsErased(person=person.hex())))

    @property
    def _vault(self) -> Vault:
        return self._runtime.require(EventLog).vault
