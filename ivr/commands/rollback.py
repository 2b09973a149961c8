"""``ringhall rollback``: put an earlier version of the dialplans live."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ivr.commands.common import ask

app = typer.Typer(invoke_without_command=True, subcommand_metavar="")


@app.callback()
def rollback(
    version: Annotated[
        str,
        typer.Argument(help="The version, or its first digits; the one before the live one when left out."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Put an earlier version of the dialplans live for new calls.

    The files stay as they are and count again when they change, or with: ringhall reload

    Example: ringhall rollback 3f2a91c0
    """
    change = ask("rollback", "POST", "/control/site/rollback", {"version": version})
    if as_json:
        typer.echo(json.dumps(change, ensure_ascii=False))
    else:
        typer.echo(f"Version {change['version']} is live until the files change.", err=True)
