"""An agent explained: what they were offered lately and why, what others got, and why nothing comes now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from acd.core.states import State
from acd.explain.decisions import Decision, Moment, Walk
from acd.explain.past import past, present
from acd.explain.verdicts import Verdict, Why, verdicts
from acd.explain.words import Words, competing, in_words, levels, state_of, time_of
from callflow.explaining import Report, clock, written
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from acd.core.floor import Floor
    from acd.core.model import Agent
    from acd.explain.past import Past
    from records.history import History

USUAL = timedelta(hours=1)
MOST_TOLD = 10
"""Decisions of one kind that are told, the last ones; ``--all`` tells each."""

_REMEDY = {
    State.LOGGED_OUT: "is not logged in: log in on a phone (*70, or 'ringhall agents login')",
    State.PAUSED: "is paused: calls come after ready (*72, or 'ringhall agents ready')",
    State.MISSED: "has missed a call and has not said ready since (*72, or 'ringhall agents ready')",
    State.WRAP_UP: "is still wrapping up the last call",
    State.RESERVED: "is being offered a call",
    State.RINGING: "is being rung",
}
_LOST = {
    "gone": "the switch has lost the phone: it must register again",
    "lapsed": "the phone was not seen for too long, so that the lease on the agent lapsed",
    "silent": "the phone gave no sign of life when a call was offered",
}


class Chance(msgspec.Struct, frozen=True):
    """A decision, as far as one agent is concerned."""

    decision: Decision
    verdict: Verdict
    outcome: str = ""
    """What became of the offer: connected, or as in OfferEnded; empty while it is open."""
    rang_s: float = 0.0


class AgentStory:
    """Folds the last stretch of the log with one agent in view."""

    def __init__(self, history: History, names: Mapping[str, str]) -> None:
        self._history, self._names = history, names

    def report(self, number: str, since: datetime | None, *, everyone: bool) -> Report:
        """Explain an agent, from ``since`` (or the last hour of the log) to its end."""
        words = Words(self._names, everyone=everyone)
        history = self._history
        last = next(iter(history.between(history.last, history.last)), None)
        if last is None:
            return Report(f"agent {words.agent(number)}", ["The log is empty."], {"agent": number})
        begin = history.first_from(since or last.at - USUAL)
        first = next(iter(history.between(begin, begin)), last)
        stretch = past(history, first, last.seq)
        chances = _chances(stretch, number)
        floor = stretch.floor
        if not stretch.whole:
            # of calls that have waited, unheard of, for longer than the stretch only a snapshot knows
            newest = past(history, last, last.seq)
            if newest.whole:
                Walk(newest.floor, calls=()).take(last)
                floor = newest.floor
        return _Told(number, words, chances, floor, now=present(last.at), since=first.at).report(
            stopped=isinstance(last.event, e.ControllerStopped), everyone=everyone
        )


def _chances(stretch: Past, number: str) -> list[Chance]:
    walk = Walk(stretch.floor, agents=[number])
    offers: dict[int, str] = {}
    ends: dict[str, tuple[str, float]] = {}
    for recorded in stretch.events:
        event = recorded.event
        if isinstance(event, e.OfferMade) and event.agent == number:
            offers[recorded.seq] = event.offer
        elif isinstance(event, e.OfferEnded):
            ends[event.offer] = event.outcome, event.rang_s
        elif isinstance(event, e.CallConnected):
            ends[event.offer] = "connected", 0.0
        walk.take(recorded)
    found = []
    for decision in walk.decisions:
        mine = next((one for one in decision.verdicts if one.agent == number), None)
        if mine is not None:
            outcome, rang_s = ends.get(offers.get(decision.seq, ""), ("", 0.0))
            found.append(Chance(decision, mine, outcome, rang_s))
    return found


class _Told:
    def __init__(
        self,
        number: str,
        words: Words,
        chances: list[Chance],
        floor: Floor,
        *,
        now: float,
        since: datetime,
    ) -> None:
        self._number, self._words, self._chances = number, words, chances
        self._floor, self._now, self._since = floor, now, since

    def report(self, *, stopped: bool, everyone: bool) -> Report:
        agent = self._floor.agent(self._number)
        mine, competed, rest = self._parted()
        waiting = self._waiting()
        most = len(self._chances) if everyone else MOST_TOLD
        lines = [*self._now_lines(agent, waiting, most), "", *self._offered(mine, most)]
        lines += ["", *self._missed_out(competed, most)]
        if rest:
            told = in_words(one.verdict for one in rest)
            lines += ["", f"{len(rest)} went to others while they could not be theirs: {told}."]
        if stopped:
            lines.insert(0, f"No controller runs: it stopped at {time_of(self._now)}.")
        return Report(self._title(agent), lines, self._data(agent, mine, competed, rest, waiting))

    def _parted(self) -> tuple[list[Chance], list[Chance], list[Chance]]:
        """Give offers to the agent, to others while they could have been theirs, and to others otherwise."""
        mine: list[Chance] = []
        competed: list[Chance] = []
        rest: list[Chance] = []
        for one in self._chances:
            verdict = one.verdict
            if verdict.why is Why.OFFERED:
                mine.append(one)
            elif verdict.state == State.READY and verdict.why is not Why.LACKS_SKILL:
                competed.append(one)
            else:
                rest.append(one)
        return mine, competed, rest

    def _title(self, agent: Agent) -> str:
        known = self._floor.state.profiled.get(self._number)
        skills = levels(known.skills) if known else ""
        told = f"agent {self._words.agent(self._number)}: {state_of(agent.state, agent.reason)}"
        told += f" since {time_of(agent.since)}" if agent.since else ""
        told += f" on {agent.phone}" if agent.phone else ""
        told += f", then {state_of(agent.pending, agent.pending_reason)}" if agent.pending else ""
        return f"{told}; {skills or 'no skills'}" if known else f"{told}; not in the directory"

    # ── now ──────────────────────────────────────────────────────────────────────────────────────

    def _waiting(self) -> list[tuple[str, str, Verdict]]:
        """Give (call, queue, verdict) of the calls that nobody is offered now."""
        tickets = sorted(self._floor.state.tickets.values(), key=lambda ticket: ticket.place)
        return [
            (
                ticket.call,
                ticket.queue,
                verdicts(self._floor, ticket.call, self._now, None, [self._number])[0],
            )
            for ticket in tickets
            if not ticket.offers
        ]

    def _now_lines(self, agent: Agent, waiting: list[tuple[str, str, Verdict]], most: int) -> list[str]:
        could = [one for one in waiting if one[2].why is not Why.LACKS_SKILL]
        if agent.state is not State.READY:
            return [f"Now no call comes: {self._why_not_ready(agent)}.", *self._behind(could)]
        if not waiting:
            return ["Now no call comes: they are ready, and none waits."]
        lines = [
            f"Now no call comes: they are ready, and of the {len(waiting)} that wait none may be theirs."
        ]
        for call, queue, verdict in waiting[:most]:
            ticket = self._floor.state.tickets[call]
            decision = _as_decision(ticket.queue, ticket.strategy, self._now)
            lines.append(f"  {call} of {queue}: {self._words.verdict(verdict, decision)}")
        if len(waiting) > most:
            lines.append(f"  and {len(waiting) - most} more")
        return lines

    @staticmethod
    def _behind(could: list[tuple[str, str, Verdict]]) -> list[str]:
        return [f"  {len(could)} calls wait for somebody with their skills."] if could else []

    def _why_not_ready(self, agent: Agent) -> str:
        if agent.state is State.UNREACHABLE:
            return f"they can't be reached ({agent.reason}): {_LOST.get(agent.reason, agent.reason)}"
        told = _REMEDY.get(agent.state, f"is on a call ({agent.state})")
        reason = f" ({agent.reason})" if agent.reason and agent.state is not State.LOGGED_OUT else ""
        until = f", until {time_of(agent.until)}" if agent.until else ""
        return f"the agent {told}{reason}{until}"

    # ── lately ───────────────────────────────────────────────────────────────────────────────────

    def _offered(self, mine: list[Chance], most: int) -> list[str]:
        since = f"since {time_of(self._since.timestamp())}"
        if not mine:
            return [f"Offered {since}: nothing."]
        taken = sum(one.outcome == "connected" for one in mine)
        lines = [f"Offered {since}: {len(mine)}, of which they took {taken}.{_cut(mine, most)}"]
        for one in mine[-most:]:
            decision = one.decision
            rang = f" after {one.rang_s:.1f} s of ringing" if one.rang_s else ""
            lines.append(
                f"  {clock(written(decision.at))}  {decision.call} of {decision.queue}, which had waited "
                f"{decision.wait_s:.1f} s: {self._words.won(decision)}; {one.outcome or 'still open'}{rang}"
            )
            if rivals := competing(decision).replace("this call", decision.call):
                lines.append(f"    {rivals}")
        return lines

    def _missed_out(self, competed: list[Chance], most: int) -> list[str]:
        if not competed:
            return ["Calls that others got while they were free and had the skills: none."]
        lines = [
            "Calls that others got while they were free and had the skills: "
            f"{len(competed)}.{_cut(competed, most)}"
        ]
        for one in competed[-most:]:
            decision = one.decision
            who = " and ".join(map(self._words.agent, decision.offered))
            lines.append(
                f"  {clock(written(decision.at))}  {decision.call} of {decision.queue} to {who} "
                f"({_WON.get(decision.strategy, '{}').format(_best(decision))}): "
                f"{self._words.verdict(one.verdict, decision)}"
            )
        return lines

    def _data(
        self,
        agent: Agent,
        mine: list[Chance],
        competed: list[Chance],
        rest: list[Chance],
        waiting: list[tuple[str, str, Verdict]],
    ) -> dict[str, Any]:
        return {
            "agent": self._number,
            "at": written(self._now),
            "since": written(self._since),
            "state": msgspec.to_builtins(agent),
            "waiting": [
                {"call": call, "queue": queue, "verdict": msgspec.to_builtins(verdict)}
                for call, queue, verdict in waiting
            ],
            "offered": msgspec.to_builtins(mine),
            "others": msgspec.to_builtins(competed),
            "not_theirs": msgspec.to_builtins(rest),
        }


_WON = {"round_robin": "in turn", "linear": "by number", "random": "by lot"}


def _best(decision: Decision) -> str:
    return f"{decision.scores[0][1]:g}" if decision.scores else decision.strategy


def _cut(found: list[Chance], most: int) -> str:
    return f" The last {most}:" if len(found) > most else ""


def _as_decision(queue: str, strategy: str, at: float) -> Decision:
    """Make what the words for a verdict ask for."""
    return Decision(
        seq=0, at=at, moment=Moment.NOW, call="", queue=queue, strategy=strategy, wait_s=0.0, position=0,
        priority=0, needs={},
    )  # fmt: skip
