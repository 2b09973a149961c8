"""``ringhall check``: every problem of a dialplan at once, with its place and its remedy."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

from ivr.commands.common import read_sites
from ivr.problems import Severity

app = typer.Typer(
    invoke_without_command=True,
    subcommand_metavar="",
    context_settings={"allow_interspersed_args": True},
)


@app.callback()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help="Files of one site, or folders of one site each."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Check dialplans: every problem with file, line, column and remedy.

    Without FILES, the folder that the server would load is checked.
    Exit status 1 with errors, 0 with warnings only.

    Example: ringhall check dialplans/demo.yaml
    """
    results = read_sites("check", files or [])
    problems = [problem for result in results for problem in result.problems]
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    warnings = len(problems) - errors
    if as_json:
        found = [problem.as_json() for problem in problems]
        typer.echo(
            json.dumps({"errors": errors, "warnings": warnings, "problems": found}, ensure_ascii=False)
        )
    else:
        for problem in problems:
            typer.echo(str(problem))
        for result in results:
            if result.site is not None:
                menus = sum("/" not in name for name in result.site.blocks)
                read = ", ".join(result.site.files)
                typer.echo(f"{read}: ok: {result.site.name}, {_counted(menus, 'menu')}", err=True)
        if problems:
            typer.echo(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}", err=True)
    raise typer.Exit(1 if errors else 0)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
