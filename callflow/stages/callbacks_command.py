"""``ringhall callbacks``: who is to be called back."""

from __future__ import annotations

from typing import Annotated, Any
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
    settled: Annotated[bool, typer.Option("--settled", help="Show the last ones that are settled.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the callbacks that are still open, the oldest first, and how far each has come."""
    if settled:
        _list_settled(as_json)
        return
    found = ask("GET", "/control/callbacks")
    for promise in found:
        if not numbers:
            promise["number"] = masked(promise["number"])
    if as_json:
        print_json(found)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("callback", "queue", "promised at", "state", "next try", "tries", "last", "number")
    for promise in found:
        table.add_row(
            promise["callback"],
            promise["queue"],
            local_time(promise["at"]),
            _state(promise),
            _next(promise),
            f"{promise['tries']} of {promise['most_tries'] or '?'}",
            promise["last"].replace("_", " "),
            promise["number"],
        )
    Console().print(table)


def _state(promise: dict[str, Any]) -> str:
    place = f" at {promise['position']}" if promise["position"] else ""
    return f"{promise['state'].replace('_', ' ')}{place}"


def _next(promise: dict[str, Any]) -> str:
    if promise["state"] == "in_line":
        return "in its turn"
    return local_time(promise["due"]) if promise["due"] and promise["state"] in {"resting", "listed"} else ""


def _list_settled(as_json: bool) -> None:
    found = ask("GET", "/control/callbacks/settled")
    if as_json:
        print_json(found)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("callback", "queue", "settled at", "outcome", "tries")
    for one in found:
        outcome = one["outcome"].replace("_", " ")
        table.add_row(one["callback"], one["queue"], local_time(one["at"]), outcome, str(one["tries"]))
    Console().print(table)


@app.command(epilog="Example: ringhall callbacks now 0k2x9…-c1")
def now(callback: Callback, as_json: AsJson = False) -> None:
    """Call now, whoever else waits and whenever the next try was due; opening hours still count."""
    answer = ask("POST", f"/control/callbacks/{quote(callback, safe='')}/now")
    print_json(answer) if as_json else typer.echo(f"{callback}: {answer['state'].replace('_', ' ')}")


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
