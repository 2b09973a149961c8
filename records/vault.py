"""The subject vault: a person's values, encrypted under a key per person, beside the log and not in it.

The log knows a person by an opaque subject id.  Erasing destroys the person's key, the values and the way
from the number to the id; the facts in the log stay, about nobody.  All methods but none wait: they are
called in the middle of calls.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from records import models
from records.database import backend_of, open_sync_engine
from records.errors import VaultKeyError
from records.hurried import Hurried
from records.keys import KEY_BYTES, Sealer, derive
from records.vault_changes import Change, SubjectErased, SubjectMade, ValuePut, ValuesExpired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from sqlalchemy import URL, Connection, Select

_log = structlog.get_logger(__name__)

NUMBER = "number"
"""Name of the value that holds a subject's phone number, as it was sent."""
CACHED_SUBJECTS = 5000
_OF_NUMBER = (
    select(models.subject_numbers.c.subject)
    .where(models.subject_numbers.c.number_hash == bindparam("number"))
    .order_by(models.subject_numbers.c.subject)
    .limit(1)
)
"""Asked once a call: made once, since making it costs more than its answer."""
_EXPIRED = (
    select(models.subject_values.c.name)
    .where((models.subject_values.c.until > 0) & (models.subject_values.c.until <= bindparam("now")))
    .limit(1)
)
_SLOW_S = 0.05
_REST_S = 5.0
_PATIENCE = 5.0
"""An answer that takes so many times as long as a slow one is not waited for."""
_FIRST_S = 3.0


def normalised(number: str) -> str:
    """Give what two ways of writing a number share: digits and a leading plus; without digits the text."""
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    if not digits:
        return number.strip().casefold()
    return ("+" if number.strip().startswith("+") else "") + digits


def number_hasher(master_key: bytes) -> Callable[[str], bytes]:
    """Make what gives a number's keyed hash (32 bytes); raises VaultKeyError."""
    key = derive(master_key, "number lookup")
    return lambda number: hmac.digest(key, normalised(number).encode(), "sha256")


class VaultReader:
    """Looks things up in the database, in the caller's thread; rests when the database is slow or gone.

    ``slow_s``: an answer that took longer is followed by such a rest.
    """

    def __init__(self, url: URL, *, slow_s: float = _SLOW_S) -> None:
        self._slow_s = slow_s
        on_network = backend_of(url)[0].on_network
        self._hurried = Hurried("vault-reader") if on_network else None
        """Over a network, no answer may ever come."""
        # each look-up is one statement: a transaction around it would add a third
        engine = open_sync_engine(url, patience_ms=0)
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        """Kept open: taking one from the pool costs more than the look-up."""
        self._rest_until = 0.0
        if self._hurried is not None:
            # a connection takes longer to make than a look-up may take
            with suppress(SQLAlchemyError, TimeoutError):
                self._hurried.ask(self._connected, _FIRST_S)
        self.refused = 0
        """Look-ups not made or failed, since the database was slow or gone."""

    def first(self, query: Select[Any], parameters: Mapping[str, object] | None = None) -> Any:
        """Give the first column of the first row; None without any, or when the database does not answer."""
        started = time.monotonic()
        if started < self._rest_until:
            self.refused += 1
            return None
        try:
            if self._hurried is None:
                found = self._ask(query, parameters)
            else:
                found = self._hurried.ask(lambda: self._ask(query, parameters), _PATIENCE * self._slow_s)
        except (SQLAlchemyError, TimeoutError):
            self.refused += 1
            self._rest_until = time.monotonic() + _REST_S
            return None
        if time.monotonic() - started > self._slow_s:
            self._rest_until = time.monotonic() + _REST_S
        return found

    def close(self) -> None:
        """Let go of the connection."""
        if self._hurried is not None:
            self._hurried.close()
            if self._hurried.busy:
                return  # its connection is in use, and ends with the process
        self._drop()
        self._engine.dispose()

    def _ask(self, query: Select[Any], parameters: Mapping[str, object] | None) -> Any:
        try:
            return self._connected().scalar(query, parameters)
        except SQLAlchemyError:
            self._drop()
            raise

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None


class _Subject:
    __slots__ = ("last_entry", "number_hash", "sealer", "values")

    def __init__(self, sealer: Sealer, number_hash: bytes | None, last_entry: int) -> None:
        self.sealer = sealer
        self.number_hash = number_hash
        self.last_entry = last_entry
        """Until the database has this entry, only we know the subject whole."""
        self.values: dict[str, str] = {}


class Vault:
    """Subjects and their values.  ``keep`` takes a change into the log and gives its entry number."""

    def __init__(
        self,
        master_key: bytes,
        reader: VaultReader,
        keep: Callable[[Change], int],
        *,
        cached: int = CACHED_SUBJECTS,
    ) -> None:
        self.number_hash = number_hasher(master_key)
        """Give what a number is found by: keyed, tells nothing without the master key."""
        self._wrapper = Sealer(derive(master_key, "subject keys"))
        self._reader = reader
        self._keep = keep
        self._cached = cached
        self._known: OrderedDict[str, _Subject] = OrderedDict()
        self._by_number: dict[bytes, str] = {}
        self._erased: dict[str, int] = {}
        """Subject → entry of its end, until the database has that."""
        self._on_erased: list[Callable[[str, bytes | None], None]] = []

    def on_erased(self, take: Callable[[str, bytes | None], None]) -> None:
        """Have ``take`` called with who is erased: what others keep of them must go too.

        It gets the subject and the hash of their number: None when they have none, or the database does not
        tell it.  The subject is '' when a number is erased that nobody has called from.
        """
        self._on_erased.append(take)

    def subject_for(self, number: str) -> str:
        """Give the opaque id of whoever calls from ``number``: the same for the same number.

        A caller without a number gets an id of their own for each call.  When the database does not answer,
        a number not met lately gets a further id; erasing by number finds all of them.
        """
        if not number.strip():
            return self._make(None)
        number_hash = self.number_hash(number)
        subject = self._subject_of(number_hash)
        if subject is None:
            subject = self._make(number_hash)
            self.put(subject, NUMBER, number)
        return subject

    def known_subject(self, number: str) -> str | None:
        """Give the id of whoever called from ``number``; None for nobody, or when the database is silent."""
        return self._subject_of(self.number_hash(number)) if number.strip() else None

    def _subject_of(self, number_hash: bytes) -> str | None:
        subject = self._by_number.get(number_hash)
        if subject is not None:
            return subject
        query = _OF_NUMBER
        if self._erased:
            query = query.where(models.subject_numbers.c.subject.not_in(list(self._erased)))
        found: str | None = self._reader.first(query, {"number": number_hash})
        return None if found is None or self._find(found, number_hash) is None else found

    def put(self, subject: str, name: str, value: str) -> None:
        """Keep a value of a person; for one who is unknown or was erased, nothing is kept."""
        found = self._find(subject)
        if found is None:
            _log.warning("value_not_kept", subject=subject, name=name, reason="unknown or erased subject")
            return
        sealed = found.sealer.seal(value.encode(), f"{subject} {name}")
        found.values[name] = value
        found.last_entry = self._keep(ValuePut(subject, name, sealed))

    def store(self, subject: str, name: str, value: str, until: float = 0.0) -> None:
        """Keep a value that is too large for memory, or has an end: it is read from the database each time.

        ``until``: steady seconds after which :meth:`expire` destroys it; 0: with its person.  Read it by
        :meth:`fetch`, once it is written.
        """
        found = self._find(subject)
        if found is None:
            _log.warning("value_not_kept", subject=subject, name=name, reason="unknown or erased subject")
            return
        sealed = found.sealer.seal(value.encode(), f"{subject} {name}")
        found.last_entry = self._keep(ValuePut(subject, name, sealed, until))

    def fetch(self, subject: str, name: str) -> str | None:
        """Give a value of :meth:`store`; None as :meth:`get`."""
        found = self._find(subject)
        return None if found is None else self._read(found, subject, name)

    def expire(self, now: float) -> bool:
        """Destroy the values whose time is over (steady seconds); tells whether there are any.

        In the database, and in its files, they are gone once :meth:`EventLog.flush` returns.
        """
        if self._reader.first(_EXPIRED, {"now": now}) is None:
            return False
        self._keep(ValuesExpired(now))
        return True

    def get(self, subject: str, name: str) -> str | None:
        """Give a value; None if there is none, or its person was erased, or the database does not answer."""
        found = self._find(subject)
        if found is None:
            return None
        if name in found.values:
            return found.values[name]
        value = self._read(found, subject, name)
        if value is not None:
            found.values[name] = value
        return value

    def _read(self, found: _Subject, subject: str, name: str) -> str | None:
        table = models.subject_values
        sealed = self._reader.first(
            select(table.c.sealed).where((table.c.subject == subject) & (table.c.name == name))
        )
        if sealed is None:
            return None
        try:
            return found.sealer.unseal(sealed, f"{subject} {name}").decode()
        except VaultKeyError as error:
            _log.error("value_unreadable", subject=subject, name=name, reason=str(error))
            return None

    def erased(self, subject: str) -> bool:
        """Tell whether a person is not known any more; False as well when the database does not answer."""
        refused = self._reader.refused
        return self._find(subject) is None and self._reader.refused == refused

    def erase(self, subject: str) -> None:
        """Destroy a person's key and values; in the database too once :meth:`EventLog.flush` returns."""
        self._erase(subject, self._number_of(subject))

    def _number_of(self, subject: str) -> bytes | None:
        known = self._known.get(subject)
        if known is not None and known.number_hash is not None:
            return known.number_hash
        table = models.subject_numbers
        found: bytes | None = self._reader.first(
            select(table.c.number_hash).where(table.c.subject == subject)
        )
        return found

    def _erase(self, subject: str, number_hash: bytes | None) -> None:
        found = self._known.pop(subject, None)
        if found is not None and found.number_hash is not None:
            self._by_number.pop(found.number_hash, None)
        self._by_number = {key: known for key, known in self._by_number.items() if known != subject}
        self._erased[subject] = self._keep(SubjectErased(subject))
        for take in self._on_erased:
            take(subject, number_hash)

    def erase_number(self, number: str) -> int:
        """Erase whoever called from ``number``, all their ids; returns how many there were.

        Without any, what others keep of the number goes all the same.
        """
        number_hash = self.number_hash(number)
        count = 0
        table = models.subject_numbers
        while True:
            subject = self._by_number.get(number_hash)
            if subject is None:
                query = select(table.c.subject).where(table.c.number_hash == number_hash)
                subject = self._reader.first(query.where(table.c.subject.not_in(list(self._erased))).limit(1))
            if subject is None:
                break
            self._erase(subject, number_hash)
            count += 1
        if not count:
            for take in self._on_erased:
                take("", number_hash)
        return count

    def written(self, entry: int) -> None:
        """Note that the database has everything up to ``entry``; what it has may leave memory."""
        if self._erased:
            self._erased = {subject: end for subject, end in self._erased.items() if end > entry}
        if len(self._known) <= self._cached:
            return
        for subject, known in list(self._known.items()):
            if len(self._known) <= self._cached:
                return
            if known.last_entry <= entry:
                del self._known[subject]
                if known.number_hash is not None:
                    self._by_number.pop(known.number_hash, None)

    def close(self) -> None:
        """Let go of the database."""
        self._reader.close()

    def _make(self, number_hash: bytes | None) -> str:
        subject = "s" + secrets.token_hex(12)
        key = os.urandom(KEY_BYTES)
        wrapped = self._wrapper.seal(key, subject)
        entry = self._keep(SubjectMade(subject, wrapped, number_hash))
        self._remember(subject, _Subject(Sealer(key), number_hash, entry))
        return subject

    def _find(self, subject: str, number_hash: bytes | None = None) -> _Subject | None:
        known = self._known.get(subject)
        if known is not None:
            self._known.move_to_end(subject)
            return known
        if subject in self._erased:
            return None
        table = models.subjects
        wrapped = self._reader.first(select(table.c.wrapped_key).where(table.c.subject == subject))
        if wrapped is None:
            return None
        found = _Subject(Sealer(self._wrapper.unseal(wrapped, subject)), number_hash, 0)
        self._remember(subject, found)
        return found

    def _remember(self, subject: str, known: _Subject) -> None:
        self._known[subject] = known
        if known.number_hash is not None:
            self._by_number[known.number_hash] = subject


def check_master_key(url: URL, master_key: bytes) -> None:
    """Hold the master key against the database, which learns it the first time; raises VaultKeyError."""
    proof = hmac.digest(derive(master_key, "proof"), b"ringhall", "sha256")
    table = models.vault_seal
    engine = open_sync_engine(url)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            known = connection.scalar(select(table.c.proof).where(table.c.id == 1))
            if known is None:
                connection.execute(table.insert().values(id=1, proof=proof))
            elif not hmac.compare_digest(known, proof):
                raise VaultKeyError(
                    "the master key is not the one that this database was made with, so that nobody's values "
                    "can be read; put the right secrets/master.key back, from the database's own backup"
                )
    finally:
        engine.dispose()
