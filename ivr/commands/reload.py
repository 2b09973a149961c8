"""``ringhall reload``: read the dialplans again and put them live."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ivr.commands.common import ask

app = typer.Typer(invoke_without_command=True, subcommand_metavar="")


@app.callback()
def reload(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Read the dialplans again and put them live for new calls, a rollback notwithstanding.

    Saved files go live by themselves within a second, unless the setting watch_dialplans says no.
    Calls in progress finish on the version they began with.
    Exit status 1 when there are errors: what was live then stays live.

    Example: ringhall reload
    """
    change = ask("reload", "POST", "/control/site/reload")
    refused = change["result"] == "refused"
    if as_json:
        typer.echo(json.dumps(change, ensure_ascii=False))
    else:
        for problem in change["problems"]:
            typer.echo(shown(problem))
        if refused:
            typer.echo(f"Not put live. Version {change['version']} stays live.", err=True)
        else:
            already = " already" if change["result"] == "unchanged" else ""
            typer.echo(f"Version {change['version']} is{already} live.", err=True)
    raise typer.Exit(1 if refused else 0)


def shown(problem: dict[str, object]) -> str:
    """Write a problem as ``ringhall check`` does."""
    from ivr.problems import Problem, Severity  # noqa: PLC0415

    return str(Problem(**{**problem, "severity": Severity(str(problem["severity"]))}))  # type: ignore[arg-type]
