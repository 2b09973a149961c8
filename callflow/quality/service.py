"""The service ``quality``: a fact for each leg that ends, and the figures of each queue for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from callflow.ids import owner_of
from callflow.live_calls import LiveCalls
from callflow.quality.emodel import BAD, mos
from records import events as e
from telephony.quality import QualitySource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric as Family

    from callflow.protocol import Runtime
    from records.events import Recorded
    from telephony.quality import LegHeard

LEAST_PACKETS = 50
"""A second of sound: of less no quality is told."""
_CALLS_KEPT = 1000
_KINDS = (e.CallArrived, e.CallPlaced, e.CallConnected, e.LegQuality)


class Place(msgspec.Struct):
    """What must be known of a call when one of its legs ends."""

    leg: str = ""
    """The caller's."""
    queue: str = ""
    agents: dict[str, str] = {}
    """Leg → agent."""
    rated: bool = False
    bad: bool = False


class QueueSums(msgspec.Struct):
    """A queue's figures since the log began."""

    legs: int = 0
    mos: float = 0.0
    """Sum over the legs, of each the worse direction."""
    calls: int = 0
    bad_calls: int = 0
    """Calls with a leg of a MOS below 3.6."""


class State(msgspec.Struct):
    """The fold's state."""

    calls: dict[str, Place] = {}
    """The last calls, the oldest first: legs report shortly after their call's end, too."""
    queues: dict[str, QueueSums] = {}


class QualityService:
    """Turns what the switch tells into facts, and sums them up."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._state = State()
        self._legs: dict[str, str] = {}
        """A caller's leg → call."""
        self._collector = QualityCollector(self)

    @classmethod
    def create(cls, runtime: Runtime) -> QualityService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Listen."""
        self._legs = {place.leg: call for call, place in self._state.calls.items()}
        self._runtime.subscribe(self._hear, *_KINDS)
        for source in self._runtime.all_of(QualitySource):
            source.on_leg_heard(self._take)
        REGISTRY.register(self._collector)

    async def stop(self) -> None:
        """Be read no more."""
        REGISTRY.unregister(self._collector)

    def queues(self) -> dict[str, QueueSums]:
        """Give the figures of each queue."""
        return self._state.queues

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._state = msgspec.convert(state, State)

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        match event:
            case e.CallArrived() | e.CallPlaced():
                self._state.calls[event.call] = Place(leg=event.leg)
            case e.CallConnected():
                place = self._state.calls.setdefault(e.call_of(event.call), Place())
                if not e.is_part(event.call):
                    place.queue = event.queue
                place.agents[event.offer] = event.agent
            case e.LegQuality():
                self._sum(event)
            case _:
                pass

    def _hear(self, recorded: Recorded) -> None:
        self.replay(recorded)
        event = recorded.event
        if isinstance(event, e.CallArrived | e.CallPlaced):
            self._legs[event.leg] = event.call
            self._forget()

    def _forget(self) -> None:
        """Let go of old calls, but of none that is on."""
        live = self._runtime.require(LiveCalls)
        while len(self._state.calls) > max(_CALLS_KEPT, 2 * len(live)):
            call = next(iter(self._state.calls))
            place = self._state.calls.pop(call)
            if live.get(call) is not None:
                self._state.calls[call] = place
            else:
                self._legs.pop(place.leg, None)

    def _sum(self, event: e.LegQuality) -> None:
        score = event.mos
        if not event.queue or score is None:
            return
        sums = self._state.queues.setdefault(event.queue, QueueSums())
        place = self._state.calls.setdefault(event.call, Place())
        sums.legs += 1
        sums.mos += score
        sums.calls += not place.rated
        sums.bad_calls += score < BAD and not place.bad
        place.rated, place.bad = True, place.bad or score < BAD

    # ── what the switch tells ────────────────────────────────────────────────────────────────────

    def _take(self, heard: LegHeard) -> None:
        call = self._legs.get(heard.leg) or owner_of(heard.leg)
        if not call or (heard.to_us.packets < LEAST_PACKETS and heard.sent < LEAST_PACKETS):
            return
        self._runtime.record(fact(call, heard, self._state.calls.get(call) or Place()))


def fact(call: str, heard: LegHeard, place: Place) -> e.LegQuality:
    """Make the fact of a leg."""
    to_us, from_us, rtt = heard.to_us, heard.from_us, heard.rtt_s
    agent = place.agents.get(heard.leg, "")
    side = "caller" if heard.leg == place.leg else "agent" if agent else "other"
    enough = to_us.packets + to_us.lost >= LEAST_PACKETS
    return e.LegQuality(
        call=call,
        leg=heard.leg,
        side=side,
        queue=place.queue,
        agent=agent,
        in_packets=to_us.packets,
        in_lost=round(to_us.loss, 5),
        in_jitter_ms=round(to_us.jitter_s * 1000, 2),
        in_mos=mos(to_us.loss, to_us.jitter_s, rtt) if enough else None,
        out_packets=heard.sent,
        out_lost=0.0 if from_us is None else round(from_us.loss, 5),
        out_jitter_ms=0.0 if from_us is None else round(from_us.jitter_s * 1000, 2),
        out_mos=None if from_us is None else mos(from_us.loss, from_us.jitter_s, rtt),
        rtt_ms=None if rtt is None else round(rtt * 1000, 2),
    )


class QualityCollector(Collector):
    """The figures as Prometheus reads them: sums, so that a mean of any time can be had."""

    def __init__(self, service: QualityService) -> None:
        self._service = service

    def describe(self) -> list[Family]:
        """Say nothing before there is something to be read."""
        return []

    def collect(self) -> Iterator[Family]:
        """Give every family."""
        queues = sorted(self._service.queues().items())
        told: dict[str, tuple[str, Callable[[QueueSums], float]]] = {
            "mos_sum": ("Estimated MOS of all legs, added up.", lambda sums: sums.mos),
            "mos_legs": ("Legs with an estimated MOS.", lambda sums: sums.legs),
            "rated_calls": ("Calls with an estimated MOS.", lambda sums: sums.calls),
            "bad_calls": (f"Calls with a leg of a MOS below {BAD}.", lambda sums: sums.bad_calls),
        }
        for name, (text, of) in told.items():
            family = CounterMetricFamily(f"ringhall_queue_{name}", text, labels=["queue"])
            for queue, sums in queues:
                family.add_metric([queue], float(of(sums)))
            yield family
