"""Personal data: how it is shown where it is not needed whole."""

from __future__ import annotations


def masked(number: str) -> str:
    """Show a phone number with only its last two characters, as in ``…42``; short ones not at all."""
    return f"…{number[-2:]}" if len(number) > 4 else "…"
