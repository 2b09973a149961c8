"""What ``ringhall campaigns`` offers."""

from __future__ import annotations

import typer

from outbound.commands.audit import audit

app = typer.Typer(help="Outbound campaigns.", no_args_is_help=True)
app.command("audit")(audit)


@app.callback()
def campaigns() -> None:
    """Outbound campaigns: for now, the compliance ledger."""
