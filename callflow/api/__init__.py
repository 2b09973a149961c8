"""How a part brings routes of the HTTP API (docs/api.md, *Adding a route*).

A class whose methods are marked with :func:`route` is declared as an entry point of ``ringhall.routes``; from
their signatures come the checks of what is sent, the answers, and the OpenAPI document.  Nothing here knows
HTTP: ``desk`` serves what is declared.
"""

from __future__ import annotations

from callflow.api.asked import Asked
from callflow.api.paging import Page, Paging, WrongCursor, cut, opened, sealed
from callflow.api.problems import WRONG_FIELD, ApiError, ErrorKind, Problem
from callflow.api.roles import EVERY_ROLE, OPEN, Role
from callflow.api.routes import JSON, PREFIX, WEBSOCKET, Route, RouteError, RouteGroup, route, routes_of
from callflow.api.words import CallId, Moment

__all__ = [
    "EVERY_ROLE",
    "JSON",
    "OPEN",
    "PREFIX",
    "WEBSOCKET",
    "WRONG_FIELD",
    "ApiError",
    "Asked",
    "CallId",
    "ErrorKind",
    "Moment",
    "Page",
    "Paging",
    "Problem",
    "Role",
    "Route",
    "RouteError",
    "RouteGroup",
    "WrongCursor",
    "cut",
    "opened",
    "route",
    "routes_of",
    "sealed",
]
