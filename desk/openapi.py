"""The OpenAPI 3.1 document, made of the declared routes: nothing in it is written by hand."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, get_args, get_origin

import msgspec

from callflow.api import JSON, WEBSOCKET, ErrorKind, Problem, Role, routes_of
from callflow.parts import load
from desk.errors import common

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from callflow.api import Route, RouteGroup

ROUTES = "ringhall.routes"
FORM = "multipart/form-data"
_REFERENCE = "#/components/schemas/{name}"
_ABOUT = (
    "Each operation says in x-roles which tokens it takes. Every error has the body of the schema Problem, "
    "and an error_id that is listed with the operation."
)


def groups() -> dict[str, type[RouteGroup]]:
    """Load every area's routes."""
    return load(ROUTES)


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Make the document of all routes."""
    kinds: list[Any] = [Problem]
    for route in routes:
        kinds += [kind for kind in (route.query, route.body, route.answer, route.tells) if kind is not None]
        kinds += list(route.parameters.values())
    schemas, components = _schemas(kinds)
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route, schemas, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ringhall",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(kinds: Iterable[Any]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Give each type's schema, and the components that they refer to."""
    each = list({repr(kind): kind for kind in kinds}.items())
    found, components = msgspec.json.schema_components([kind for _, kind in each], ref_template=_REFERENCE)
    return {name: schema for (name, _), schema in zip(each, found, strict=True)}, components


def _operation(route: Route, schemas: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{route.tag}.{route.name}",
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.about,
        "x-roles": sorted(route.roles),
        "security": [{"token": []}] if route.roles else [],
        "responses": {**_success(route, schemas), **_failures(route)},
    }
    if Role.AGENT in route.roles and route.own:
        told["x-own-agent"] = route.own
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schemas[repr(kind)]}
        for name, kind in route.parameters.items()
    ]
    if route.query is not None:
        parameters += _query(schemas[repr(route.query)], components)
    if parameters:
        told["parameters"] = parameters
    if route.body is not None:
        needed = _required(route.body)
        told["requestBody"] = {
            "required": needed,
            "content": {JSON: {"schema": schemas[repr(route.body)]}},
        }
    if route.takes:
        told["requestBody"] = {"required": True, "content": {kind: _file(kind) for kind in route.takes}}
    return told


def _file(kind: str) -> dict[str, Any]:
    """Describe a file as a body of this media type."""
    if kind != FORM:
        return {"schema": {"type": "string"}}
    field = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"schema": {"type": "object", "required": ["file"], "properties": {"file": field}}}


def _required(body: Any) -> bool:
    """Tell whether a body may be left out: when all that it could say has a default."""
    kind = get_origin(body) or body
    if get_args(body) or not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return True
    return any(field.required for field in msgspec.structs.fields(kind))


def _query(schema: Mapping[str, Any], components: Mapping[str, Any]) -> list[dict[str, Any]]:
    model = components[schema["$ref"].rpartition("/")[2]]
    needed = model.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": one}
        for name, one in model["properties"].items()
    ]


def _success(route: Route, schemas: Mapping[str, Any]) -> dict[str, Any]:
    if route.gives == WEBSOCKET:
        told = {"description": "The connection becomes a WebSocket; x-message is what comes over it."}
        return {"101": told | ({} if route.tells is None else {"x-message": schemas[repr(route.tells)]})}
    headers = {"X-Request-Id": {"schema": {"type": "string"}}}
    if route.gives != JSON:
        media = {route.gives: {"schema": {"type": "string"}}}
        return {str(route.status): {"description": "As asked.", "headers": headers, "content": media}}
    if route.answer is None:
        return {"204": {"description": "Done.", "headers": headers}}
    content = {JSON: {"schema": schemas[repr(route.answer)]}}
    return {str(route.status): {"description": "As asked.", "headers": headers, "content": content}}


def _failures(route: Route) -> dict[str, Any]:
    by_status: defaultdict[int, list[ErrorKind]] = defaultdict(list)
    for kind in {kind.id: kind for kind in (*common(route), *route.errors)}.values():
        by_status[kind.status].append(kind)
    schema = {"$ref": _REFERENCE.format(name=Problem.__name__)}
    return {
        str(status): {
            "description": "\n".join(f"`{kind.id}`: {kind.about}" for kind in kinds),
            "x-error-ids": [kind.id for kind in kinds],
            "content": {JSON: {"schema": schema}},
        }
        for status, kinds in sorted(by_status.items())
    }


def all_routes() -> list[Route]:
    """Give every installed route; raises PartError and RouteError."""
    return [route for group in groups().values() for route in routes_of(group)]
