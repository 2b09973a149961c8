"""The sentiment of English by VADER (Hutto and Gilbert 2014), where the extra ``emotion-words`` is."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast


class _Analyser(Protocol):
    def polarity_scores(self, text: str) -> dict[str, float]: ...


def sentiment(text: str, language: str) -> float | None:
    """Give −1 (bad) to 1 (good); None, "don't know", for other languages and without the extra."""
    analyser = _analyser() if language.lower().partition("-")[0] == "en" else None
    if analyser is None or not text.strip():
        return None
    return float(analyser.polarity_scores(text)["compound"])


@cache
def _analyser() -> _Analyser | None:
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        return None
    return cast("_Analyser", SentimentIntensityAnalyzer())
