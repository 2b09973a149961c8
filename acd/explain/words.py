"""Decisions in words: what is printed below a call's or an agent's story."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from acd.core.model import STRICT_S
from acd.core.states import State
from acd.explain.verdicts import Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from acd.explain.decisions import Decision, Passed
    from acd.explain.verdicts import Verdict
    from records import events as e

MOST_NAMED = 6
"""Agents of one group that are named, unless all are asked for."""

SCORED_BY = {
    "index": "index: 0.5·level − demand for their other skills + log(1 + idle seconds)",
    "longest_idle": "seconds idle",
    "ring_all": "seconds idle; all are rung",
    "fewest_calls": "calls taken since login, the fewest first",
    "best_skill": "level in what is asked for",
    "round_robin": "in turn, after the one who was offered the last call",
    "linear": "by number",
    "random": "drawn by lot",
}
_UNSCORED = frozenset({"round_robin", "linear", "random"})
_WINS = {
    "index": "highest index, {score:.2f}",
    "longest_idle": "idle longest, {score:.1f} s",
    "fewest_calls": "fewest calls, {score:.0f}",
    "best_skill": "highest level, {score:g}",
    "round_robin": "next in turn",
    "linear": "first by number",
    "random": "drawn by lot",
}
_ORDER = list(Why)


class Words:
    """Knows the agents' names; ``everyone``: nobody is left out for brevity."""

    def __init__(self, names: Mapping[str, str], *, everyone: bool = False) -> None:
        self._names = names
        self._everyone = everyone

    def agent(self, number: str) -> str:
        """Write an agent: ``1003 Bo Li``."""
        name = self._names.get(number, "")
        return f"{number} {name}" if name else number

    # ── a call's decision ────────────────────────────────────────────────────────────────────────

    def headline(self, decision: Decision) -> str:
        """Say who was offered the call, and what won."""
        who = " and ".join(map(self.agent, decision.offered))
        place = f"after {decision.wait_s:.1f} s, position {decision.position}"
        return f"offered to {who} ({self.won(decision)}), {place}"

    @staticmethod
    def won(decision: Decision) -> str:
        """Say why those who were offered the call were."""
        if decision.strategy == "ring_all":
            return "rings all who are free" if len(decision.offered) > 1 else "the only one free"
        if len(decision.scores) <= 1:
            return "the only one free"
        score = next((score for agent, score in decision.scores if agent in decision.offered), 0.0)
        return _WINS.get(decision.strategy, decision.strategy).format(score=score)

    def notes(self, decision: Decision) -> list[str]:
        """Say what competed, and why no other agent was offered the call."""
        notes = []
        rivals = competing(decision)
        if rivals:
            notes.append(rivals)
        kinds = sorted(decision.verdicts, key=lambda one: (_ORDER.index(one.why), _kind(one)))
        for heading, group in groupby(kinds, key=_kind):
            found = list(group)
            if found[0].why is not Why.OFFERED:
                notes.append(f"{heading}: {self._named(found, decision)}")
        return notes

    def _named(self, found: list[Verdict], decision: Decision) -> str:
        if found[0].why is Why.LOWER_SCORE:
            worse = {agent: place for place, (agent, _) in enumerate(decision.scores)}
            found.sort(key=lambda one: (worse.get(one.agent, len(worse)), -(one.idle_s or 0.0)))
        shown = found if self._everyone else found[:MOST_NAMED]
        told = []
        for one in shown:
            detail = _detail(one, decision)
            told.append(f"{self.agent(one.agent)} ({detail})" if detail else self.agent(one.agent))
        more = len(found) - len(shown)
        return ", ".join(told) + (f" and {more} more (--all names them)" if more else "")

    def verdict(self, one: Verdict, decision: Decision) -> str:
        """Say of one agent why they were not offered the call."""
        detail = _detail(one, decision)
        return f"{_kind(one)} ({detail})" if detail else _kind(one)

    def passed(self, one: Passed) -> str:
        """Say which other call an agent had instead."""
        who = self.agent(one.agent)
        if one.urgency is not None and one.mine is not None:
            return f"{who} takes {one.taken}: more urgent, {urgent(one.urgency)} against {urgent(one.mine)}"
        return f"{who} takes {one.taken}, which stands before it"


def competing(decision: Decision) -> str:
    """Say which calls competed for an agent who had become free; empty when it was the call that came."""
    if not decision.rivals:
        return ""
    told = [
        f"{'this call' if call == decision.call else call} {urgent(urgency)}"
        for call, urgency in decision.rivals
    ]
    if len(told) == 1:
        return f"an agent became free and this call was the first, urgency {urgent(decision.rivals[0][1])}"
    return f"an agent became free; calls in order of rank and urgency: {', '.join(told)}"


def urgent(urgency: float) -> str:
    """Write an urgency; where priority outweighs every wait, apart from that."""
    points, seconds = divmod(urgency, STRICT_S)
    return f"{seconds:.1f} s with priority {points:.0f}" if points > 0 else f"{urgency:.1f} s"


def queued(entered: e.QueueEntered, at: float) -> str:
    """Say on what terms a call begins to wait."""
    weight = entered.ageing_s or STRICT_S
    ahead = ""
    if entered.priority and entered.ageing_s:
        ahead = f" (as if it had waited {entered.priority * weight:g} s longer)"
    elif entered.priority:
        ahead = " (before all of a lower one)"
    asks = levels(entered.needs)
    told = f"waits in queue {entered.queue}, position {entered.position}, priority {entered.priority}{ahead}"
    told += f", needs {asks}" if asks else ", anybody may take it"
    told += f", prefers {levels(entered.prefers)}" if entered.prefers else ""
    if entered.customer_class:
        told += f", class {entered.customer_class}"
    if entered.since and at - entered.since > 1.0:
        told += f", since {time_of(entered.since)}"
    return told


def terms(entered: e.QueueEntered, words: Words) -> list[str]:
    """Say what will change while a call waits."""
    notes = []
    if entered.preferred_agent:
        who = words.agent(entered.preferred_agent)
        notes.append(f"kept for {who} until {time_of(entered.preferred_until)}")
    for when, needs, prefers in entered.relax:
        wished = f", prefers {levels(prefers)}" if prefers else ""
        notes.append(f"from {time_of(when)}: needs {levels(needs) or 'nothing'}{wished}")
    notes += [f"from {time_of(when)}: goes on waiting in queue {to}" for when, to in entered.overflow]
    if entered.blocked:
        notes.append(
            f"never offered to {', '.join(map(words.agent, entered.blocked))}: kept from this caller"
        )
    if entered.max_wait is not None and entered.since:
        notes.append(f"waits until {time_of(entered.since + entered.max_wait)} at most")
    return notes


def levels(skills: Mapping[str, int]) -> str:
    """Write skills with levels: ``sales 3, gold 1``."""
    return ", ".join(f"{skill} {level}" for skill, level in sorted(skills.items()))


def time_of(at: float) -> str:
    """Write a time of day, UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def in_words(states: Iterable[Verdict]) -> str:
    """Count verdicts by kind: ``3 talking, 2 paused (lunch)``."""
    counts: dict[str, int] = {}
    for one in states:
        counts[_kind(one)] = counts.get(_kind(one), 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda item: -item[1]))


def _kind(one: Verdict) -> str:
    """Give what verdicts are grouped by."""
    match one.why:
        case Why.LACKS_SKILL:
            return "lacks " + ", ".join(f"{lack.skill} {lack.needs}" for lack in one.lacking)
        case Why.STATE:
            return state_of(one.state, one.reason)
        case Why.ONLY_ANOTHER:
            return f"waited for {one.waited_for} alone"
        case Why.LATER_RANK:
            return f"later rank ({one.rank}; rank {one.ahead} is asked first)"
        case _:
            return _KINDS[one.why]


_KINDS = {
    Why.OFFERED: "offered",
    Why.BLOCKED: "kept from this caller",
    Why.BARRED: "kept from this call for some seconds",
    Why.LACKS_PREFERRED: "lacks what is preferred",
    Why.LOWER_SCORE: "competed and came after",
    Why.NOT_ASKED: "free, but nobody was being offered calls (after a restart, or with the switch unheard)",
}


def state_of(state: str, reason: str) -> str:
    """Write a state: ``paused (lunch)``."""
    return f"{state} ({reason})" if reason and state != State.LOGGED_OUT else state


def _detail(one: Verdict, decision: Decision) -> str:
    match one.why:
        case Why.LACKS_SKILL:
            has = ", ".join(f"has {lack.has}" if lack.has else "has none" for lack in one.lacking)
            return f"{has}, enough from {time_of(one.fits_from)}" if one.fits_from else has
        case Why.STATE:
            return _doing(one)
        case Why.ONLY_ANOTHER | Why.BARRED:
            return f"until {time_of(one.until)}" if one.until else ""
        case Why.LOWER_SCORE:
            return _rated(one, decision)
        case _:
            return ""


def _doing(one: Verdict) -> str:
    told = f"since {time_of(one.since)}" if one.since else ""
    if one.call:
        told = f"{one.call} {told}".strip()
    return f"{told} until {time_of(one.until)}" if one.until and one.state == State.WRAP_UP else told


def _rated(one: Verdict, decision: Decision) -> str:
    if decision.strategy in _UNSCORED:
        return ""
    if one.score is not None:
        return f"{one.score:g}"
    if decision.strategy in {"longest_idle", "ring_all"} and one.idle_s is not None:
        return f"{one.idle_s:g}"
    last = decision.scores[-1][1] if decision.scores else None
    if last is None:
        return ""
    return f"no better than {last:g}"
