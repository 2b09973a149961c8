"""Kinds of errors that every route has, and those that several areas share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.api import WRONG_FIELD, ErrorKind

if TYPE_CHECKING:
    from callflow.api import Route

NO_TOKEN = ErrorKind(
    "no-valid-token",
    401,
    "No token, one that is unknown or revoked, or one that has expired.",
    "send 'Authorization: Bearer TOKEN'; the first one is in the home's secrets/api-token",
)
WRONG_ROLE = ErrorKind(
    "wrong-role", 403, "The token's role may not do this.", "use a token of a role that may"
)
OTHER_AGENT = ErrorKind(
    "other-agent",
    403,
    "An agent's token asks for somebody else.",
    "use the number that the token is bound to",
)
NO_PATH = ErrorKind("no-such-path", 404, "There is no such path.", "see /api/v1/openapi.json")
WRONG_METHOD = ErrorKind("wrong-method", 405, "The path does not take this method.", "use one that it takes")
BAD_BODY = ErrorKind("bad-body", 400, "The body is not JSON.", "send a JSON object as the document shows it")
TOO_LARGE = ErrorKind("too-large", 413, "The body is too large.", "send less at a time")
TOO_MANY = ErrorKind(
    "too-many-requests", 429, "The token asks too often.", "wait for the seconds of the header Retry-After"
)
UNEXPECTED = ErrorKind(
    "unexpected", 500, "Something failed here.", "give the request id to the admin: the server's log has it"
)
NO_DATABASE = ErrorKind(
    "database-unavailable",
    503,
    "The database can't be used now.",
    "try again; calls go on meanwhile, and what happens is kept",
)
NO_PART = ErrorKind(
    "part-not-running", 503, "The part that knows this is not running.", "see 'ringhall status'"
)


def common(route: Route) -> tuple[ErrorKind, ...]:
    """Give the kinds of errors that a route has without naming them."""
    kinds = [TOO_MANY, UNEXPECTED, NO_DATABASE, NO_PART]
    if route.roles:
        kinds += [NO_TOKEN, WRONG_ROLE]
    if route.own:
        kinds.append(OTHER_AGENT)
    if route.body is not None:
        kinds += [BAD_BODY, TOO_LARGE]
    if route.body is not None or route.query is not None or route.parameters:
        kinds.append(WRONG_FIELD)
    return tuple(kinds)
