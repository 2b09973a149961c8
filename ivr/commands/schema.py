"""``ringhall schema``: the JSON Schema of dialplans, for editors."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

from ivr.commands.common import installed, one_site
from ivr.tools.schema import schema_of

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)


@app.callback()
def schema(
    site: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SITE]", help="A dialplan, or a site's folder: its menus, queues … become completions."
        ),
    ] = None,
    part: Annotated[
        bool, typer.Option("--part", help="For one file of a site of several: nothing is required in it.")
    ] = False,
) -> None:
    """Print the JSON Schema (2020-12) of dialplans, with which editors complete and explain.

    Example: ringhall schema > dialplan.schema.json, and as the first line of a dialplan
    "# yaml-language-server: $schema=dialplan.schema.json"
    """
    stages, sections = installed("schema")
    known = one_site("schema", site)[0] if site is not None else None
    made = schema_of(stages, sections, known, part=part)
    typer.echo(json.dumps(made, ensure_ascii=False, indent=2))
