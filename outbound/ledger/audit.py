"""What a ledger says of a campaign: pure counting, by both definitions of the drop rate (METRICS)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from outbound.ledger.entry import Attempt, Damage, Disposed, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outbound.ledger.entry import Entry


class Counts(msgspec.Struct):
    """Of one campaign in one window."""

    attempts: int = 0
    live: int = 0
    machines: int = 0
    drops: int = 0
    drops_without_message: int = 0
    """Drops that heard no message within two seconds: silence."""
    refused: int = 0
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    forbidden: int = 0
    """Attempts that were made although a rule forbade them: none, if all is well."""

    @property
    def us(self) -> float:
        """Drops ÷ live answers (47 CFR 64.1200(a)(7))."""
        return self.drops / self.live if self.live else 0.0

    @property
    def uk(self) -> float:
        """x ÷ (live + x), x = drops − drops × machines ÷ (machines + live) (Ofcom, persistent misuse).

        There ``live`` are the calls that an agent answered.
        """
        answered = self.live - self.drops
        if not self.drops:
            return 0.0
        x = self.drops - self.drops * self.machines / (self.machines + answered) if answered else self.drops
        return x / (answered + x)


def count(entries: Iterable[Entry], since: float, until: float) -> dict[str, Counts]:
    """Count by campaign what was dialled from ``since`` to before ``until`` (Unix seconds)."""
    found: dict[str, Counts] = {}
    for entry in entries:
        if isinstance(entry, Damage | Disposed):
            continue
        at = entry.at if isinstance(entry, Refusal) else entry.dialled_at
        if not since <= at < until:
            continue
        counts = found.setdefault(entry.campaign, Counts())
        if isinstance(entry, Refusal):
            counts.refused += 1
        else:
            _add(counts, entry)
    return found


def _add(counts: Counts, attempt: Attempt) -> None:
    counts.attempts += 1
    counts.outcomes[attempt.outcome] += 1
    counts.forbidden += not all(verdict.allowed for verdict in attempt.verdicts)
    counts.live += attempt.live
    counts.machines += attempt.answer == "machine"
    if attempt.dropped:
        counts.drops += 1
        in_time = attempt.message_at and attempt.message_at - attempt.greeting_over_at <= 2.005
        counts.drops_without_message += not in_time
