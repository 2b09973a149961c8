"""Random days on the real floor: what is counted live, with restarts, is what the whole log gives."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from records import events as e
from records.folds.metrics.counters import SITE_ROW, SLOT_US, Counters
from records.folds.metrics.fold import MetricsFold
from records.folds.metrics.shelf import Rows
from records.folds.queue_log import QueueLogFold
from tests.acd.test_machine import Floor, calls
from tests.reporting.days import record

if TYPE_CHECKING:
    from acd.core.turn import Decision
    from records.events import Recorded


def copied(state: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(state))


def gathered(fold: MetricsFold, dropped: dict[int, Rows]) -> dict[tuple[int, str], Counters]:
    """Everything that a fold counted, whether it still has it or gave it away."""
    found: dict[tuple[int, str], Counters] = {}
    for source in (dropped, fold.shelf.slots, fold.shelf.late):
        for slot, rows in source.items():
            for name, counters in rows.items():
                found.setdefault((slot, name), Counters()).add(counters)
    return {key: row for key, row in found.items() if row != Counters()}


class Reporting(Floor):
    """The floor of the ACD's own tests, with people who arrive, answer surveys, promise and go."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: list[Recorded] = []
        self.dropped: dict[int, Rows] = {}
        self.live = self._new()
        self.lines: list[str] = []
        self.line_fold = QueueLogFold()
        self.kept_snapshot: Any = None
        self.kept_at = 0
        self.dropped_then: object = {}

    def _new(self) -> MetricsFold:
        # few are kept, so that giving away happens too
        return MetricsFold(kept=7, on_dropped=self._drop)

    def _drop(self, slot: int, rows: Rows) -> None:
        for name, counters in rows.items():
            self.dropped.setdefault(slot, {}).setdefault(name, Counters()).add(counters)

    def note(self, event: e.Event) -> None:
        recorded = record(len(self.recorded) + 1, self.now, event)
        self.recorded.append(recorded)
        self.live.apply(recorded)
        self.lines += self.line_fold.apply(recorded)

    def take(self, decision: Decision) -> None:
        for event in decision.events:
            self.note(event)
        super().take(decision)

    @rule(call=calls, dialed=st.sampled_from(["1000", "2000"]))
    def arrive(self, call: str, dialed: str) -> None:
        self.note(e.CallArrived(call=call, leg="l", dialed=dialed, trunk="t", subject="s"))

    @rule(call=calls)
    def end(self, call: str) -> None:
        self.note(e.CallEnded(call=call, outcome="completed", by="caller", cause="normal"))

    @rule(call=calls, score=st.integers(1, 5))
    def survey(self, call: str, score: int) -> None:
        self.note(e.SurveyAnswered(call=call, survey="csat", score=score))

    @rule(call=calls, queue=st.sampled_from(["sales", "support"]))
    def promise(self, call: str, queue: str) -> None:
        self.note(
            e.CallbackPromised(call=call, callback="x", queue=queue, subject="s", when="now", language="en")
        )

    @rule(call=calls, reason=st.sampled_from(["full", "empty"]))
    def refuse(self, call: str, reason: str) -> None:
        self.note(e.QueueRefused(call=call, queue="sales", reason=reason))

    @rule()
    def look(self) -> None:
        """Somebody reads the figures: time is counted up to now."""
        self.live.pass_time(round(self.now * 1e6))

    @rule()
    def take_snapshot(self) -> None:
        self.kept_snapshot = copied([self.live.snapshot(), self.line_fold.snapshot(), len(self.lines)])
        self.dropped_then = copied(self.dropped)
        self.kept_at = len(self.recorded)

    @rule()
    def kill(self) -> None:
        """The controller dies and the next one goes on from the last snapshot and the log's tail."""
        self.live, self.line_fold = self._new(), QueueLogFold()
        self.dropped = msgspec.convert(self.dropped_then, dict[int, Rows], str_keys=True)
        kept_lines = 0
        if self.kept_snapshot is not None:
            metrics, log, kept_lines = self.kept_snapshot
            self.live.restore(metrics)
            self.line_fold.restore(log)
        self.lines = self.lines[:kept_lines]
        for recorded in self.recorded[self.kept_at :]:
            self.live.apply(recorded)
            self.lines += self.line_fold.apply(recorded)

    @invariant()
    def live_equals_the_whole_log(self) -> None:
        whole = MetricsFold(kept=10**6)
        lines = QueueLogFold()
        assert self.lines == [line for recorded in self.recorded for line in lines.apply(recorded)]
        for recorded in self.recorded:
            whole.apply(recorded)
        now = round(self.now * 1e6)
        whole.pass_time(now)
        self.live.pass_time(now)
        assert gathered(self.live, self.dropped) == gathered(whole, {})
        assert copied(self.live.state) == copied(whole.state)

    @invariant()
    def what_is_offered_ends_one_way_or_waits(self) -> None:
        found = gathered(self.live, self.dropped)
        for slot, name in found:
            row = found[slot, name]
            if name.startswith("agent "):
                continue
            waiting = sum(visit.rows.get(name) == slot for visit in self.live.waiting())
            assert row.offered == row.answered + sum(row.left.values()) + waiting, name
            assert sum(row.waits.values()) == row.answered == row.offers.get("answered", 0)
            assert sum(row.abandons.values()) == row.abandoned == row.left.get("abandoned", 0)
            assert row.reached <= row.asked

    @invariant()
    def time_is_nowhere_lost_or_doubled(self) -> None:
        expected: Counter[tuple[int, str, str]] = Counter()
        since: dict[str, tuple[str, int]] = {}

        def passed(agent: str, until: int) -> None:
            state, begun = since.pop(agent)
            for slot in range(begun // SLOT_US, until // SLOT_US + 1):
                within = min(until, (slot + 1) * SLOT_US) - max(begun, slot * SLOT_US)
                expected[slot, f"agent {agent}", state] += within
                expected[slot, SITE_ROW, state] += within

        for recorded in self.recorded:
            event = recorded.event
            if isinstance(event, e.AgentStateChanged):
                at = round(recorded.at.timestamp() * 1e6)
                if event.agent in since:
                    passed(event.agent, at)
                if event.after != "logged_out":
                    since[event.agent] = (event.after, at)
        for agent in list(since):
            passed(agent, round(self.now * 1e6))
        counted: Counter[tuple[int, str, str]] = Counter()
        for (slot, name), row in gathered(self.live, self.dropped).items():
            for state, us in row.time.items():
                counted[slot, name, state.partition(" ")[0]] += us
        assert counted == expected


TestReportingMachine = Reporting.TestCase
TestReportingMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
