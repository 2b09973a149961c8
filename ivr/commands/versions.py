"""``ringhall versions``: which versions of the dialplans were live, when, and by whom."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ivr.commands.common import ask

app = typer.Typer(invoke_without_command=True, subcommand_metavar="")


@app.callback()
def versions(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list for a program to read.")] = False,
) -> None:
    """List the versions of the dialplans that can be brought back, newest first.

    Times are UTC. "who" is the user who asked for it, "watch" for a saved file, "start" for a start.

    Example: ringhall versions --json
    """
    kept = ask("versions", "GET", "/control/site/versions")
    if as_json:
        typer.echo(json.dumps(kept, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("version", "", "went live", "who", "how", "times", "files")
    for one in kept:
        last = one["times"][-1]
        table.add_row(
            one["version"],
            "live" if one["live"] else "",
            last["at"].partition(".")[0].replace("T", " ").removesuffix("Z"),
            last["who"],
            last["how"],
            str(len(one["times"])),
            ", ".join(one["files"]),
        )
    Console().print(table)
