"""Who may do what over HTTP: bearer tokens with a role each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from records.errors import DatabaseError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from records.directory import Directory


_log = structlog.get_logger(__name__)


class Role(StrEnum):
    """What a token stands for; a higher one may do all that those before it may."""

    AGENT = "agent"
    INTEGRATION = "integration"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


HOLDER = web.RequestKey("holder", str)
"""Under this key a request knows the name of its token."""
_OPEN = frozenset({"/healthz"})


H = TypeVar("H", bound=Callable[..., Awaitable[web.StreamResponse]])


def allow(*roles: Role) -> Callable[[H], H]:
    """Mark a handler with the roles that may call it."""

    def mark(handler: H) -> H:
        handler.__dict__["allowed_roles"] = frozenset(roles) | {Role.ADMIN}
        return handler

    return mark


def problem(status: int, error_id: str, message: str, remedy: str) -> web.Response:
    """Make an error answer: a stable ``error_id``, what is wrong, and what to do."""
    return web.json_response({"error_id": error_id, "message": message, "remedy": remedy}, status=status)


def authenticate(directory: Directory) -> Middleware:
    """Make the middleware that checks tokens and roles; a handler with no roles is for nobody."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in _OPEN:
            return await handler(request)
        try:
            return await checked(request, handler)
        except (DatabaseError, SQLAlchemyError) as error:
            _log.error("api_without_database", path=request.path, error=str(error).splitlines()[0])
            return problem(
                503,
                "database-unavailable",
                "the database can't be used now",
                "try again; calls go on meanwhile, and what happens is kept",
            )

    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        holder = await directory.holder_of(token) if scheme.lower() == "bearer" and token else None
        if holder is None:
            return problem(
                401,
                "no-valid-token",
                "the request carries no valid token",
                "send 'Authorization: Bearer TOKEN'; the first one is in the home's secrets/api-token",
            )
        wrong = request.match_info.http_exception
        if isinstance(wrong, web.HTTPMethodNotAllowed):
            methods = ", ".join(sorted(wrong.allowed_methods))
            return problem(
                405, "wrong-method", f"{request.path} takes no {request.method}", f"it takes: {methods}"
            )
        if wrong is not None:
            return problem(404, "no-such-path", f"there is no {request.path}", "see /api/v1")
        allowed: frozenset[Role] = getattr(handler, "allowed_roles", frozenset())
        role = holder.role
        request[HOLDER] = holder.name
        if Role(role) not in allowed:
            return problem(
                403,
                "wrong-role",
                f"a token of role {role} may not {request.method} {request.path}",
                f"use a token of one of: {', '.join(sorted(allowed))}",
            )
        return await handler(request)

    return check
