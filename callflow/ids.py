"""Ids of calls: short, sortable by time, without a dash (a dash begins a leg's suffix)."""

from __future__ import annotations

import re
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_DIGITS = 9
_RANDOM_DIGITS = 7
PART = "+"
"""Stands between a call's id and the number of a consultation in it."""
_CALL_ID = re.compile(f"[{_ALPHABET}]{{{_TIME_DIGITS + _RANDOM_DIGITS}}}")


def new_call_id(now: float) -> str:
    """Make a call id from steady seconds: 9 base-32 digits of milliseconds, 7 of chance (35 bits)."""
    value = (int(now * 1000) << (5 * _RANDOM_DIGITS)) | secrets.randbits(5 * _RANDOM_DIGITS)
    digits = [_ALPHABET[(value >> (5 * i)) & 31] for i in range(_TIME_DIGITS + _RANDOM_DIGITS)]
    return "".join(reversed(digits))


def owner_of(leg: str) -> str:
    """Give the call that a leg started by us belongs to, or '' for others.

    It is what stands before the dash, without the number of a consultation: ``CALL-a7``, ``CALL+1-a8``.
    """
    name, dash, _ = leg.partition("-")
    call = name.partition(PART)[0]
    return call if dash and _CALL_ID.fullmatch(call) else ""
