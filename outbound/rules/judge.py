"""Asking every rule, in one order, each time: what the ledger keeps of an attempt is what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbound.ledger.entry import Disposition, Verdict
from outbound.rules.hours import LOOK_DAYS, NEVER, day_begins, next_open_in_all
from outbound.rules.terms import DAY_S, LAWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from outbound.rules.terms import Frequency, Terms

    Holidays = Callable[[str, date], bool]


@dataclass(frozen=True, slots=True)
class Earlier:
    """One attempt of before."""

    at: float
    campaign: str
    outcome: Disposition


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody at the moment of dialling."""

    country: str
    zones: tuple[str, ...]
    """Where they may be: what asks for the time must hold in each.  Without any they are never called."""
    consent: str = ""
    listed: tuple[str, ...] = ()
    """Do-not-call lists that have them, by name."""
    earlier: tuple[Earlier, ...] = ()
    """Attempts of all campaigns, oldest first."""
    waits: bool = False
    """They wait in a queue, or talk, now."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say."""

    verdicts: list[Verdict]
    not_before: float
    """When all will allow it, as far as is known now: ``now`` if they do, NEVER if they never will."""

    @property
    def allowed(self) -> bool:
        """Whether every rule allows it."""
        return all(verdict.allowed for verdict in self.verdicts)


def judge(person: Person, campaign: str, terms: Terms, now: float, holidays: Holidays) -> Judgement:
    """Ask every rule; ``holidays`` tells of a country and a day whether it is a public holiday there."""
    law = LAWS.get(person.country)
    own = [each for each in person.earlier if each.campaign == campaign]
    asked: list[tuple[str, float, str]] = [
        ("dnc", NEVER if person.listed else now, ", ".join(person.listed)),
        ("consent", now if person.consent or not terms.consent else NEVER, person.consent),
        ("over", *_over(own, terms, now)),
        ("attempts", NEVER if len(own) >= terms.attempts else now, f"{len(own)} of {terms.attempts}"),
        ("spacing", *_spacing(own, terms, now)),
        ("once_a_day", *_once_a_day(person, terms, now)),
        ("frequency", *_seldom(person.earlier, terms.frequency, now)),
        ("waits", now + 60.0 if person.waits else now, "on the line with us" if person.waits else ""),
        ("hours", next_open_in_all(terms.windows, person.zones, now), _places(person.zones)),
    ]
    if law is not None:
        closed = (lambda day: holidays(person.country, day)) if law.holidays else (lambda _: False)
        opens = next_open_in_all(law.windows, person.zones, now, closed=closed)
        asked.append(("law", opens, law.source))
        asked.append(("law_frequency", *_seldom(person.earlier, law.frequency, now)))
    verdicts = [Verdict(rule, allowed=at <= now, why=why) for rule, at, why in asked]
    return Judgement(verdicts, _all_open(person, terms, max(at for _, at, _ in asked), holidays))


def _all_open(person: Person, terms: Terms, at: float, holidays: Holidays) -> float:
    """Give the first moment from ``at`` on at which both the campaign's and the law's hours are open."""
    law = LAWS.get(person.country)
    last = at + LOOK_DAYS * DAY_S
    while at < min(last, NEVER):
        later = next_open_in_all(terms.windows, person.zones, at)
        if law is not None:
            closed = (lambda day: holidays(person.country, day)) if law.holidays else (lambda _: False)
            if later < NEVER:
                later = next_open_in_all(law.windows, person.zones, later, closed=closed)
        if later == at:
            return at
        at = later
    return NEVER


def _over(own: Sequence[Earlier], terms: Terms, now: float) -> tuple[float, str]:
    found = next((each.outcome for each in own if each.outcome in terms.over), "")
    return (NEVER, found) if found else (now, "")


def _spacing(own: Sequence[Earlier], terms: Terms, now: float) -> tuple[float, str]:
    if not own:
        return now, ""
    last = own[-1]
    return max(now, last.at + terms.spacing.get(last.outcome, 0.0)), last.outcome


def _once_a_day(person: Person, terms: Terms, now: float) -> tuple[float, str]:
    if not terms.once_a_day or not person.earlier:
        return now, ""
    days = {zone: day_begins(zone, now) for zone in person.zones}
    same = [zone for zone, today in days.items() if person.earlier[-1].at >= today]
    if not same:
        return now, ""
    # the next day begins within 25 hours, whatever the clocks do
    return max(day_begins(zone, days[zone] + 25.5 * 3600) for zone in same), "called today"


def _places(zones: Sequence[str]) -> str:
    return ", ".join(zones) or "nobody knows where they are"


def _seldom(earlier: Sequence[Earlier], most: Frequency | None, now: float) -> tuple[float, str]:
    """Count over a moving window; free again when the oldest that counts leaves it."""
    if most is None:
        return now, ""
    recent = [each.at for each in earlier if each.at > now - most.days * DAY_S]
    why = f"{len(recent)} of {most.attempts} in {most.days} days"
    if len(recent) < most.attempts:
        return now, why
    return recent[len(recent) - most.attempts] + most.days * DAY_S, why
