"""Curves: bounded, kept as values of the caller, and gone with them or when their time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import pytest

from callflow.explaining import CallFile, story
from callflow.listening import curves
from callflow.listening.curves import Kept, keep, kept_curves
from callflow.listening.said import curves_of
from callflow.listening.story import ListeningStory
from records import events as e
from records.folds.call_record import CallRecordFold
from tests.listening.house import Noting, Office, WholeCall, arrived, ends, talk_ends, talks, waits
from tests.listening.logs import SINCE, recorded
from tests.records.homes import Home, new_home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

DAY_S = 86_400.0


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with new_home(tmp_path) as made:
        yield made


class Drawing(WholeCall):
    """A listener with curves."""

    drawn: ClassVar[dict[str, list[float]]] = {"arousal": [0.12345, 0.5]}

    def curves(self) -> Mapping[str, Sequence[float]]:
        return self.drawn


async def office(rule: dict[str, Any], kind: type[Noting] = Drawing) -> Office:
    house = Office({"emotion": rule}, {"emotion": kind})
    await house.service.start()
    await house.happens(*arrived())
    house.say("c-leg", 1)
    return house


async def test_they_are_kept_with_the_caller_and_never_in_the_log() -> None:
    house = await office({})
    await house.happens(ends())
    [ended] = house.all(e.ListeningEnded)
    assert (ended.curves, ended.until) == ({"arousal": 2}, 0.0)
    assert house.service.curves("c-person", "c", "emotion") == {"arousal": [0.123, 0.5]}
    assert house.service.curves("c-person", "c", "other") == {}
    assert b"0.123" not in b"".join(msgspec.json.encode(one) for one in house.log)


async def test_keep_bounds_curves_and_signals() -> None:
    class Talking(Drawing):
        def feed(self, side: Any, frame: Any) -> Any:
            super().feed(side, frame)
            return [e.SignalNoted(call="", listener="", talk="", signal="angry", side=side, at_s=0.0)]

    house = await office({"keep": "30d"}, Talking)
    await house.happens(ends())
    over = SINCE + 1 + 30 * DAY_S
    [ended], [noted] = house.all(e.ListeningEnded), house.all(e.SignalNoted)
    assert (ended.until, noted.until) == (over, over)
    assert [until for _, until in house.stored.values()] == [over]
    house.now = over - 1
    assert house.service.curves("c-person", "c", "emotion") == {"arousal": [0.123, 0.5]}
    house.now = over
    assert house.service.curves("c-person", "c", "emotion") == {}


async def test_of_several_talks_the_last_ones_curves_stay() -> None:
    class OfTalks(Noting):
        def curves(self) -> Mapping[str, Sequence[float]]:
            return {"loudness": [float(len(self.heard))]}

    house = await office({}, OfTalks)
    for queue, frames in (("cards", 1), ("sales", 2)):
        await house.happens(waits(queue))
        await house.happens(talks(queue))
        for _ in range(frames):
            house.say("c-leg", 1)
        await house.happens(talk_ends(queue))
    assert house.service.curves("c-person", "c", "emotion") == {"loudness": [2.0]}


@pytest.mark.parametrize(
    ("drawn", "why"),
    [
        ({str(n): [1.0] for n in range(17)}, "ValueError: it gave 17 curves, and may give 16"),
        ({"a": [0.0] * 2001}, "ValueError: the curve 'a' has 2001 points, and may have 2000"),
        ({"": [0.0]}, "ValueError: a curve's name must have 1 to 100 characters"),
        ({"a": [float("nan")]}, "ValueError: a point of the curve 'a' is nan, which can't be kept"),
    ],
)
async def test_too_many_fail_the_listener(drawn: dict[str, list[float]], why: str) -> None:
    class TooMuch(Drawing):
        def curves(self) -> Mapping[str, Sequence[float]]:
            return drawn

    house = await office({}, TooMuch)
    await house.happens(ends())
    [ended] = house.all(e.ListeningEnded)
    assert (ended.failed, ended.result, ended.curves) == (why, {}, {})
    assert house.stored == {}


def test_the_bounds_themselves_are_allowed() -> None:
    most = {str(n): [0.0] * 2000 for n in range(16)}
    assert curves_of(most) == most


async def test_erasing_the_caller_destroys_them(home: Home) -> None:
    opened = await home.open()
    vault = opened.log.vault
    caller, other = vault.subject_for("+86 1"), vault.subject_for("+86 2")
    for subject in (caller, other):
        keep(vault, subject, "c", "emotion", Kept({"arousal": [0.5]}))
    await opened.log.flush()
    assert kept_curves(vault, caller, "c", "emotion", SINCE) == {"arousal": [0.5]}
    vault.erase(caller)
    await opened.log.flush()
    assert kept_curves(vault, caller, "c", "emotion", SINCE) == {}
    assert kept_curves(vault, other, "c", "emotion", SINCE) == {"arousal": [0.5]}
    await opened.log.close()


async def test_the_sweep_destroys_what_is_over(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = await home.open()
    vault = opened.log.vault
    caller = vault.subject_for("+86 1")
    keep(vault, caller, "old", "emotion", Kept({"arousal": [0.5]}, SINCE))
    keep(vault, caller, "new", "emotion", Kept({"arousal": [0.5]}, SINCE + 2))
    await opened.log.flush()

    class Stop(Exception):  # noqa: N818 - it is none of ours
        pass

    async def no_sleep(_seconds: float) -> None:
        raise Stop

    monkeypatch.setattr("asyncio.sleep", no_sleep)

    class Now:
        @staticmethod
        def now() -> float:
            return SINCE + 1

    with pytest.raises(Stop):
        await curves.sweep(vault, Now())
    monkeypatch.undo()
    await opened.log.flush()
    assert vault.fetch(caller, curves._name("old", "emotion")) is None
    assert vault.fetch(caller, curves._name("new", "emotion")) is not None
    assert not vault.expire(SINCE + 1)  # nothing is left to be done
    await opened.log.close()


def test_what_is_over_is_told_by_nobody() -> None:
    noted = e.SignalNoted(
        call="c", listener="emotion", talk="", signal="angry", at_s=1.0, value=1.0, until=SINCE + 10
    )
    ended = e.ListeningEnded(
        call="c", listener="emotion", talk="", agent="", result={"angry_s": 2.0}, heard_s={}, curves={"a": 3},
        until=SINCE + 10,
    )  # fmt: skip
    file = CallFile("c", recorded(noted, ended), {})
    assert [beat.text for beat in story(file, [ListeningStory(SINCE + 9)])] == [
        "emotion: angry at 1 s (1)",
        "emotion: angry_s 2",
    ]
    told = story(file, [ListeningStory(SINCE + 10)])
    assert [beat.text for beat in told] == ["emotion: angry_s 2"]
    assert told[0].notes == ["curves: a (3 points)"]


def test_the_record_names_who_has_curves() -> None:
    fold = CallRecordFold()
    ended = e.ListeningEnded(
        call="c", listener="emotion", talk="", agent="", result={"x": 1.0}, heard_s={}, curves={"a": 3}
    )
    rows = [row for one in recorded(*arrived(), ends(), ended) for row in fold.apply(one)]
    assert rows[-1].listening == {"emotion": {"x": 1.0}}
