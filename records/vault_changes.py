"""Changes in the subject vault on their way to the database; all that is personal in them is encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

import msgspec
from sqlalchemy import delete

from records import models
from records.bulk import Bulk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Dialect

    from records.database import Backend


class SubjectMade(msgspec.Struct, frozen=True, tag="made"):
    """A person was given an opaque id and a key."""

    subject: str
    wrapped_key: bytes
    number_hash: bytes | None
    """How the same number finds this subject again; None for a caller without number."""


class ValuePut(msgspec.Struct, frozen=True, tag="put"):
    """A value of a person was kept."""

    subject: str
    name: str
    sealed: bytes
    until: float = 0.0
    """Steady seconds after which it is destroyed; 0: with its person."""


class ValuesExpired(msgspec.Struct, frozen=True, tag="expired"):
    """The values whose time is over were destroyed."""

    at: float
    """Steady seconds."""


class SubjectErased(msgspec.Struct, frozen=True, tag="erased"):
    """A person's key was destroyed."""

    subject: str


Change = Union[  # noqa: UP007 - msgspec reads the union at run time
    SubjectMade, ValuePut, ValuesExpired, SubjectErased
]

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Change] = msgspec.msgpack.Decoder(Change)


def encode_change(change: Change) -> bytes:
    """Give a change as bytes."""
    return _encoder.encode(change)


class VaultInserts:
    """The statements that a set of changes is written with."""

    def __init__(self, backend: Backend, dialect: Dialect) -> None:
        self.subjects = Bulk(backend.upsert(models.subjects), dialect)
        self.numbers = Bulk(backend.insert_new(models.subject_numbers), dialect)
        self.values = Bulk(backend.upsert(models.subject_values), dialect)


class ChangeSet:
    """Several changes in order, put together so that each row is touched once."""

    def __init__(self, bodies: Iterable[bytes]) -> None:
        self._made: dict[str, dict[str, object]] = {}
        self._numbers: dict[str, dict[str, object]] = {}
        self._values: dict[tuple[str, str], dict[str, object]] = {}
        self._erased: dict[str, None] = {}
        self._expired = 0.0
        for body in bodies:
            self._take(_decoder.decode(body))

    def _take(self, change: Change) -> None:
        match change:
            case SubjectMade(subject, wrapped_key, number_hash):
                self._made[subject] = {"subject": subject, "wrapped_key": wrapped_key}
                if number_hash is not None:
                    self._numbers[subject] = {"number_hash": number_hash, "subject": subject}
            case ValuePut(subject, name, sealed, until):
                self._values[subject, name] = {
                    "subject": subject, "name": name, "sealed": sealed, "until": until,
                }  # fmt: skip
            case ValuesExpired(at):
                self._expired = max(self._expired, at)
            case SubjectErased(subject):
                self._erased[subject] = None
                self._made.pop(subject, None)
                self._numbers.pop(subject, None)
                for key in [key for key in self._values if key[0] == subject]:
                    del self._values[key]

    @property
    def erases(self) -> bool:
        """Tell whether something must be scrubbed afterwards."""
        return bool(self._erased or self._expired)

    def write(self, connection: Connection, inserts: VaultInserts) -> None:
        """Apply the changes; doing so twice changes nothing."""
        if self._made:
            inserts.subjects.execute(connection, list(self._made.values()))
        if self._numbers:
            inserts.numbers.execute(connection, list(self._numbers.values()))
        if self._values:
            inserts.values.execute(connection, list(self._values.values()))
        for subject in self._erased:
            for table in (models.subject_values, models.subject_numbers, models.subjects):
                connection.execute(delete(table).where(table.c.subject == subject))
        if self._expired:
            until = models.subject_values.c.until
            connection.execute(delete(models.subject_values).where((until > 0) & (until <= self._expired)))
