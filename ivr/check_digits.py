"""Check digits: is a number that was typed one that can exist?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# H. M. Damm's quasigroup of order 10 (Total anti-symmetrische Quasigruppen, 2004)
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def luhn(digits: str) -> bool:
    """ISO/IEC 7812: payment cards, IMEI."""
    total = 0
    for index, one in enumerate(reversed(digits)):
        value = int(one) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mod11(digits: str) -> bool:
    """Weights 2, 3, 4 … from the right, 11 minus the remainder is the last digit; 11 counts as 0."""
    total = sum(int(one) * weight for weight, one in enumerate(reversed(digits[:-1]), 2))
    return (11 - total % 11) % 11 == int(digits[-1])


def mod97(digits: str) -> bool:
    """ISO/IEC 7064 MOD 97-10, with two check digits at the end."""
    return int(digits) % 97 == 1


def damm(digits: str) -> bool:
    """Damm's method."""
    interim = 0
    for one in digits:
        interim = int(_DAMM[interim][int(one)])
    return interim == 0


def ean(digits: str) -> bool:
    """GS1: article numbers, parcel numbers (SSCC), with weights 3 and 1 from the right."""
    return sum(int(one) * (3 if index % 2 else 1) for index, one in enumerate(reversed(digits))) % 10 == 0


CHECKS: dict[str, Callable[[str], bool]] = {
    "luhn": luhn,
    "mod11": mod11,
    "mod97": mod97,
    "damm": damm,
    "ean": ean,
}
"""Methods by name; each takes at least one digit."""
