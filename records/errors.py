"""What can go wrong with the records, in words that an operator can act on."""

from __future__ import annotations


def in_a_line(error: BaseException) -> str:
    """Give an error's first line, for the log; its kind when it has no words."""
    return next(iter(str(error).splitlines()), type(error).__name__)


class RecordsError(Exception):
    """Base of all errors of this package."""


class DatabaseError(RecordsError):
    """The database can't be reached, used or understood; the message says what to do."""


class Fenced(RecordsError):  # noqa: N818 - named for what happened
    """Another owner has taken the stream over; this one must write nothing more."""


class NotRecovered(RecordsError):  # noqa: N818 - named for what is missing
    """An event was appended before the log had been read to its end (:meth:`EventLog.recover`)."""


class JournalInUse(RecordsError):  # noqa: N818 - named for what happened
    """Another process writes to this journal folder."""


class VaultKeyError(RecordsError):
    """The master key does not fit the database."""


class DirectoryError(RecordsError):
    """An agent, phone or token can't be saved as given; the message says why and what would do."""
