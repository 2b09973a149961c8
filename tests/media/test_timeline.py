"""Numbers of samples, and what waits for slow readers: without any switch."""

from __future__ import annotations

import asyncio

import pytest

from telephony.media import Backlog, Frame, Tap, Timeline

RATE, SAMPLES = 8000, 160


def play(timeline: Timeline, arrivals: list[float]) -> list[int]:
    return [timeline.place(SAMPLES, now) for now in arrivals]


def every_20_ms(begin: float, count: int) -> list[float]:
    return [begin + 0.02 * (place + 1) for place in range(count)]


def test_samples_are_counted_through_jitter_and_stalls() -> None:
    timeline = Timeline(RATE)
    regular = every_20_ms(100.0, 50)
    jittered = [now + 0.03 * (place % 3) for place, now in enumerate(every_20_ms(101.0, 50))]
    stalled = [max(now, 102.5) for now in every_20_ms(102.0, 50)]  # half a second's frames at once
    assert play(timeline, regular + jittered + stalled) == [SAMPLES * place for place in range(150)]
    assert timeline.began == pytest.approx(100.0)
    assert timeline.missing == 0


def test_a_hole_is_skipped_once_it_is_sure_to_be_one() -> None:
    timeline = Timeline(RATE)
    before = play(timeline, every_20_ms(100.0, 50))
    after = play(timeline, every_20_ms(103.0, 100))  # nothing came for two seconds
    assert before[-1] == 49 * SAMPLES
    assert timeline.missing == pytest.approx(2 * RATE, abs=SAMPLES)
    assert after[-1] == pytest.approx(5 * RATE - SAMPLES, abs=SAMPLES)


def test_a_stream_that_was_opened_again_goes_on_at_its_time() -> None:
    timeline = Timeline(RATE)
    play(timeline, every_20_ms(100.0, 50))
    timeline.resume(101.5)
    assert timeline.place(SAMPLES, 101.52) == pytest.approx(1.5 * RATE)
    assert timeline.missing == pytest.approx(0.5 * RATE)


def test_a_stream_that_had_not_begun_has_missed_nothing() -> None:
    timeline = Timeline(RATE)
    timeline.resume(5.0)
    assert timeline.place(SAMPLES, 100.0) == 0
    assert timeline.missing == 0


def test_the_oldest_frames_are_dropped_and_counted() -> None:
    backlog = Backlog(RATE, hold_s=0.1)
    for place in range(8):
        backlog.put(Frame(place * SAMPLES, bytes(2 * SAMPLES)))
    assert backlog.lost == 3 * SAMPLES
    assert [frame.at // SAMPLES for frame in backlog.take(2)] == [3, 4]
    assert [frame.at // SAMPLES for frame in backlog.take()] == [5, 6, 7]
    assert backlog.take() == []


async def test_a_reader_comes_to_the_end_of_what_was_said() -> None:
    tap = Tap("leg", 8000, Timeline(RATE))
    tap.put(Frame(0, bytes(320)))

    async def goes_on() -> None:
        await asyncio.sleep(0)
        tap.put(Frame(SAMPLES, bytes(320)))
        tap.end()

    going = asyncio.create_task(goes_on())
    assert [frame.at async for frame in tap.frames()] == [0, SAMPLES]
    await going
