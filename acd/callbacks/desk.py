"""Which promise is kept when: a pure core over the open promises, the queues' terms and a look at each queue.

A promise that is due stands in its queue: its place is held, counted by everybody behind it.  It is begun
shortly before its turn, under two limits which make sure that callbacks can't starve callers on the line.
While callers wait in a queue,

- between two callbacks begun at least ``live_between`` callers of that queue get an agent;
- no callback is begun when ``share`` percent of the agents at work, and at least one, have callbacks already.

So a caller with *n* callers before them is passed by at most ``1 + n / live_between`` callbacks, however many
are open.  Without agents at work, and outside the opening hours, nothing is begun at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.callbacks.terms import Look, Terms
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from acd.callbacks.cases import Case, Cases

    OpensAt = Callable[[str, float], float | None]
    """(opening hours, steady seconds) → when they open next; that time itself while open, None if never."""

NO_TERMS = Terms(trunk="")
"""For calls of a queue that has left the site meanwhile."""
CUSTOMERS = frozenset({"no_answer", "busy", "rejected", "unconfirmed", "abandoned"})
"""Outcomes that are the customer's: the next try takes its place anew, or it would jump ahead for hours."""
FINAL = {"completed": "done", "declined": "declined", "not_allowed": "not_allowed"}
"""Outcome of a call → how it settles the promise."""


class Hold(msgspec.Struct, frozen=True):
    """The promise stands in its queue from now on."""

    callback: str
    queue: str
    since: float
    priority: int | None
    customer_class: str


class LetGo(msgspec.Struct, frozen=True):
    """A place is to be held no longer."""

    callback: str


class Begin(msgspec.Struct, frozen=True):
    """A call is to be placed that keeps the promise."""

    callback: str


class Recall(msgspec.Struct, frozen=True):
    """A call in which nobody was dialed yet is to be ended: it is not the time to call any more."""

    call: str


Action = Hold | LetGo | Begin | Recall | e.CallbackTried | e.CallbackSettled


def decide(
    cases: Cases, terms: Mapping[str, Terms], looks: Mapping[str, Look], opens_at: OpensAt, now: float
) -> list[Action]:
    """Give what is to be done; ask again when it was done, until there is nothing.

    ``terms`` and ``looks`` are by queue; a queue without terms calls nobody back.  No more than one
    :class:`Begin` comes at a time, and nothing else with it: each changes what the next one finds.
    """
    actions: list[Action] = [
        concluded(case, terms.get(case.queue, NO_TERMS), now) for case in cases if case.over
    ]
    actions += _nobodys(cases, terms, looks)
    first: Case | None = None
    for case in cases:
        if case.queue not in terms:
            continue
        look = looks.get(case.queue, Look())
        due = due_at(case, terms[case.queue], opens_at, now)
        if case.at:
            if (due is None or due > now) and not case.dialed and case.at in look.waiting:
                actions.append(Recall(case.at))
        elif due is None or due > now:
            if case.callback in look.held:
                actions.append(LetGo(case.callback))
        elif look.held.get(case.callback) != case.since:
            actions.append(Hold(case.callback, case.queue, case.since, case.priority, case.customer_class))
        elif (first is None or _turn(case) < _turn(first)) and may_begin(
            case, cases, terms[case.queue], look
        ):
            first = case
    return actions or ([Begin(first.callback)] if first is not None else [])


def _nobodys(cases: Cases, terms: Mapping[str, Terms], looks: Mapping[str, Look]) -> Iterable[Action]:
    """Give back the places of promises that are settled, or that nobody keeps any more."""
    for queue, look in looks.items():
        for callback in look.held:
            case = cases.get(callback)
            if case is None or case.queue != queue or queue not in terms:
                yield LetGo(callback)


def _turn(case: Case) -> tuple[bool, int, float, str]:
    return (not case.hurried, -(case.priority or 0), case.since, case.callback)


def due_at(case: Case, terms: Terms, opens_at: OpensAt, now: float) -> float | None:
    """Give when a promise may be kept at the earliest (steady seconds); None when nobody knows."""
    due = max(now, case.next_at)
    for hours in {case.hours, terms.hours} - {""}:
        opens = opens_at(hours, due)
        if opens is None:
            return None
        due = max(due, opens)
    return due


def may_begin(case: Case, cases: Cases, terms: Terms, look: Look) -> bool:
    """Tell whether a promise that stands in its queue is to be kept now."""
    others = cases.in_progress(case.queue)
    if look.working == 0 or len(others) >= terms.most_at_once:
        return False
    if case.hurried:
        return True
    if look.live and len(others) >= max(1, look.working * terms.share // 100):
        return False
    served = cases.state.live_served.get(case.queue, terms.live_between)
    if look.live and served < terms.live_between:
        return False
    # callbacks that were begun and are not in the queue yet will be served before this one
    coming = sum(1 for other in others if other.at not in look.waiting and other.at not in look.talking)
    ahead = look.ahead.get(case.callback, 0) + coming
    soon = look.working / cases.handle_s(case.queue) * terms.ahead_s
    return ahead == 0 or ahead + 1 <= look.ready + soon


def concluded(case: Case, terms: Terms, now: float) -> e.CallbackTried | e.CallbackSettled:
    """Tell what follows from a call that is over: the promise is settled, or tried again later."""
    settled = FINAL.get(case.over) or ("given_up" if case.dialed and case.tries >= terms.tries else "")
    if settled:
        return e.CallbackSettled(callback=case.callback, outcome=settled, call=case.at)
    return e.CallbackTried(
        callback=case.callback,
        call=case.at,
        outcome=case.over,
        tries=case.tries,
        next_at=now + terms.retry_after_s,
        since=now if case.over in CUSTOMERS else case.since,
    )


def next_deadline(
    cases: Iterable[Case], terms: Mapping[str, Terms], opens_at: OpensAt, now: float
) -> float | None:
    """Tell when to decide again at the latest (steady seconds), whatever happens until then."""
    due = [
        at
        for case in cases
        if not case.at
        and case.queue in terms
        and (at := due_at(case, terms[case.queue], opens_at, now)) is not None
        and at > now
    ]
    return min(due, default=None)
