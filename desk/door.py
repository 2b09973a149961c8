"""The way of a request: let in or not, read, handled, answered; whatever goes wrong is a typed error."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from callflow.api import JSON, WRONG_FIELD, ApiError, Problem
from desk.errors import NO_DATABASE, NO_PATH, UNEXPECTED, WRONG_METHOD
from desk.reading import arguments
from records.errors import DatabaseError, Fenced, in_a_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.typedefs import Handler, Middleware

    from callflow.api import Route
    from desk.gate import Gate

_log = structlog.get_logger(__name__)

REQUEST_ID = "X-Request-Id"
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID = web.RequestKey("request_id", str)
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def request_id(request: web.Request) -> str:
    """Give the id of a request: the one it came with, when that is plain, or one of ours."""
    known = request.get(_ID)
    if known is None:
        given = request.headers.get(REQUEST_ID, "")
        known = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        request[_ID] = known
    return known


def handler_of(route: Route, handle: Callable[..., Awaitable[Any]], gate: Gate) -> Handler:
    """Make aiohttp's handler of a route."""

    async def handler(request: web.Request) -> web.StreamResponse:
        asked = await gate.let_in(route, request, request_id(request))
        result = await handle(asked=asked, **await arguments(route, request))
        if isinstance(result, web.StreamResponse):
            return result
        if route.answer is None:
            return web.Response(status=204)
        return web.Response(body=msgspec.json.encode(result), content_type=JSON, status=route.status)

    return handler


def guard(gate: Gate) -> Middleware:
    """Make the middleware that knows every request by an id, and turns what fails into typed errors."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        known = request_id(request)
        with structlog.contextvars.bound_contextvars(request=known):
            try:
                answer = await _answered(request, handler, gate)
            except ApiError as error:
                answer = problem(request, error)
        if not answer.prepared:
            answer.headers.update({REQUEST_ID: known, **_HEADERS})
        return answer

    return guarded


async def _answered(request: web.Request, handler: Handler, gate: Gate) -> web.StreamResponse:
    try:
        if request.match_info.http_exception is not None:
            return await _refused(request, gate, request.match_info.http_exception)
        return await handler(request)
    except (DatabaseError, SQLAlchemyError) as error:
        _log.error("api_without_database", path=request.path, error=in_a_line(error))
        raise NO_DATABASE("the database can't be used now") from None
    except Fenced:
        raise NO_DATABASE("another controller has taken this installation over") from None
    except web.HTTPException as error:
        # of aiohttp's own making: a header that is too long, a broken upgrade
        raise WRONG_FIELD(f"{error.reason}: {error.text}", where="request") from None
    except (ApiError, ConnectionError):
        raise
    except Exception:  # noqa: BLE001 - nobody is shown a traceback; the log has it
        _log.exception("api_failed", method=request.method, path=request.path)
        raise UNEXPECTED("something failed here; it is in the server's log under this request's id") from None


async def _refused(request: web.Request, gate: Gate, wrong: web.HTTPException) -> web.Response:
    """Tell what is not there, but not to those who have no token."""
    await gate.know(request)
    if isinstance(wrong, web.HTTPMethodNotAllowed):
        methods = ", ".join(sorted(wrong.allowed_methods))
        raise WRONG_METHOD(f"{request.path} takes no {request.method}", remedy=f"it takes: {methods}")
    raise NO_PATH(f"there is no {request.path}")


def problem(request: web.Request, error: ApiError) -> web.Response:
    """Make the answer that tells of an error."""
    told = Problem(
        error_id=error.kind.id,
        message=str(error),
        where=error.where or f"{request.method} {request.path}",
        remedy=error.remedy,
        request_id=request_id(request),
    )
    headers = {"WWW-Authenticate": "Bearer"} if error.kind.status == 401 else {}
    if error.retry_after_s:
        headers["Retry-After"] = str(error.retry_after_s)
    return web.Response(
        body=msgspec.json.encode(told), content_type=JSON, status=error.kind.status, headers=headers
    )
