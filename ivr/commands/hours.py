"""``ringhall hours``: what is open, and closing by hand without an edit."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from ivr.commands.common import ask

app = typer.Typer(
    invoke_without_command=True,
    help="Show which opening hours are open, and close or reopen them by hand.",
    epilog='Example: ringhall hours close office --until 18:00 --reason "power cut"',
)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for a program to read.")]


@app.callback()
def hours(context: typer.Context, as_json: AsJson = False) -> None:
    """Show which opening hours are open, and close or reopen them by hand.

    Example: ringhall hours
    """
    if context.invoked_subcommand is not None:
        return
    found = ask("hours", "GET", "/control/hours")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        typer.echo(_line(one))
    if not found:
        typer.echo("The dialplans define no hours.", err=True)


@app.command()
def close(
    name: Annotated[str, typer.Argument(help="The opening hours.")],
    until: Annotated[
        str,
        typer.Option(help='2h, 18:00, 2026-12-24 or "2026-12-24 18:00"; left out: until they are reopened.'),
    ] = "",
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    as_json: AsJson = False,
) -> None:
    """Close opening hours now, whatever the dialplan says.

    Example: ringhall hours close office --until 18:00 --reason "power cut"
    """
    body = {"until": until, "reason": reason, "by": getpass.getuser()}
    done = ask("hours", "POST", f"/control/hours/{quote(name, safe='')}/close", body)
    if as_json:
        typer.echo(json.dumps(done, ensure_ascii=False))
    else:
        until_shown = f"until {done['closed_until']}" if done["closed_until"] else "until it is reopened"
        typer.echo(f"{name} is closed {until_shown}.", err=True)


@app.command()
def reopen(
    name: Annotated[str, typer.Argument(help="The opening hours.")],
    as_json: AsJson = False,
) -> None:
    """Take a closure back: the dialplan's hours count again.

    Example: ringhall hours reopen office
    """
    body = {"by": getpass.getuser()}
    done = ask("hours", "POST", f"/control/hours/{quote(name, safe='')}/reopen", body)
    if as_json:
        typer.echo(json.dumps(done, ensure_ascii=False))
    elif done["was_closed"]:
        typer.echo(f"{name} is no longer closed by hand.", err=True)
    else:
        typer.echo(f"{name} was not closed by hand.", err=True)


def _line(one: dict[str, Any]) -> str:
    words = [f"{one['hours']:<20} {one['state']}"]
    if one["state"] == "closure":
        words.append(f"by {one['closed_by']} {'until ' + one['closed_until'] if one['closed_until'] else ''}")
        words.append(f"({one['reason']})" if one["reason"] else "")
    elif one["state"] != "open":
        words.append(f"opens {one['next_opening']}" if one["next_opening"] else "never opens")
    return " ".join(filter(None, (word.strip() for word in words)))
