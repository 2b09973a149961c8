"""Recorded events for tests of the reports, and a simulated day on the real core."""

from __future__ import annotations

import heapq
import itertools
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.errors import AcdError
from acd.core.model import AgentProfile, QueueSpec
from acd.core.states import State
from records import events as e
from records.events import Recorded

if TYPE_CHECKING:
    from acd.core.turn import Decision
    from records.events import AnyEvent

QUEUES = (
    QueueSpec(name="cards", needs={"cards": 2}, max_wait_s=120.0, ring_s=15.0, wrap_up_s=20.0),
    QueueSpec(name="loans", needs={"loans": 1}, ring_s=12.0, wrap_up_s=0.0),
    QueueSpec(name="any", priority=1),
)
NUMBERS = {"cards": "1000", "loans": "+4930555", "any": "1000"}


def record(seq: int, at_s: float, event: e.Event) -> Recorded:
    at = datetime.fromtimestamp(round(at_s * 1e6) / 1e6, UTC)
    kind = cast("AnyEvent", event)
    return Recorded(site="s", node="n", stream="main", seq=seq, epoch=1, at=at, event=kind)


class Day:
    """A contact centre from ``start`` (Unix seconds) on: people behave at random, the core decides."""

    def __init__(self, seed: int, start: float, *, agents: int = 12, zone: str = "Asia/Shanghai") -> None:
        self.now = start
        self.random = random.Random(seed)
        self.log: list[Recorded] = []
        self.acd = Acd()
        self._calls = itertools.count(1)
        self._order = itertools.count()
        self._plan: list[tuple[float, int, i.Input | e.Event]] = []
        skills = ({"cards": 3}, {"loans": 2}, {"cards": 2, "loans": 1})
        self._profiles = [AgentProfile(f"{1001 + n}", skills=skills[n % 3]) for n in range(agents)]
        self.acd.configure_queues(QUEUES)
        self.note(e.ControllerStarted(version="1", live_calls=0))
        self.note(e.SiteLoaded(version="v1", files=[], time_zone=zone))
        self._take(self.acd.configure_agents(self._profiles, self.now))
        self._take(self.acd.resume(self.now, {}))
        for number, profile in enumerate(self._profiles):
            self.plan(number * 40.0, i.PhoneSeen(f"p{number}"))
            self.plan(number * 40.0 + 1, i.LogIn(profile.number, f"p{number}"))
            self.plan(number * 40.0 + 5, i.Ready(profile.number))

    def note(self, event: e.Event) -> None:
        self.log.append(record(len(self.log) + 1, self.now, event))

    def plan(self, in_s: float, what: i.Input | e.Event) -> None:
        heapq.heappush(self._plan, (self.now + in_s, next(self._order), what))

    def run(self, seconds: float, calls_per_hour: float) -> list[Recorded]:
        end = self.now + seconds
        next_call = self.now + 30
        next_whim = self.now + 60
        while True:
            due = self.acd.next_deadline()
            planned = self._plan[0][0] if self._plan else end
            at = min(next_call, next_whim, planned, end if due is None else max(due, self.now))
            if at >= end:
                break
            self.now = max(self.now, at)
            if self._plan and planned <= self.now:
                self._do(heapq.heappop(self._plan)[2])
            elif due is not None and due <= self.now:
                self._do(i.Tick())
            elif next_call <= self.now:
                next_call = self.now + self.random.expovariate(calls_per_hour / 3600)
                self._call()
            else:
                next_whim = self.now + self.random.expovariate(1 / 45)
                self._whim()
        self.now = end
        return self.log

    def _call(self) -> None:
        queue, call = self.random.choice(QUEUES).name, f"call{next(self._calls)}"
        self.note(
            e.CallArrived(call=call, leg=f"l{call}", dialed=NUMBERS[queue], trunk="t", subject=f"s{call}")
        )
        if self.random.random() < 0.02:
            self.note(e.QueueRefused(call=call, queue=queue, reason=self.random.choice(["full", "empty"])))
            self.note(e.CallEnded(call=call, outcome="full", by="system", cause="normal"))
            return
        self._do(i.Enqueue(call, queue))
        self.plan(self.random.expovariate(1 / 70), i.CallGone(call))

    def _whim(self) -> None:
        profile, draw = self.random.choice(self._profiles), self.random.random()
        agent, phone = profile.number, f"p{profile.number}"
        state = self.acd.agent(agent).state
        if draw < 0.15:
            self._do(i.Pause(agent, self.random.choice(["lunch", "break", ""])))
        elif draw < 0.2:
            self._do(i.PhoneGone(self.acd.agent(agent).phone or phone))
            self.plan(90.0, i.PhoneSeen(self.acd.agent(agent).phone or phone))
        elif draw < 0.23 and state is not State.LOGGED_OUT:
            self._do(i.LogOut(agent))
            self.plan(300.0, i.LogIn(agent, phone))
        else:
            self._do(i.Ready(agent))
        for name in list(self.acd.floor.on_phone):
            self._do(i.PhoneSeen(name))

    def _do(self, what: i.Input | e.Event) -> None:
        if isinstance(what, e.Event):
            self.note(what)
            return
        try:
            self._take(self.acd.handle(what, self.now))
        except AcdError:
            return

    def _take(self, decision: Decision) -> None:
        for event in decision.events:
            self.note(event)
            self._react(event)

    def _react(self, event: e.Event) -> None:
        draw = self.random.random()
        match event:
            case e.OfferMade(offer=offer):
                if draw < 0.9:
                    self.plan(self.random.uniform(0.2, 1.0), i.OfferProgress(offer))
                if draw < 0.75:
                    self.plan(self.random.uniform(1.5, 14.0), i.OfferAnswered(offer))
                elif draw < 0.8:
                    self.plan(3.0, i.OfferFailed(offer, self.random.choice(["rejected", "busy", "failure"])))
            case e.OfferAnswered(offer=offer):
                done = i.OfferConnected(offer) if draw < 0.97 else i.ConnectFailed(offer)
                self.plan(0.05, done)
            case e.CallConnected(call=call):
                by = self.random.choice(["caller", "agent", "agent", "system"])
                self.plan(self.random.expovariate(1 / 110), i.TalkOver(call, by))
            case e.TalkEnded(call=call):
                if draw < 0.3:
                    self.note(e.SurveyAnswered(call=call, survey="csat", score=self.random.randint(1, 5)))
                self.note(e.CallEnded(call=call, outcome="completed", by="caller", cause="normal"))
            case e.QueueLeft(call=call):
                self.note(e.CallEnded(call=call, outcome="abandoned", by="caller", cause="normal"))
            case _:
                pass
