"""What a listener says, held against the bounds of what is kept of it.  Pure.

A listener's own mistake is told by ValueError, whose text is for its author.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callflow.protocol.listeners import LONGEST_WORDS, MOST_CURVES, MOST_DETAILS, MOST_POINTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callflow.protocol.listeners import Signal

DIGITS = 3
"""So many digits after the point are kept of a number."""


def confidence_of(signal: Signal) -> float:
    """Give how sure a listener is of a signal, 0 when it does not say; raises ValueError outside 0 to 1."""
    confidence = float(getattr(signal, "confidence", 0.0))
    if not 0.0 <= confidence <= 1.0:
        raise ValueError(f"the confidence of {signal.signal!r} is {confidence:g}, and must be from 0 to 1")
    return round(confidence, DIGITS)


def detail_of(signal: Signal) -> dict[str, float | str]:
    """Give what a signal says besides; raises ValueError for more than is kept, and for other types."""
    told: Mapping[str, float | str] = getattr(signal, "detail", None) or {}
    if len(told) > MOST_DETAILS:
        raise ValueError(f"{signal.signal!r} has {len(told)} details, and may have {MOST_DETAILS}")
    return {_name(name, signal): _detail(name, value, signal) for name, value in told.items()}


def curves_of(told: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Give curves as they are kept; raises ValueError for more than that."""
    if len(told) > MOST_CURVES:
        raise ValueError(f"it gave {len(told)} curves, and may give {MOST_CURVES}")
    for name, points in told.items():
        if not 0 < len(name) <= LONGEST_WORDS:
            raise ValueError(f"a curve's name must have 1 to {LONGEST_WORDS} characters")
        if len(points) > MOST_POINTS:
            raise ValueError(f"the curve {name!r} has {len(points)} points, and may have {MOST_POINTS}")
    return {
        name: [number_of(point, f"a point of the curve {name!r}") for point in points]
        for name, points in told.items()
    }


def number_of(value: float, what: str) -> float:
    """Give a number as it is kept; raises ValueError for one that is none, such as NaN."""
    number = round(float(value), DIGITS)
    if not math.isfinite(number):
        raise ValueError(f"{what} is {number}, which can't be kept")
    return number


def _name(name: str, signal: Signal) -> str:
    if not 0 < len(name) <= LONGEST_WORDS:
        raise ValueError(f"a detail's name of {signal.signal!r} must have 1 to {LONGEST_WORDS} characters")
    return name


def _detail(name: str, value: float | str, signal: Signal) -> float | str:
    what = f"the detail {name!r} of {signal.signal!r}"
    if not isinstance(value, str):
        return number_of(value, what)
    if len(value) > LONGEST_WORDS:
        raise ValueError(f"{what} has {len(value)} characters, and may have {LONGEST_WORDS}")
    return value
