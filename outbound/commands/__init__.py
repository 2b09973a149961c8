"""What ``ringhall campaigns`` offers."""

from __future__ import annotations

import typer

from outbound.commands.audit import audit
from outbound.commands.list_check import list_check

app = typer.Typer(help="Outbound campaigns.", no_args_is_help=True)
app.command("audit")(audit)
app.command("list-check")(list_check)


@app.callback()
def campaigns() -> None:
    """Outbound campaigns: for now, lists and the compliance ledger."""
