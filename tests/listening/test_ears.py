"""What a listener is given, and what happens when it is no good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callflow.listening.ears import MOST_SIGNALS, NOTHING, Ears, Heard
from records.events import ListeningEnded, SignalNoted
from speech.voice_activity import Noticed
from telephony.media import Frame, Tap, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callflow.protocol import Listener, Side, Signal

SINCE = 1000.0


class Plain:
    """Notes what it hears; raises when it is told to."""

    sides: ClassVar[Any] = ("caller", "agent")
    rate: ClassVar[Any] = 8000

    def __init__(self, *, raises_at: int | None = None) -> None:
        self.heard: list[tuple[str, int]] = []
        self._raises_at = raises_at

    @classmethod
    def create(cls) -> Listener:
        return cls()

    def feed(self, side: Side, frame: Frame) -> Iterable[Signal]:
        if len(self.heard) == self._raises_at:
            raise ValueError("too loud")
        self.heard.append((side, frame.at))
        return (Noticed("frame", side, frame.at / 8000, 1.0),)

    def result(self, seconds: float) -> Mapping[str, float]:
        return {"frames": len(self.heard), "seconds": seconds}


def make(listener: Plain, since: float | None = None) -> tuple[Ears, list[Any], Tap]:
    record: list[Any] = []
    ears = Ears("plain", listener, Heard("call", "leg", "1001", SINCE), record.append, since=since)
    timeline = Timeline(8000)
    tap = Tap("1.1", 8000, timeline)
    ears.taps["caller"] = tap
    for place in range(5):
        tap.put(Frame(timeline.place(160, SINCE + 0.5 + 0.02 * (place + 1)), bytes(320)))
    return ears, record, tap


def test_time_is_counted_from_the_talks_beginning() -> None:
    listener = Plain()
    ears, record, _ = make(listener)
    ears.drain()
    assert listener.heard == [("caller", 4000 + 160 * place) for place in range(5)]
    assert [event.at_s for event in record] == [0.5, 0.52, 0.54, 0.56, 0.58]
    ears.end(12.3456)
    ended = record[-1]
    assert isinstance(ended, ListeningEnded)
    assert ended.result == {"frames": 5, "seconds": 12.346}
    assert ended.heard_s == {"caller": 0.1}


def test_what_was_not_heard_is_not_judged() -> None:
    listener = Plain()
    ears, record, _ = make(listener, since=SINCE + 0.5)
    ears.end(12.5)
    assert [at for _, at in listener.heard] == [0, 160, 320, 480, 640]
    assert record[0].at_s == 0.5  # since the talk's beginning all the same
    assert record[-1].result["seconds"] == 12.0


def test_who_hears_nothing_reports_nothing() -> None:
    ears, record, tap = make(Plain())
    tap.take()
    ears.end(3.0)
    assert (record[-1].failed, record[-1].result) == (NOTHING, {})


def test_what_came_last_is_heard_before_the_report() -> None:
    listener = Plain()
    ears, record, _ = make(listener)
    ears.end(1.0)
    assert record[-1].result["frames"] == 5


def test_a_listener_that_raises_is_given_nothing_more_and_says_why() -> None:
    listener = Plain(raises_at=2)
    ears, record, tap = make(listener)
    ears.drain()
    tap.put(Frame(9999, bytes(320)))
    ears.drain()
    assert len(listener.heard) == 2
    ears.end(3.0)
    assert record[-1].failed == "ValueError: too loud"
    assert record[-1].result == {}


def test_signals_without_end_are_kept_up_to_a_number() -> None:
    ears, record, tap = make(Plain())
    for place in range(MOST_SIGNALS):
        tap.backlog.put(Frame(place, bytes(320)))
        ears.drain()
    assert len([event for event in record if isinstance(event, SignalNoted)]) == MOST_SIGNALS


def test_audio_that_was_lost_is_told() -> None:
    ears, record, tap = make(Plain())
    for place in range(5, 130):
        tap.put(Frame(place * 160, bytes(320)))
    ears.end(3.0)
    assert record[-1].lost_s == {"caller": 0.6}
