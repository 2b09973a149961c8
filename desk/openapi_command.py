"""``ringhall openapi``: the API's document, with no server running."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Annotated

import typer

from callflow.api import RouteError
from callflow.parts import PartError
from desk.openapi import all_routes, document

app = typer.Typer(
    help="Print the OpenAPI 3.1 document of the HTTP API. Example: ringhall openapi > ringhall.json",
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True, epilog="Example: ringhall openapi --indent 0")
def show(indent: Annotated[int, typer.Option(min=0, max=8, help="Spaces; 0 for one line.")] = 2) -> None:
    """Print the document, as the server gives it at /api/v1/openapi.json."""
    try:
        told = document(all_routes(), version("ringhall"))
    except (PartError, RouteError) as error:
        typer.echo(f"ringhall: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(told, ensure_ascii=False, indent=indent or None))
