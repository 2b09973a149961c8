"""Keys derived from the installation's master key, and sealing with them (AES-256-GCM)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from records.errors import VaultKeyError

KEY_BYTES = 32
_NONCE_BYTES = 12


def derive(master_key: bytes, purpose: str) -> bytes:
    """Give the 32-byte key for one purpose, so that no key serves two; raises VaultKeyError."""
    if len(master_key) < KEY_BYTES:
        raise VaultKeyError(
            f"the master key has {len(master_key)} bytes, not {KEY_BYTES}; restore its file from a backup"
        )
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"ringhall " + purpose.encode()).derive(master_key)


class Sealer:
    """Encrypts and decrypts under one key; ``about`` binds a sealed text to what it belongs to."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, about: str) -> bytes:
        """Encrypt; the result is 28 bytes longer."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, about.encode())

    def unseal(self, sealed: bytes, about: str) -> bytes:
        """Decrypt; raises VaultKeyError for another key, another ``about``, or a changed text."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):
            raise VaultKeyError(
                f"{about!r} can't be decrypted: the master key is another one, or the stored value is damaged"
            ) from None
