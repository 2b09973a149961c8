"""The listening service with a log of its own and legs that speak when they are told to."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from callflow.listening.rule import ListenerDefinition
from callflow.listening.service import ListeningService
from callflow.live_calls import LiveCalls
from callflow.protocol import House, Located
from records import events as e
from records.log import EventLog
from telephony.media import Frame, Media, Tap, Timeline
from telephony.switch import LegGone
from tests.listening.logs import SINCE, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from callflow.protocol import About, Side, Signal
    from records.events import Event, Recorded
    from telephony.media import Rate

T = TypeVar("T")
E = TypeVar("E", bound=e.Event)


class Noting:
    """Notes what it hears of a talk."""

    sides: ClassVar[Any] = ("caller", "agent")
    rate: ClassVar[Any] = 8000
    made: ClassVar[list[Noting]] = []

    def __init__(self) -> None:
        self.heard: list[tuple[str, int, int]] = []
        """(side, at, first sample)"""
        self.made.append(self)

    @classmethod
    def create(cls) -> Noting:
        return cls()

    def feed(self, side: Side, frame: Frame) -> Iterable[Signal]:
        self.heard.append((side, frame.at, int(frame.samples[0])))
        return ()

    def result(self, seconds: float) -> Mapping[str, float]:
        return {"frames": len(self.heard), "seconds": seconds}


class WholeCall(Noting):
    """The same for a whole call, of which it wants to know."""

    hears = "call"

    def __init__(self, about: About) -> None:
        super().__init__()
        self.about = about
        self.moves: list[str] = []

    @classmethod
    def create_for(cls, about: About) -> WholeCall:
        return cls(about)

    def moved(self, queue: str) -> None:
        self.moves.append(queue)


class FakeMedia:
    """Taps that hear what :meth:`House.say` puts into them."""

    def __init__(self) -> None:
        self.taps: list[Tap] = []
        self.gone: set[str] = set()
        self.slow: asyncio.Event | None = None
        """Until it is set, nothing is opened."""

    async def tap(self, leg: str, *, rate: Rate = 8000, hold_s: float = 2.0) -> Tap:
        if self.slow is not None:
            await self.slow.wait()
        if leg in self.gone:
            raise LegGone(leg)
        tap = Tap(leg, rate, Timeline(rate), hold_s)
        self.taps.append(tap)
        return tap

    async def untap(self, tap: Tap) -> None:
        tap.end()
        self.taps.remove(tap)

    async def feed(self, leg: str, *, rate: Rate = 8000) -> Any:
        raise NotImplementedError

    @property
    def legs(self) -> list[str]:
        return sorted(tap.leg for tap in self.taps)


class Office:
    """A runtime whose log is a list; events that follow from an event are told after it, as the log does."""

    def __init__(
        self, rules: Mapping[str, Any], kinds: Mapping[str, Any], log: list[Recorded] | None = None
    ) -> None:
        self.now = SINCE if log is None else log[-1].at.timestamp()
        self.clock = SimpleNamespace(now=lambda: self.now)
        self.live = LiveCalls()
        self.media = FakeMedia()
        self.log: list[Recorded] = list(log or [])
        self.numbers: dict[str, str] = {}
        self.stored: dict[tuple[str, str], tuple[str, float]] = {}
        """(subject, name) → (value, until), as in the vault."""
        self._told: list[Recorded] = []
        self._takers: list[tuple[Callable[[Recorded], None], tuple[type[Event], ...]]] = []
        self._telling = False
        self.service = ListeningService(self)  # type: ignore[arg-type]
        self.service._kinds.update(kinds)
        self.service.configure({name: ListenerDefinition(**rule) for name, rule in rules.items()}, "v")
        for one in self.log:
            self.live.replay(one)
            self.service.replay(one)

    # ── the runtime ──────────────────────────────────────────────────────────────────────────────

    def require(self, kind: type[T]) -> T:
        found: dict[type, Any] = {LiveCalls: self.live, EventLog: self}
        return found[kind]  # type: ignore[no-any-return]

    def all_of(self, kind: type[Any]) -> list[Any]:
        found: dict[Any, Any] = {Media: self.media, House: self, Located: self}
        return [found[kind]] if kind in found else []

    def house_language(self) -> str:
        return "en"

    def house_country(self) -> str:
        return "CN"

    @property
    def vault(self) -> Any:
        return SimpleNamespace(
            get=lambda subject, _name: self.numbers.get(subject),
            store=self._store,
            fetch=lambda subject, name: self.stored.get((subject, name), ("", 0.0))[0] or None,
            expire=lambda _now: False,
        )

    def _store(self, subject: str, name: str, value: str, until: float = 0.0) -> None:
        self.stored[subject, name] = (value, until)

    def subscribe(self, taker: Callable[[Recorded], None], *kinds: type[Event]) -> None:
        self._takers.append((taker, kinds))

    def record(self, *events: Event) -> None:
        for event in events:
            [one] = recorded(event, since=self.now)
            self.log.append(one)
            self._told.append(one)
        if self._telling:
            return
        self._telling = True
        while self._told:
            one = self._told.pop(0)
            self.live.replay(one)
            for taker, kinds in self._takers:
                if isinstance(one.event, kinds):
                    taker(one)
        self._telling = False

    # ── what happens ─────────────────────────────────────────────────────────────────────────────

    async def happens(self, *events: Event, after: float = 1.0) -> None:
        self.now += after
        self.record(*events)
        for _ in range(3):
            await asyncio.sleep(0)

    def say(self, leg: str, sound: int) -> None:
        """Have a leg say 20 ms of a sound."""
        for tap in self.media.taps:
            if tap.leg == leg:
                tap._timeline.resume(self.now)
                at = tap._timeline.place(160, self.now + 0.02)
                tap.put(Frame(at, sound.to_bytes(2, "little") * 160))
        for ears in self.service._everybody():
            ears.drain()

    def all(self, kind: type[E]) -> list[E]:
        return [one.event for one in self.log if isinstance(one.event, kind)]


def arrived(call: str = "c", dialed: str = "2000") -> list[Event]:
    """A caller who hears a menu."""
    return [
        e.CallArrived(call=call, leg=f"{call}-leg", dialed=dialed, trunk="t", subject=f"{call}-person"),
        e.StepEntered(call=call, menu="main", step=0, kind="menu", version="v", line=1, file="s.yaml"),
        e.CallAnswered(call=call),
    ]


def waits(queue: str, call: str = "c") -> Event:
    return e.QueueEntered(call=call, queue=queue, priority=0, needs={}, position=1)


def talks(queue: str, agent: str = "1001", call: str = "c") -> Event:
    offer = f"{call}-{agent}"
    return e.CallConnected(offer=offer, call=call, queue=queue, agent=agent, wait_s=1.0)


def talk_ends(queue: str, agent: str = "1001", call: str = "c", by: str = "agent") -> Event:
    return e.TalkEnded(call=call, queue=queue, agent=agent, by=by, talk_s=1.0)


def ends(call: str = "c") -> Event:
    return e.CallEnded(call=call, outcome="completed", by="caller", cause="normal")
