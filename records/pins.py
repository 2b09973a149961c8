"""PINs as they are stored: scrypt over the PIN mixed with a key that is not in the database."""

from __future__ import annotations

import hashlib
import hmac
import os

_N, _R, _P = 2**14, 8, 1
"""scrypt's cost: 16 MB and some 40 ms a check.  A PIN has few digits, so the key matters more."""
_SALT_BYTES = 16
_MAX_MEMORY = 64 * 1024 * 1024


def hash_pin(pin: str, pepper: bytes) -> bytes:
    """Give what to store for a PIN: salt and hash."""
    salt = os.urandom(_SALT_BYTES)
    return salt + _stretch(pin, salt, pepper)


def pin_matches(pin: str, stored: bytes | None, pepper: bytes) -> bool:
    """Compare in constant time; without ``stored`` it takes as long, and is False."""
    known = stored is not None and len(stored) > _SALT_BYTES
    reference = stored if known and stored is not None else bytes(_SALT_BYTES + 32)
    found = _stretch(pin, reference[:_SALT_BYTES], pepper)
    return hmac.compare_digest(found, reference[_SALT_BYTES:]) and known


def _stretch(pin: str, salt: bytes, pepper: bytes) -> bytes:
    mixed = hmac.digest(pepper, pin.encode(), "sha256")
    return hashlib.scrypt(mixed, salt=salt, n=_N, r=_R, p=_P, maxmem=_MAX_MEMORY, dklen=32)
