"""Declared routes: what a handler takes and gives is read from its signature, once."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, get_type_hints

from callflow.api.roles import OPEN, Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from callflow.api.problems import ErrorKind
    from callflow.protocol import Runtime

PREFIX = "/api/v1"
JSON = "application/json"
WEBSOCKET = "websocket"
MOST_BYTES = 64 * 1024
"""Longest body, unless a route says otherwise."""

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_MARK = "__ringhall_route__"
H = TypeVar("H", bound="Callable[..., Awaitable[Any]]")


class RouteError(Exception):
    """A route is declared wrongly; the message names it and the remedy."""


class RouteGroup(Protocol):
    """The routes of one area: a class of the entry-point group ``ringhall.routes``."""

    tag: ClassVar[str]
    """Heading under which the document lists them."""

    @classmethod
    def create(cls, runtime: Runtime) -> RouteGroup:
        """Make the group; services are there, and may not have been started."""


@dataclass(frozen=True)
class Route:
    """One way to ask for something."""

    method: str
    path: str
    """The whole, with parameters as ``{name}``."""
    name: str
    """The handler's, and the operation's in the document."""
    summary: str
    about: str
    roles: frozenset[Role]
    """Who may ask; :data:`~callflow.api.OPEN` for everybody, with no token."""
    errors: tuple[ErrorKind, ...]
    own: str
    """The path parameter that must be an agent's own number when an agent asks; empty for none."""
    gives: str
    """Media type of the answer, or :data:`WEBSOCKET`."""
    status: int
    most_bytes: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Path parameter → its type."""
    query: Any = None
    """A msgspec struct, None when there is no query."""
    body: Any = None
    """What the body is, None when there is none."""
    answer: Any = None
    """What is given as JSON, None for no content."""
    tells: Any = None
    """What comes over a WebSocket."""
    takes: tuple[str, ...] = ()
    """Media types of a file that is the body; the handler reads it from ``asked.raw``."""
    tag: str = ""


def route(
    method: str,
    path: str,
    summary: str,
    *,
    roles: Iterable[Role],
    errors: Iterable[ErrorKind] = (),
    own: str = "",
    gives: str = JSON,
    tells: Any = None,
    status: int = 200,
    most_bytes: int = MOST_BYTES,
    takes: Iterable[str] = (),
    prefix: str = PREFIX,
) -> Callable[[H], H]:
    """Mark a method as the handler of a route.

    Its parameters are ``asked`` (:class:`~callflow.api.Asked`), ``query`` (a msgspec struct), ``body``
    (whatever msgspec can decode) and, by their names, the parameters of the path.  What it gives back is
    sent as JSON, None as status 204; with another ``gives`` it gives an aiohttp response.  With ``takes`` the
    body is a file of one of those media types, which the handler reads from ``asked.raw``.  ``errors`` are
    the kinds that it may raise, beside those that every route has.
    """
    asked_of = frozenset(roles)
    told = {
        "method": method,
        "path": prefix + path,
        "summary": summary,
        "roles": asked_of | {Role.ADMIN} if asked_of else OPEN,
        "errors": tuple(errors),
        "own": own,
        "gives": gives,
        "tells": tells,
        "status": status,
        "most_bytes": most_bytes,
        "takes": tuple(takes),
    }

    def mark(handler: H) -> H:
        handler.__dict__[_MARK] = told
        return handler

    return mark


def routes_of(group: type[RouteGroup]) -> list[Route]:
    """Give the routes that a class declares, in its order; raises RouteError."""
    found = [
        _read(group, name, handler, vars(handler)[_MARK])
        for name, handler in vars(group).items()
        if inspect.isfunction(handler) and _MARK in vars(handler)
    ]
    if not found:
        raise RouteError(f"{group.__qualname__} declares no route; mark its handlers with @route")
    return found


def _read(group: type[RouteGroup], name: str, handler: Any, told: Mapping[str, Any]) -> Route:
    where = f"{group.__qualname__}.{name}"
    hints = get_type_hints(handler, include_extras=True)
    in_path = re.findall(r"\{(\w+)\}", told["path"])
    taken = [one for one in inspect.signature(handler).parameters if one != "self"]
    parameters = {one: hints[one] for one in taken if one not in {"asked", "query", "body"}}
    if told["method"] not in _METHODS:
        raise RouteError(f"{where}: {told['method']} is no method; there are: {', '.join(sorted(_METHODS))}")
    if set(parameters) != set(in_path):
        raise RouteError(
            f"{where} takes {sorted(parameters)}, its path has {sorted(in_path)}; they must agree"
        )
    if taken[:1] != ["asked"]:
        raise RouteError(f"{where}: the first parameter of a handler is 'asked'")
    if told["own"] and told["own"] not in parameters:
        raise RouteError(f"{where}: there is no parameter {told['own']!r} that could name the agent")
    answer = hints.get("return", type(None))
    return Route(
        **told,
        name=name,
        about=inspect.getdoc(handler) or "",
        parameters=parameters,
        query=hints.get("query"),
        body=hints.get("body"),
        answer=None if answer is type(None) or told["gives"] != JSON else answer,
        tag=group.tag,
    )
