"""The document: valid OpenAPI 3.1, whole, and the same from server and command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

from callflow.api import Asked, Role, RouteError, route, routes_of
from desk.openapi_command import app
from tests.desk.document import operations, routes, the_document

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from tests.desk.conftest import Office


def test_it_is_valid() -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(the_document()))).validate()


def test_every_operation_says_what_it_does() -> None:
    named = [operation["operationId"] for operation in operations().values()]
    assert len(set(named)) == len(named) == len(routes())
    for (method, path), operation in operations().items():
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert "500" in operation["responses"], (method, path)


async def test_the_server_and_the_command_give_the_same(office: Office) -> None:
    served = (await office.ask("/api/v1/openapi.json", "agent")).body
    result = CliRunner().invoke(app, ["--indent", "0"])
    assert json.loads(result.output) == served
    assert served["openapi"] == "3.1.0"
    assert served["paths"].keys() == the_document()["paths"].keys()


class Body(msgspec.Struct):
    """A body."""


class Base:
    """What every group has."""

    tag: ClassVar[str] = "test"

    @classmethod
    def create(cls, runtime: Runtime) -> Base:
        return cls()


class NothingDeclared(Base):
    pass


class PathTakesMore(Base):
    @route("GET", "/a/{one}", "A", roles={Role.ADMIN})
    async def a(self, asked: Asked) -> None: ...


class NobodyAsks(Base):
    @route("POST", "/a", "A", roles={Role.ADMIN})
    async def a(self, body: Body) -> None: ...


class WrongMethod(Base):
    @route("FETCH", "/a", "A", roles={Role.ADMIN})
    async def a(self, asked: Asked) -> None: ...


class OwnOfNobody(Base):
    @route("GET", "/a", "A", roles={Role.AGENT}, own="number")
    async def a(self, asked: Asked) -> None: ...


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (NothingDeclared, "declares no route"),
        (PathTakesMore, "its path has ['one']"),
        (NobodyAsks, "the first parameter of a handler is 'asked'"),
        (WrongMethod, "FETCH is no method"),
        (OwnOfNobody, "no parameter 'number'"),
    ],
)
def test_a_route_declared_wrongly_is_told(group: type[Base], said: str) -> None:
    with pytest.raises(RouteError, match=said.replace("[", r"\[").replace("]", r"\]")):
        routes_of(group)
