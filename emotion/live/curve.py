"""A point for each second of a call, thinned out where a call is long.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emotion.detector import Heard

MOST_POINTS = 2000
"""As many as a listener may give (:data:`callflow.protocol.listeners.MOST_POINTS`)."""
NAMES = ("at_s", "anger", "arousal", "distress", "confidence")
"""Confidence 0: nothing could be told of that second, and the others mean nothing."""
_Point = tuple[float, float, float, float, float]


class Curve:
    """At most :data:`MOST_POINTS` points: beyond, of each two the angrier one stays."""

    def __init__(self) -> None:
        self._points: list[_Point] = []
        self._waiting: list[_Point] = []
        self._each = 1
        """So many seconds make a point."""

    def add(self, at_s: float, heard: Heard | None) -> None:
        """Add a second; None where nothing could be told."""
        if heard is None:
            self._waiting.append((at_s, 0.0, 0.0, 0.0, 0.0))
        else:
            self._waiting.append((at_s, heard.anger, heard.arousal, heard.distress, heard.confidence))
        if len(self._waiting) < self._each:
            return
        self._points.append(_angrier(self._waiting))
        self._waiting = []
        if len(self._points) > MOST_POINTS:
            both = self._points
            self._points = [_angrier(both[at : at + 2]) for at in range(0, len(both), 2)]
            self._each *= 2

    def columns(self) -> dict[str, list[float]]:
        """Give the points by :data:`NAMES`; nothing without any.  A long call lacks its last seconds."""
        if not self._points:
            return {}
        return {
            name: [round(point[column], 3) for point in self._points] for column, name in enumerate(NAMES)
        }


def _angrier(points: list[_Point]) -> _Point:
    return max(points, key=lambda point: (point[1] if point[4] else -1.0, -point[0]))
