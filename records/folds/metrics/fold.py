"""The fold: events in, rows of :class:`Counters` out, each in the quarter hour to which it belongs.

What happens to a call counts in the quarter hour in which it entered the queue, however long it waits and
talks: so offered calls are answered, abandoned or gone otherwise in the row in which they were offered.  An
agent's time counts in the quarter hours in which it passes, split exactly at their borders, but not from an
orderly stop of the controller to the next start.  O(1) an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e
from records.folds.metrics.counters import (
    AGENT,
    ANSWERED,
    NUMBER,
    PAUSED,
    QUEUE,
    SITE_ROW,
    SKILL,
    SLOT_US,
    begun_seconds,
    bump,
    microseconds,
    row_name,
    whole,
)
from records.folds.metrics.shelf import KEPT_SLOTS, Shelf
from records.folds.metrics.states import AgentState, CallState, Contact, FoldState, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from records.events import Recorded
    from records.folds.metrics.shelf import Rows


class MetricsFold:
    """Applies events; keeps rows of the last quarter hours, gives older ones away."""

    def __init__(
        self,
        *,
        kept: int = KEPT_SLOTS,
        on_cold: Callable[[int, Rows], None] | None = None,
        on_dropped: Callable[[int, Rows], None] | None = None,
    ) -> None:
        """See :class:`Shelf`."""
        self.state = FoldState()
        self.shelf = Shelf(kept, on_cold, on_dropped)
        self._row, self._rows = self.shelf.row, self.shelf.rows
        self._folds: dict[type[e.Event], Callable[[Any, int], None]] = {
            e.CallArrived: self._call_arrived,
            e.CallPlaced: self._call_placed,
            e.CallEnded: self._call_ended,
            e.QueueEntered: self._queue_entered,
            e.QueueRefused: self._queue_refused,
            e.QueueLeft: self._queue_left,
            e.OfferEnded: self._offer_ended,
            e.CallConnected: self._call_connected,
            e.TalkEnded: self._talk_ended,
            e.CallTransferred: self._call_transferred,
            e.AgentDialed: self._agent_dialed,
            e.AgentReached: self._agent_reached,
            e.CallbackPromised: self._callback_promised,
            e.SurveyAnswered: self._survey_answered,
            e.AgentStateChanged: self._agent_state_changed,
            e.ControllerStarted: self._controller_started,
            e.ControllerStopped: self._controller_stopped,
            e.SiteLoaded: self._site_loaded,
        }

    def apply(self, recorded: Recorded) -> None:
        """Take one event, in order."""
        event = recorded.event
        fold = self._folds.get(type(event))
        if fold is not None and not e.of_part(event):  # consultations are no callers
            at = microseconds(recorded.at)
            self._reach(at // SLOT_US)
            fold(event, at)

    def pass_time(self, now_us: int) -> None:
        """Count the agents' time up to now; to be called before the rows are looked at."""
        self._reach(now_us // SLOT_US)
        for number, agent in self.state.agents.items():
            self._count_time(number, agent, now_us)

    def waiting(self) -> Iterator[Visit]:
        """Give the stays of calls that wait now."""
        return (call.waiting for call in self.state.calls.values() if call.waiting is not None)

    def open_before(self, slot: int) -> bool:
        """Tell whether anything is still to come that counts in a quarter hour before ``slot``."""
        visits = (
            visit for call in self.state.calls.values() for visit in (call.waiting, call.moving) if visit
        )
        return any(min(visit.rows.values()) < slot for visit in visits) or any(
            min(contact.rows.values()) < slot for contact in self.state.contacts.values()
        )

    # ── snapshots ────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as data for msgspec's JSON."""
        state = msgspec.to_builtins(self.state)
        state |= {"newest": self.shelf.newest, "cold": self.shelf.cold}
        return {"state": state, **self.shelf.snapshot()}

    def restore(self, state: Any) -> None:
        """Take a snapshot's state."""
        self.state = msgspec.convert(state["state"], FoldState)
        reached = state["state"]
        self.shelf.restore(state, newest=reached.get("newest", 0), cold=reached.get("cold", 0))

    def _reach(self, slot: int) -> None:
        oldest = self.shelf.reach(slot)
        for name in [name for name, call in self.state.calls.items() if call.ended and call.slot < oldest]:
            del self.state.calls[name]

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    def _call(self, name: str, at: int) -> CallState:
        call = self.state.calls.get(name)
        if call is None:
            call = self.state.calls[name] = CallState(slot=at // SLOT_US)
        return call

    def _call_arrived(self, event: e.CallArrived, at: int) -> None:
        self._call(event.call, at).number = event.dialed

    def _call_placed(self, event: e.CallPlaced, at: int) -> None:
        self._call(event.call, at).placed = True

    def _call_ended(self, event: e.CallEnded, at: int) -> None:  # noqa: ARG002 - folds are alike
        call = self.state.calls.get(event.call)
        if call is None:
            return
        call.ended = True
        if call.moving is not None:
            self._leave(call, call.moving, "abandoned", 0)
            call.moving = None
        if call.waiting is None:
            del self.state.calls[event.call]

    def _asks(self, call: CallState, row: str, slot: int) -> None:
        if row not in call.asked:
            call.asked[row] = slot
            self._row(slot, row).asked += 1

    def _queue_entered(self, event: e.QueueEntered, at: int) -> None:
        if event.direct:
            return  # handed to one agent: the queue has nothing to do with it
        call, slot = self._call(event.call, at), at // SLOT_US
        from_other, call.moving = call.moving, None
        rows: dict[str, int] = {}
        for row in self._names(call, event.queue, event.needs):
            if from_other is not None and row in from_other.rows:
                rows[row] = from_other.rows.pop(row)  # moved within what this row counts
                continue
            rows[row] = slot
            if call.placed:
                continue
            counters = self._row(slot, row)
            counters.offered += 1
            if from_other is not None:
                counters.overflowed_in += 1
            self._asks(call, row, slot)
        if from_other is not None:
            for counters in self._rows(from_other.rows):
                bump(counters.left, "overflow")
        call.waiting = Visit(queue=event.queue, rows=rows)

    @staticmethod
    def _names(call: CallState, queue: str, needs: Mapping[str, int]) -> list[str]:
        names = [SITE_ROW, row_name(QUEUE, queue)]
        if call.number:
            names.append(row_name(NUMBER, call.number))
        return names + [row_name(SKILL, skill) for skill in needs]

    def _queue_refused(self, event: e.QueueRefused, at: int) -> None:
        call, slot = self._call(event.call, at), at // SLOT_US
        if call.waiting is not None:
            return  # it would only have overflowed there, and waits on
        for row in self._names(call, event.queue, {}):
            bump(self._row(slot, row).refused, event.reason)
            self._asks(call, row, slot)

    def _queue_left(self, event: e.QueueLeft, at: int) -> None:  # noqa: ARG002
        call = self.state.calls.get(event.call)
        if call is None or call.waiting is None:
            return
        visit, call.waiting = call.waiting, None
        if event.reason == "overflow" and not call.ended:
            call.moving = visit
            return
        self._leave(call, visit, event.reason, whole(event.wait_s))
        if call.ended:
            del self.state.calls[event.call]

    def _leave(self, call: CallState, visit: Visit, reason: str, wait_us: int) -> None:
        if reason == "abandoned" and visit.promised:
            reason = "callback"
        call.last = visit
        for counters in () if call.placed else self._rows(visit.rows):
            bump(counters.left, reason)
            counters.longest_us = max(counters.longest_us, wait_us)
            if reason == "abandoned":
                counters.abandoned += 1
                seconds = begun_seconds(wait_us)
                counters.abandons[seconds] = counters.abandons.get(seconds, 0) + 1

    def _offer_ended(self, event: e.OfferEnded, at: int) -> None:  # noqa: ARG002
        call = self.state.calls.get(event.call)
        visit = (call.waiting or call.moving or call.last) if call is not None else None
        if visit is None:
            return
        for counters in self._rows(visit.rows):
            bump(counters.offers, event.outcome)
        agent = row_name(AGENT, event.agent)
        if agent not in visit.rows:
            bump(self._row(visit.slot, agent).offers, event.outcome)

    def _call_connected(self, event: e.CallConnected, at: int) -> None:  # noqa: ARG002
        call = self.state.calls.get(event.call)
        visit = call.waiting if call is not None else None
        self._contact_over(event.agent)
        if call is not None and visit is None and event.direct:
            self._contact(call, event.call, event.agent)
        if call is None or visit is None:
            return
        call.waiting, call.last = None, visit
        wait_us = whole(event.wait_s)
        seconds = begun_seconds(wait_us)
        visit.rows[row_name(AGENT, event.agent)] = visit.slot
        for name, slot in visit.rows.items():
            counters = self._row(slot, name)
            bump(counters.offers, ANSWERED)
            if call.placed:
                counters.called_back += 1
                continue
            counters.answered += 1
            counters.wait_us += wait_us
            counters.longest_us = max(counters.longest_us, wait_us)
            counters.waits[seconds] = counters.waits.get(seconds, 0) + 1
            asked = call.asked.get(name)
            if asked is not None and name not in call.reached:
                call.reached.append(name)
                self._row(asked, name).reached += 1
        self.state.contacts[event.agent] = Contact(call=event.call, rows=dict(visit.rows))
        if call.ended:
            del self.state.calls[event.call]

    def _contact(self, call: CallState, name: str, agent: str) -> None:
        """Begin the work of an agent to whom a call was handed: it counts where the call counted last."""
        if call.last is None:
            return
        rows = {row: slot for row, slot in call.last.rows.items() if not row.startswith(f"{AGENT} ")}
        rows[row_name(AGENT, agent)] = call.last.slot
        self.state.contacts[agent] = Contact(call=name, rows=rows)

    def _call_transferred(self, event: e.CallTransferred, at: int) -> None:  # noqa: ARG002
        call, contact = self.state.calls.get(event.call), self.state.contacts.get(event.agent)
        if contact is not None and contact.call == event.call:
            for counters in self._rows(contact.rows):
                counters.transfers += 1
        if call is not None and event.kind != "blind" and event.to_kind == AGENT:
            self._contact(call, event.call, event.to)

    def _agent_dialed(self, event: e.AgentDialed, at: int) -> None:
        if event.colleague:
            return
        call, slot = self._call(event.call, at), at // SLOT_US
        queue, agent = row_name(QUEUE, event.queue), row_name(AGENT, event.agent)
        rows = [SITE_ROW, *([queue] if event.queue else []), *([agent] if event.agent else [])]
        call.dialed = dict.fromkeys(rows, slot)
        for counters in self._rows(call.dialed):
            counters.dialed += 1

    def _agent_reached(self, event: e.AgentReached, at: int) -> None:  # noqa: ARG002
        self._contact_over(event.agent)
        call = self.state.calls.get(event.call)
        for counters in self._rows(call.dialed) if call is not None else ():
            counters.dialed_reached += 1

    def _talk_ended(self, event: e.TalkEnded, at: int) -> None:  # noqa: ARG002
        call = self.state.calls.get(event.call)
        for counters in self._rows(call.dialed) if call is not None and call.waiting is None else ():
            counters.dialed_talk_us += whole(event.talk_s)
        contact = self.state.contacts.get(event.agent)
        if contact is not None and contact.call == event.call:
            contact.talk_us = whole(event.talk_s)

    def _contact_over(self, agent: str) -> None:
        """Count a contact, now that the agent has turned to something else."""
        contact = self.state.contacts.pop(agent, None)
        if contact is None or contact.talk_us < 0:
            return
        hold_us = min(contact.hold_us, contact.talk_us)
        for counters in self._rows(contact.rows):
            counters.handled += 1
            counters.talk_us += contact.talk_us - hold_us
            counters.hold_us += hold_us
            counters.wrap_up_us += contact.wrap_up_us

    def _callback_promised(self, event: e.CallbackPromised, at: int) -> None:
        call, slot = self._call(event.call, at), at // SLOT_US
        if call.waiting is not None:
            call.waiting.promised = True
        visit = call.waiting or call.last
        rows = dict.fromkeys(self._names(call, event.queue, {}), slot)
        if visit is not None and visit.queue == event.queue:
            rows = visit.rows
        for counters in self._rows(rows):
            counters.callbacks += 1

    def _survey_answered(self, event: e.SurveyAnswered, at: int) -> None:
        call = self._call(event.call, at)
        rows = dict.fromkeys(self._names(call, "", {}), at // SLOT_US)
        rows.pop(row_name(QUEUE, ""))
        if call.last is not None:
            rows = call.last.rows
        for counters in self._rows(rows):
            bump(counters.surveys, f"{event.survey} {event.score}")

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def _agent_state_changed(self, event: e.AgentStateChanged, at: int) -> None:
        agent = self.state.agents.get(event.agent)
        if agent is not None:
            self._count_time(event.agent, agent, at)
        if event.after == "logged_out":
            self.state.agents.pop(event.agent, None)
        else:
            name = PAUSED + event.reason if event.after == "paused" else event.after
            since = at if agent is None else max(at, agent.since_us)
            self.state.agents[event.agent] = AgentState(state=name, since_us=since)
        contact = self.state.contacts.get(event.agent)
        if contact is not None and contact.talk_us >= 0 and event.after != "wrap_up":
            self._contact_over(event.agent)

    def _count_time(self, number: str, agent: AgentState, until_us: int) -> None:
        start = agent.since_us
        if until_us <= start or self.state.stopped:
            return
        agent.since_us = until_us
        contact = self.state.contacts.get(number)
        if contact is not None:
            if agent.state == "wrap_up":
                contact.wrap_up_us += until_us - start
            elif agent.state == "hold":
                contact.hold_us += until_us - start
        name = row_name(AGENT, number)
        while start < until_us:
            slot = start // SLOT_US
            end = min(until_us, (slot + 1) * SLOT_US)
            bump(self._row(slot, name).time, agent.state, end - start)
            bump(self._row(slot, SITE_ROW).time, agent.state, end - start)
            start = end

    # ── the system ─────────────────────────────────────────────────────────────────────────────────

    def _controller_stopped(self, event: e.ControllerStopped, at: int) -> None:  # noqa: ARG002
        for number, agent in self.state.agents.items():
            self._count_time(number, agent, at)
        self.state.stopped = True

    def _controller_started(self, event: e.ControllerStarted, at: int) -> None:  # noqa: ARG002
        if self.state.stopped:
            self.state.stopped = False
            for agent in self.state.agents.values():
                agent.since_us = max(agent.since_us, at)

    def _site_loaded(self, event: e.SiteLoaded, at: int) -> None:  # noqa: ARG002
        self.state.zone = event.time_zone or self.state.zone
