"""What of a signal is kept, and what its author is told when it is too much."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from callflow.explaining import CallFile, story
from callflow.listening.said import confidence_of, detail_of
from callflow.listening.story import ListeningStory
from records.events import SignalNoted
from tests.listening.logs import recorded


def signal(**more: Any) -> Any:
    return SimpleNamespace(signal="angry", side="caller", at_s=1.0, value=0.5, **more)


def test_both_may_be_left_out() -> None:
    assert (confidence_of(signal()), detail_of(signal())) == (0.0, {})


def test_numbers_are_rounded_and_texts_kept() -> None:
    said = signal(confidence=0.81249, detail={"arousal": 0.33333, "model": "v2"})
    assert (confidence_of(said), detail_of(said)) == (0.812, {"arousal": 0.333, "model": "v2"})


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"confidence": 1.1}, "the confidence of 'angry' is 1.1, and must be from 0 to 1"),
        ({"confidence": float("nan")}, "the confidence of 'angry' is nan, and must be from 0 to 1"),
        ({"detail": {str(n): 1.0 for n in range(21)}}, "'angry' has 21 details, and may have 20"),
        ({"detail": {"": 1.0}}, "a detail's name of 'angry' must have 1 to 100 characters"),
        ({"detail": {"a": "b" * 101}}, "the detail 'a' of 'angry' has 101 characters, and may have 100"),
        ({"detail": {"a": float("inf")}}, "the detail 'a' of 'angry' is inf, which can't be kept"),
    ],
)
def test_too_much_is_told(more: dict[str, Any], told: str) -> None:
    said = signal(**more)
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared whole
        confidence_of(said) if "confidence" in more else detail_of(said)
    assert str(error.value) == told


def test_signals_of_before_are_read() -> None:
    old = b'{"type":"SignalNoted","call":"c","listener":"l","talk":"t","signal":"s","at_s":1.5,"value":2.0}'
    read = msgspec.json.decode(old, type=SignalNoted)
    assert (read.confidence, read.detail) == (0.0, {})


def test_explain_shows_them() -> None:
    noted = SignalNoted(
        call="c", listener="emotion", talk="t", signal="angry", side="caller", at_s=3.2, value=0.7,
        confidence=0.81, detail={"arousal": 0.3, "model": "v2"},
    )  # fmt: skip
    plain = SignalNoted(call="c", listener="voice_activity", talk="t", signal="dead_air", at_s=9.0, value=5.0)
    told = story(CallFile("c", recorded(noted, plain), {}), [ListeningStory()])
    assert [beat.text for beat in told] == [
        "emotion: angry of the caller at 3.2 s (0.7, confidence 0.81, arousal 0.3, model v2)",
        "voice_activity: dead_air at 9 s (5)",
    ]
