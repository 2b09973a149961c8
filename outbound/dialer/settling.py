"""What an attempt that is over means for the books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from outbound.dialer.books import Disposition as Kept
from outbound.dialer.books import Page, Settled
from outbound.leads.lead import PROMISED
from outbound.ledger.entry import DISPOSITION, Disposed, rounded
from outbound.rules.terms import Terms
from outbound.store.leads import SettledAttempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from outbound.campaigns.attempts import Open, Said
    from outbound.ledger.entry import Disposition
    from outbound.store.leads import StoredLead

NOT_DIALLED_S = 30.0
"""A lead whose call could not be begun, or was given up, rests so long."""
CALLBACK = "CALLBK"
LONGEST_REST_S = 3600.0
"""Between two tries to keep a promise."""


@dataclass(frozen=True, slots=True)
class Of:
    """Whose attempt it is."""

    lead: StoredLead | None
    """None for one that was dialled before a restart."""
    terms: Terms | None
    """None for a campaign that is no more, whose leads are over."""


def settled(attempt: Open, of: Of, now: float, done: Callable[[], None]) -> Page:
    """Write an attempt down."""
    if not attempt.dialled_at:
        return Page(deferred={attempt.lead: now + NOT_DIALLED_S}, done=done)
    entries = [attempt.entry()]
    if attempt.by_network:  # nobody's phone rang: it is none of those attempts that wear people out
        rest = (of.terms or Terms()).spacing["ERR"]
        return Page(entries=entries, deferred={attempt.lead: now + rest}, done=done)
    outcome = attempt.outcome
    next_at, owner, priority = _next(attempt, outcome, of, now)
    kept = SettledAttempt(
        attempt=attempt.call,
        campaign=attempt.campaign,
        list=attempt.lead_list,
        lead=attempt.lead,
        person=b"",
        dialled_at=attempt.dialled_at,
        ended_at=attempt.ended_at,
        outcome=outcome,
        answered=attempt.answered_at > 0 and attempt.answer != "machine",
        dropped=entries[0].dropped,
        agent=attempt.agent,
        next_at=next_at,
        owner=owner,
        priority=priority,
    )
    return Page(entries=entries, settled=[Settled(attempt=kept, subject=attempt.subject)], done=done)


def _next(attempt: Open, outcome: Disposition, of: Of, now: float) -> tuple[float | None, str, int | None]:
    """Say when its lead is next, whose it is, and with which priority."""
    lead, terms = of.lead, of.terms
    if outcome == CALLBACK:
        return attempt.again_at or now, attempt.for_agent, PROMISED
    promised = lead is not None and lead.priority >= PROMISED
    if terms is None or outcome in terms.over:
        return None, "", 0 if promised else None
    if (lead.attempts if lead else 0) + 1 >= terms.attempts:
        return None, "", None
    rest = terms.spacing.get(outcome, 0.0)
    if promised and lead is not None:  # the promise stands, and is tried again
        return now + min(rest, LONGEST_REST_S), lead.owner, PROMISED
    return now + rest, "", None


def disposed(call: str, said: Said, done: Callable[[], None]) -> Page:
    """Write down what an agent said after the attempt was written."""
    outcome = msgspec.convert(said.outcome, DISPOSITION)
    again_at = (said.again_at or said.at) if outcome == CALLBACK else None
    entry = Disposed(attempt=call, campaign=said.campaign, outcome=outcome, at=rounded(said.at), by=said.by)
    kept = Kept(
        attempt=call, outcome=outcome, again_at=again_at, owner=said.for_agent,
        priority=PROMISED if again_at is not None else 0,
    )  # fmt: skip
    return Page(entries=[entry], said=[kept], done=done)
