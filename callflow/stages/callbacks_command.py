"""``ringhall callbacks``: who is to be called back."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from callflow.personal import masked
from callflow.stages.asking import AsJson, ask, local_time, print_json

app = typer.Typer(
    help="Callers who were promised a callback. Example: ringhall callbacks list --numbers",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Callback = Annotated[str, typer.Argument(help="The callback's id, as listed.")]


@app.command("list", epilog="Example: ringhall callbacks list --json")
def list_callbacks(
    numbers: Annotated[bool, typer.Option("--numbers", help="Show the numbers whole.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the callbacks that are still open, the oldest first."""
    found = ask("GET", "/control/callbacks")
    for promise in found:
        if not numbers:
            promise["number"] = masked(promise["number"])
    if as_json:
        print_json(found)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("callback", "queue", "promised at", "when", "not before", "language", "number")
    for promise in found:
        when = promise["when"].replace("_", " ") + (f" ({promise['hours']})" if promise["hours"] else "")
        table.add_row(
            promise["callback"],
            promise["queue"],
            local_time(promise["at"]),
            when,
            "–" if promise["due"] is None else local_time(promise["due"]),
            promise["language"],
            promise["number"],
        )
    Console().print(table)


@app.command(epilog="Example: ringhall callbacks done 0k2x9…-c1")
def done(callback: Callback, as_json: AsJson = False) -> None:
    """Note that the caller was called back."""
    _settle(callback, "done", as_json)


@app.command(epilog="Example: ringhall callbacks withdraw 0k2x9…-c1")
def withdraw(callback: Callback, as_json: AsJson = False) -> None:
    """Take a callback off the list that nobody wants any more."""
    _settle(callback, "withdrawn", as_json)


def _settle(callback: str, outcome: str, as_json: bool) -> None:
    answer = ask("POST", f"/control/callbacks/{quote(callback, safe='')}/{outcome}")
    print_json(answer) if as_json else typer.echo(f"{callback}: {outcome}")
