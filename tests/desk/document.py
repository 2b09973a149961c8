"""The OpenAPI document, and whether an answer is what it promises."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from desk.openapi import all_routes, document

if TYPE_CHECKING:
    from callflow.api import Route


@cache
def routes() -> list[Route]:
    return all_routes()


@cache
def the_document() -> dict[str, Any]:
    return document(routes(), "0")


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Give (method, path) → operation."""
    return {
        (method.upper(), path): operation
        for path, methods in the_document()["paths"].items()
        for method, operation in methods.items()
    }


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """Give the operation that serves a path as it was asked for; None when none does."""
    asked = urlsplit(path).path
    fitting = [
        (template.count("{"), operation)
        for (one, template), operation in operations().items()
        if one == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), asked)
    ]
    return min(fitting, key=lambda pair: pair[0])[1] if fitting else None


@cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference, "components": the_document()["components"]})


def check_answer(method: str, path: str, status: int, body: Any) -> None:
    """Fail unless the document has this status, error id and body."""
    operation = operation_of(method, path)
    if operation is None:
        assert status in {401, 404, 405}, f"{method} {path} is in no document and gave {status}"
        _validator("#/components/schemas/Problem").validate(body)
        return
    promised = operation["responses"].get(str(status))
    assert promised is not None, f"{method} {path} gave {status}: {body}; the document has no such answer"
    if status >= 400:
        assert body["error_id"] in promised["x-error-ids"], (method, path, body)
        assert all(body.values()), body
    schema = promised.get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        _validator(schema["$ref"]).validate(body)
