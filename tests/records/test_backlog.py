"""The backlog against a model: nothing is doubled or reordered, and only what had no place is missing."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import integers

from records.backlog import Backlog
from records.entries import Entry
from records.frames import Kind

LIMIT, PINNED = 4, 3


def entry(number: int, *, journaled: bool = True) -> Entry:
    return Entry(
        kind=Kind.EVENT,
        entry=number,
        seq=number,
        epoch=1,
        at_us=0,
        body=b"",
        site="",
        node="",
        journaled=journaled,
    )


class BacklogMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.backlog = Backlog(LIMIT, PINNED)
        self.journal: list[int] = []
        self.journal_works = True
        self.last = 0
        self.accepted: list[int] = []
        self.written: list[int] = []
        self.in_flight: list[int] = []

    @rule()
    def append(self) -> None:
        self.last += 1
        if self.journal_works:
            self.journal.append(self.last)
        if self.backlog.add(entry(self.last, journaled=self.journal_works)):
            self.accepted.append(self.last)
        else:
            assert not self.journal_works, "an entry that the journal holds is never refused"
            assert len(self.backlog.pinned()) >= PINNED

    @rule()
    def journal_fails(self) -> None:
        self.journal_works = False

    @precondition(lambda self: not self.journal_works)
    @rule()
    def journal_is_back(self) -> None:
        self.journal.extend(kept.entry for kept in self.backlog.pinned())
        self.backlog.journaled()
        self.journal_works = True

    @rule(count=integers(1, 3))
    def write(self, count: int) -> None:
        self.finish()
        hole = self.backlog.hole()
        if hole is not None:
            first, last = hole
            found = [entry(number) for number in self.journal if first <= number <= last][:count]
            missing = set(range(first, last + 1)) - set(self.accepted)
            assert self.backlog.fill(found, last) <= len(missing)
        self.in_flight = [kept.entry for kept in self.backlog.peek(count)]

    @rule()
    def finish(self) -> None:
        self.written.extend(self.in_flight)
        if self.in_flight:
            self.backlog.done(self.in_flight[-1])
        self.in_flight = []

    @invariant()
    def order_is_kept(self) -> None:
        assert self.written == self.accepted[: len(self.written)]
        assert len(self.written) + len(self.backlog) >= len(self.accepted)

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.backlog._head) <= max(LIMIT, 3) + 2 * PINNED
        assert len(self.backlog._tail) <= PINNED

    def teardown(self) -> None:
        while len(self.backlog):
            self.write(3)
            self.finish()
        assert self.written == self.accepted


TestBacklog = BacklogMachine.TestCase
TestBacklog.settings = settings(max_examples=400, stateful_step_count=40, deadline=None)
