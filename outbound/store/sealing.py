"""Personal values of a lead, sealed under a key of its own: without the key nobody reads them again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from records.keys import KEY_BYTES, Sealer, derive
from records.vault import number_hasher

if TYPE_CHECKING:
    from outbound.leads.lead import Lead


class Personal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a lead is sealed."""

    number: str
    """E.164."""
    name: str = ""
    more: dict[str, str] = {}
    """Other columns, by their names."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Personal).decode


class LeadSealer:
    """Seals and unseals under keys that are derived from the master key; raises VaultKeyError."""

    def __init__(self, master_key: bytes) -> None:
        self.master_key = master_key
        self.person_of = number_hasher(master_key)
        """Give a number's keyed hash (32 bytes), the same as in ``subject_numbers``."""
        self._wrapper = Sealer(derive(master_key, "lead keys"))

    def seal(self, person: bytes, values: Personal) -> tuple[bytes, bytes]:
        """Give the wrapped key and the sealed values."""
        key, about = os.urandom(KEY_BYTES), _about(person)
        return self._wrapper.seal(key, about), Sealer(key).seal(_encode(values), about)

    def unseal(self, person: bytes, wrapped_key: bytes, sealed: bytes) -> Personal:
        """Give the values; raises VaultKeyError when the key is gone or another one."""
        about = _about(person)
        return _decode(Sealer(self._wrapper.unseal(wrapped_key, about)).unseal(sealed, about))


def personal(lead: Lead) -> Personal:
    """Give what of a lead is to be sealed."""
    return Personal(lead.number.e164, lead.name, lead.more)


def _about(person: bytes) -> str:
    return f"lead {person.hex()}"
