"""Errors of the API: each kind is declared once, with its id, status and remedy."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """The body of every answer from status 400 on."""

    error_id: str
    """Stable: programs decide by it."""
    message: str
    """What is wrong, for people."""
    where: str
    """What it is about: a field (``body.seconds``), a call's id, a file with its line, or the path."""
    remedy: str
    """What to do about it."""
    request_id: str
    """As in the header ``X-Request-Id``, and in the server's log."""


class ErrorKind(msgspec.Struct, frozen=True):
    """A kind of error.  Calling it makes one: ``raise NO_SUCH_CALL(f"there is no {call}", where=call)``."""

    id: str
    status: int
    about: str
    """One line for the documentation."""
    remedy: str
    """What to do, unless the error itself knows better."""

    def __call__(
        self, message: str, *, where: str = "", remedy: str = "", retry_after_s: int = 0
    ) -> ApiError:
        """Make an error of this kind."""
        return ApiError(self, message, where=where, remedy=remedy or self.remedy, retry_after_s=retry_after_s)


class ApiError(Exception):
    """A request that can't be served; nothing was changed."""

    def __init__(
        self, kind: ErrorKind, message: str, *, where: str, remedy: str, retry_after_s: int = 0
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.where = where
        self.remedy = remedy
        self.retry_after_s = retry_after_s
        """Goes into the header ``Retry-After``; 0 for none."""


WRONG_FIELD = ErrorKind(
    "wrong-field",
    400,
    "A field of the path, the query or the body is missing, unknown or of the wrong type; `where` names it.",
    "see /api/v1/openapi.json for what it takes",
)
