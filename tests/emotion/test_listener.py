"""The listener: what it makes of a call, whom it hears, and when its detectors work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from callflow.listening.said import confidence_of, curves_of, detail_of, number_of
from callflow.protocol import About, Knowing, ToWholeCalls
from emotion.live import listener as module
from emotion.live.curve import MOST_POINTS, NAMES, Curve
from emotion.live.listener import RATE, EmotionListener, Terms
from telephony.media import Frame
from tests.emotion.seconds import second, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from emotion.detector import Heard

FRAME = 160


class Scripted:
    """A detector that says of each second what it is told to, and notes what it was given."""

    made: list[Scripted]
    says: Callable[[float], Heard]

    def __init__(self) -> None:
        self.given = 0
        self.gaps: list[float] = []
        self._at = 0
        type(self).made.append(self)

    def feed(self, samples: np.ndarray[Any, Any]) -> Iterator[Heard]:
        before, self.given = self.given, self.given + len(samples)
        if self.given // RATE > before // RATE:
            self._at += 1
            yield type(self).says(float(self._at))

    def missed(self, seconds: float) -> None:
        self.gaps.append(seconds)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    Scripted.made, Scripted.says = [], second
    monkeypatch.setattr(module, "Detector", Scripted)
    monkeypatch.setattr(EmotionListener, "terms", Terms())
    monkeypatch.setattr(EmotionListener, "sides", ("caller",))
    return Scripted


def about(call: str = "c") -> About:
    return About(call=call, language="en", queue="", country="")


def hears(one: EmotionListener, begin: float, end: float, side: Any = "caller") -> list[Any]:
    frames = (Frame(at, bytes(2 * FRAME)) for at in range(round(begin * RATE), round(end * RATE), FRAME))
    return [signal for frame in frames for signal in one.feed(side, frame)]


def test_it_is_a_listener_to_whole_calls() -> None:
    assert issubclass(EmotionListener, Knowing)
    assert isinstance(EmotionListener(about()), ToWholeCalls)
    assert EmotionListener.hears == "call"
    assert EmotionListener.sides == ("caller",)
    with pytest.raises(TypeError):
        EmotionListener.create()


def test_what_it_says_is_what_is_kept(scripted: type[Scripted]) -> None:
    scripted.says = lambda at: second(at, anger=0.05 if at < 10 else 0.95)
    one = EmotionListener(about())
    told = hears(one, 0, 60)
    assert [signal.signal for signal in told] == ["calm", "angry", "angry"]
    for signal in told:
        assert confidence_of(signal) == pytest.approx(0.8)
        assert number_of(signal.value, "it") == signal.value
        assert set(detail_of(signal)) - {"alarm_s"} == {"trend", "by_pitch", "by_spectrum"}
    assert [signal.detail.get("alarm_s", 0) for signal in told] == [0, 0, 20]
    facts = one.result(60.0)
    assert facts["speech_s"] == facts["heard_s"] == pytest.approx(59, abs=1)
    assert facts["angry_share"] == pytest.approx(47 / 59, abs=0.05)
    assert facts["anger_peak"] == 0.95
    assert 10 <= facts["anger_peak_at_s"] <= 11
    assert facts["alarms"] == 1
    curves = curves_of(one.curves())
    assert tuple(curves) == NAMES
    assert {len(points) for points in curves.values()} == {int(facts["heard_s"])}
    assert curves["at_s"] == sorted(curves["at_s"])


def test_where_nobody_spoke_no_anger_is_told(scripted: type[Scripted]) -> None:
    scripted.says = silent
    one = EmotionListener(about())
    assert hears(one, 0, 30) == []
    facts = one.result(30.0)
    assert set(facts) == {"seconds", "heard_s", "speech_s"}
    assert set(one.curves()["confidence"]) == {0.0}
    assert EmotionListener(about()).curves() == {}


def test_times_count_from_the_answer_over_gaps_too(scripted: type[Scripted]) -> None:
    one = EmotionListener(about())
    hears(one, 100, 104)
    hears(one, 110, 114)
    [made] = scripted.made
    assert made.gaps == [6.0]
    first = one.curves()["at_s"][0]
    assert 101 <= first <= 102.05


def test_detectors_that_begin_together_take_turns(scripted: type[Scripted]) -> None:
    """In no 0.1 s do more than a few of forty work: by chance it would be all of them."""
    some = [EmotionListener(about(str(number))) for number in range(40)]
    worked: dict[int, int] = {}
    for at in range(0, 5 * RATE, FRAME):
        for one in some:
            before = len(one._curve._points)
            list(one.feed("caller", Frame(at, bytes(2 * FRAME))))
            if at > 2 * RATE and len(one._curve._points) > before:
                worked[at // 800] = worked.get(at // 800, 0) + 1
    assert sum(worked.values()) == pytest.approx(120, abs=40)
    assert max(worked.values()) <= 6


def test_the_agent_s_side_is_not_heard(scripted: type[Scripted]) -> None:
    one = EmotionListener(about())
    assert hears(one, 0, 20, "agent") == []
    assert len(scripted.made) == 1  # there is no detector for it


def test_where_it_is_turned_on_the_agent_s_side_leaves_no_facts_or_curves(scripted: type[Scripted]) -> None:
    scripted.says = lambda at: second(at, anger=0.95)
    EmotionListener.follow(Terms(agents=True))
    assert EmotionListener.sides == ("caller", "agent")
    one = EmotionListener(about())
    told = hears(one, 0, 40, "agent")
    assert {signal.side for signal in told} == {"agent"}
    assert set(one.result(40.0)) == {"seconds", "heard_s", "speech_s"}
    assert one.result(40.0)["speech_s"] == 0
    assert one.curves() == {}


def test_words_raise_what_the_voice_leaves_open(scripted: type[Scripted]) -> None:
    scripted.says = lambda at: second(at, anger=0.44, confidence=0.5)
    without, beside = EmotionListener(about("a")), EmotionListener(about("b"))
    for one in (without, beside):
        hears(one, 0, 5)
    assert EmotionListener.live["b"] is beside
    assert beside.heard_words(
        "en", "This is ridiculous and outrageous, I have been waiting for two hours! I am furious."
    )
    assert not beside.heard_words("en", "my address is another one now")
    assert not beside.heard_words("xx", "whatever this is")
    assert [signal.signal for signal in hears(without, 5, 12)] == []
    assert [signal.signal for signal in hears(beside, 5, 12)][-1:] == ["angry"]
    assert "ridiculous" not in repr((beside.result(9.0), beside.curves()))


def test_a_long_call_s_curve_is_thinned_and_keeps_its_peak() -> None:
    curve = Curve()
    for at in range(1, 3 * 3600):
        curve.add(float(at), None if at % 3 else second(at, anger=0.99 if at == 4998 else 0.1))
    columns = curve.columns()
    assert {len(points) for points in columns.values()} == {len(columns["at_s"])}
    assert MOST_POINTS / 2 <= len(columns["at_s"]) <= MOST_POINTS
    assert max(zip(columns["anger"], columns["at_s"], strict=True)) == (0.99, 4998.0)
    assert columns["at_s"][-1] > 3 * 3600 - 16


def test_a_call_that_is_over_is_not_known_any_more(scripted: type[Scripted]) -> None:
    one = EmotionListener(about("gone"))
    assert "gone" in EmotionListener.live
    del one
    assert "gone" not in EmotionListener.live
