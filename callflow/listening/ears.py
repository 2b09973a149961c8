"""One listener on one talk: its taps, what it is given of them, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from callflow.listening.said import confidence_of, detail_of, number_of
from records.events import ListeningEnded, SignalNoted
from telephony.media import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.listening.talks import OpenTalk
    from callflow.protocol.listeners import Listener, Side, Signal
    from records.events import Event
    from telephony.media import Tap

_log = structlog.get_logger(__name__)

NOTHING = "it was given nothing to hear"
MOST_SIGNALS = 200
"""Of one listener on one talk; what it says beyond is not kept."""


class Ears:
    """Gives a listener the sound of a talk, in samples since the talk began."""

    def __init__(
        self,
        name: str,
        listener: Listener,
        talk: OpenTalk,
        record: Callable[[Event], None],
        since: float | None = None,
    ) -> None:
        """``since``: steady seconds from which on it hears the talk, if that is not its beginning."""
        self.name = name
        self.talk = talk
        self.taps: dict[Side, Tap] = {}
        self.closed = False
        self._listener = listener
        self._since = talk.since if since is None else since
        self._record = record
        self._heard: dict[str, int] = {}
        """Side → samples."""
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
        if self._failed:
            return
        try:
            for side, tap in self.taps.items():
                self._give(side, tap)
        except Exception as error:  # noqa: BLE001 - a listener's mistake must not reach a call
            _log.exception("listener_failed", call=self.talk.call, listener=self.name)
            self.fail(f"{type(error).__name__}: {error}"[:200])

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
        self._heard[side] = self._heard.get(side, 0) + sum(len(frame.pcm) for frame in frames) // 2

    def _note(self, signal: Signal) -> None:
        self._record(
            SignalNoted(
                call=self.talk.call,
                listener=self.name,
                talk=self.talk.leg,
                signal=signal.signal,
                side=signal.side,
                at_s=round(signal.at_s + self._since - self.talk.since, 2),
                value=number_of(signal.value, f"the value of {signal.signal!r}"),
                confidence=confidence_of(signal),
                detail=detail_of(signal),
            )
        )

    def end(self, seconds: float) -> None:
        """Give it the rest, and put on record what it makes of the talk, which lasted for ``seconds``.

        It judges what it could hear alone: after a restart, the time since then.
        """
        self.closed = True
        self.drain()
        if not self._heard:
            self.fail(NOTHING)
        result: dict[str, float] = {}
        if not self._failed:
            try:
                told = self._listener.result(max(0.0, seconds - (self._since - self.talk.since)))
                result = {name: number_of(value, f"the fact {name!r}") for name, value in told.items()}
            except Exception as error:  # noqa: BLE001 - likewise
                _log.exception("listener_failed", call=self.talk.call, listener=self.name)
                self.fail(f"{type(error).__name__}: {error}"[:200])
        lost: dict[str, float] = {side: round(tap.lost_s, 2) for side, tap in self.taps.items() if tap.lost_s}
        if lost:
            _log.warning("audio_lost", call=self.talk.call, listener=self.name, seconds=lost)
        self._record(
            ListeningEnded(
                call=self.talk.call,
                listener=self.name,
                talk=self.talk.leg,
                agent=self.talk.agent,
                result=result,
                heard_s={
                    side: round(samples / self._listener.rate, 2) for side, samples in self._heard.items()
                },
                lost_s=lost,
                failed=self._failed,
            )
        )
