"""One listener on one talk or call: its taps, what it is given of them, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from callflow.listening.said import confidence_of, curves_of, detail_of, number_of
from callflow.protocol.listeners import Curving, Moving
from records.events import ListeningEnded, SignalNoted
from telephony.media import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.protocol.listeners import Listener, Side, Signal
    from records.events import Event
    from telephony.media import Tap

_log = structlog.get_logger(__name__)

NOTHING = "it was given nothing to hear"
MOST_SIGNALS = 200
"""Of one listener on one talk or call; what it says beyond is not kept."""


class Heard(msgspec.Struct, frozen=True):
    """What a listener hears: a talk, or a call from its answer on."""

    call: str
    talk: str
    """The agent's leg; empty for a whole call."""
    agent: str
    since: float
    """Steady seconds of its begin: all times count from there."""
    until: float = 0.0
    """Steady seconds until which signals are given out and curves kept; 0: no end of their own."""


class Ears:
    """Gives a listener the sound of a talk or call, in samples since that began."""

    def __init__(
        self,
        name: str,
        listener: Listener,
        heard: Heard,
        record: Callable[[Event], None],
        *,
        since: float | None = None,
        keep: Callable[[dict[str, list[float]]], None] | None = None,
    ) -> None:
        """``since``: steady seconds from which on it hears anew, after a controller's death.

        ``keep``: takes its curves.
        """
        self.name = name
        self.heard = heard
        self.taps: dict[Side, Tap] = {}
        self.agent_leg = ""
        """The leg whose owner it hears, or is about to, as the agent; empty outside of talks."""
        self.closed = False
        self._listener = listener
        self._since = heard.since if since is None else since
        self._record = record
        self._keep = keep
        self._samples: dict[str, int] = {}
        """Side → samples that it was given."""
        self._lost_s: dict[str, float] = {}
        """Side → seconds that it took too late, of taps that are closed."""
        self._signals = 0
        self._failed = ""

    @property
    def failed(self) -> bool:
        """Whether it raised, or could not be given anything."""
        return bool(self._failed)

    def fail(self, why: str) -> None:
        """Give it nothing more."""
        self._failed = self._failed or why

    def drain(self) -> None:
        """Give it what has come; one that raises has failed, and nothing else happens."""
        if not self._failed:
            self._guard(self._give_all)

    def detach(self, side: Side) -> Tap | None:
        """Give it the rest of a side that is over, and give the tap back; None when there was none."""
        self.drain()
        tap = self.taps.pop(side, None)
        if tap is not None and tap.lost_s:
            self._lost_s[side] = self._lost_s.get(side, 0.0) + tap.lost_s
        return tap

    def moved(self, queue: str) -> None:
        """Tell it that the caller is in another queue, if it wants to know."""
        listener = self._listener
        if not self._failed and isinstance(listener, Moving):
            self._guard(lambda: listener.moved(queue))

    def end(self, seconds: float, early: str = "") -> None:
        """Give it the rest, and put on record what it makes of what it heard, which lasted for ``seconds``.

        It judges what it could hear alone: after a restart, the time since then.  ``early``: why it ends
        before the call does.
        """
        self.closed = True
        self.drain()
        if not self._samples:
            self.fail(NOTHING)
        result: dict[str, float] = {}
        curves: dict[str, list[float]] = {}
        if not self._failed:
            self._guard(lambda: result.update(self._result(seconds)))
        if not self._failed:
            self._guard(lambda: curves.update(self._curves()))
        if curves and self._keep is not None:
            self._keep(curves)
        lost = dict(self._lost_s)
        for side, tap in self.taps.items():
            if tap.lost_s:
                lost[side] = lost.get(side, 0.0) + tap.lost_s
        if lost:
            _log.warning("audio_lost", call=self.heard.call, listener=self.name, seconds=lost)
        self._record(
            ListeningEnded(
                call=self.heard.call,
                listener=self.name,
                talk=self.heard.talk,
                agent=self.heard.agent,
                result={} if self._failed else result,
                heard_s=self._seconds_heard(),
                lost_s={side: round(seconds, 2) for side, seconds in lost.items()},
                failed=self._failed,
                early=early,
                curves={name: len(points) for name, points in curves.items()},
                until=self.heard.until if curves else 0.0,
            )
        )

    def _give_all(self) -> None:
        for side, tap in self.taps.items():
            self._give(side, tap)

    def _give(self, side: Side, tap: Tap) -> None:
        frames = tap.take()
        if not frames:
            return
        offset = round((tap.began - self._since) * tap.rate)
        feed = self._listener.feed
        for frame in frames:
            for signal in feed(side, Frame(frame.at + offset, frame.pcm)):
                self._signals += 1
                if self._signals <= MOST_SIGNALS:
                    self._note(signal)
        self._samples[side] = self._samples.get(side, 0) + sum(len(frame.pcm) for frame in frames) // 2

    def _note(self, signal: Signal) -> None:
        self._record(
            SignalNoted(
                call=self.heard.call,
                listener=self.name,
                talk=self.heard.talk,
                signal=signal.signal,
                side=signal.side,
                at_s=round(signal.at_s + self._since - self.heard.since, 2),
                value=number_of(signal.value, f"the value of {signal.signal!r}"),
                confidence=confidence_of(signal),
                detail=detail_of(signal),
                until=self.heard.until,
            )
        )

    def _result(self, seconds: float) -> dict[str, float]:
        told = self._listener.result(max(0.0, seconds - (self._since - self.heard.since)))
        return {name: number_of(value, f"the fact {name!r}") for name, value in told.items()}

    def _curves(self) -> dict[str, list[float]]:
        return curves_of(self._listener.curves()) if isinstance(self._listener, Curving) else {}

    def _seconds_heard(self) -> dict[str, float]:
        return {side: round(samples / self._listener.rate, 2) for side, samples in self._samples.items()}

    def _guard(self, work: Callable[[], None]) -> None:
        """Have the listener do something; one that raises has failed."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a listener's mistake must not reach a call
            _log.exception("listener_failed", call=self.heard.call, listener=self.name)
            self.fail(f"{type(error).__name__}: {error}"[:200])
