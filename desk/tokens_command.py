"""``ringhall tokens``: who may use the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import typer

from callflow.stages.asking import AsJson, ask, print_json

app = typer.Typer(
    help="Tokens of the HTTP API: list, make, revoke. Example: ringhall tokens make wallboard supervisor",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(help="The token's name, on record with all that it is used for.")]


@app.command("list", epilog="Example: ringhall tokens list --json")
def list_tokens(as_json: AsJson = False) -> None:
    """List all tokens, without what they say: only a hash of that is kept."""
    found = ask("GET", "/control/tokens")
    if as_json:
        print_json(found)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("name", "role", "agent", "made by", "made", "expires", "last used")
    for one in found:
        times = (_local(one[name]) for name in ("made_at", "expires_at", "last_used_at"))
        table.add_row(one["name"], one["role"], one["agent"], one["made_by"], *times)
    Console().print(table)


@app.command(epilog="Example: ringhall tokens make desk-ada agent --agent 1001 --days 90")
def make(
    name: Name,
    role: Annotated[str, typer.Argument(help="agent, integration, supervisor or admin.")],
    *,
    agent: Annotated[str, typer.Option(help="For the role agent: whom it acts for.")] = "",
    days: Annotated[float | None, typer.Option(help="After so many days it expires.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once."""
    wanted = {"name": name, "role": role, "agent": agent, "days": days}
    made = ask("POST", "/control/tokens", wanted)
    print_json(made) if as_json else typer.echo(made["token"])


@app.command(epilog="Example: ringhall tokens revoke wallboard")
def revoke(name: Name, as_json: AsJson = False) -> None:
    """Revoke a token: it is worth nothing from now on."""
    answer = ask("DELETE", f"/control/tokens/{quote(name, safe='')}")
    print_json(answer) if as_json else typer.echo(f"{name}: revoked")


def _local(at: str | None) -> str:
    return "" if at is None else datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
