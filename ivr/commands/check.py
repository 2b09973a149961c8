"""``ringhall check``: every problem of a dialplan at once, with its place and its remedy."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.advice import unstaffed
from ivr.commands.common import read_sites, settings_of
from ivr.problems import Severity

if TYPE_CHECKING:
    from ivr.load import Loaded
    from ivr.problems import Problem

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
    agents: Annotated[
        bool,
        typer.Option("--agents", help="Also with FILES: are there agents with the skills of the queues?"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Check dialplans: every problem with file, line, column and remedy.

    Without FILES, the folder that the server would load is checked, and whether its agents have the skills
    that its queues need.
    Exit status 1 with errors, 0 with warnings only.

    Example: ringhall check dialplans/demo.yaml
    """
    results = read_sites("check", files or [])
    problems = [problem for result in results for problem in result.problems]
    if agents or not files:
        problems += _unstaffed(results)
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


def _unstaffed(results: list[Loaded]) -> list[Problem]:
    """Ask who works here, where somebody knows it."""
    from ivr.commands.agents import skills_of_agents  # noqa: PLC0415 - a database is slow to import

    skills = skills_of_agents(settings_of("check"))
    return [] if skills is None else [problem for result in results for problem in unstaffed(result, skills)]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
