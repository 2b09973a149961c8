"""What conditions may read of a listener's last signal: ``heard.emotion.signal``.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.protocol.hearing import LastSignal

HEARD = "heard"
TEXTS = ("signal", "side")
FACTS = (*TEXTS, "value", "confidence")


def fact_of(name: str, last: Callable[[str], LastSignal | None]) -> str | None:
    """Give ``heard.LISTENER.FACT``, None for another name; ``last`` gives a listener's last signal.

    Of one that said nothing yet the texts are empty and the numbers 0.
    """
    prefix, _, rest = name.partition(".")
    listener, _, fact = rest.rpartition(".")
    if prefix != HEARD or fact not in FACTS:
        return None
    found = last(listener)
    if found is None:
        return "" if fact in TEXTS else "0"
    value = getattr(found, fact)
    return value if isinstance(value, str) else f"{value:.12g}"
