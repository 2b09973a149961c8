"""What was sent, as a route's types say: path, query and body; errors name the field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from callflow.api import WRONG_FIELD
from callflow.near import near_name
from desk.errors import BAD_BODY, TOO_LARGE

if TYPE_CHECKING:
    from aiohttp import web

    from callflow.api import ApiError, Route

_AT = re.compile(r"^(?P<what>.*) - at `(?P<place>[^`]*)`$", re.DOTALL)
_NAMED = re.compile(r"(?:required|unknown) field `([^`]*)`")


async def arguments(route: Route, request: web.Request) -> dict[str, Any]:
    """Give a handler's parameters; raises an ApiError."""
    told: dict[str, Any] = {}
    for name, kind in route.parameters.items():
        try:
            told[name] = msgspec.convert(request.match_info[name], kind, strict=False)
        except msgspec.ValidationError as error:
            raise _wrong(f"path.{name}", error, kind) from None
    if route.query is not None:
        asked = {name: request.query.getone(name) for name in request.query}
        try:
            told["query"] = msgspec.convert(asked, route.query, strict=False)
        except msgspec.ValidationError as error:
            raise _wrong("query", error, route.query) from None
    if route.body is not None:
        told["body"] = _decoded(await _body(request, route.most_bytes), route.body)
    return told


def _decoded(raw: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw if raw.strip() else b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _wrong("body", error, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BAD_BODY(f"the body is no JSON: {error}", where="body") from None


async def _body(request: web.Request, most: int) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > most:
            raise TOO_LARGE(f"the body has more than {most} bytes", where="body")
    return bytes(raw)


def _wrong(begin: str, error: msgspec.ValidationError, kind: Any) -> ApiError:
    """Name the field that msgspec complains about: ``body.seconds``."""
    message, place = str(error), ""
    if found := _AT.match(message):
        message, place = found["what"], found["place"].removeprefix("$")
    remedy = WRONG_FIELD.remedy
    if named := _NAMED.search(message):
        place += f".{named[1]}"
        close = near_name(named[1], getattr(kind, "__struct_fields__", ()))
        if close and "unknown" in message:
            remedy = f"did you mean {close}?"
    return WRONG_FIELD(f"{message[:1].lower()}{message[1:]}", where=f"{begin}{place}", remedy=remedy)
