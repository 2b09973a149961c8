"""What ``ringhall campaigns`` offers."""

from __future__ import annotations

import typer

from outbound.commands.audit import audit
from outbound.commands.campaigns import answers, dispose, drain, list_campaigns, pause, start, stop
from outbound.commands.do_not_call import dnc_add, dnc_check, dnc_import, dnc_remove
from outbound.commands.list_check import list_check
from outbound.commands.lists import delete, import_file, show_lists

app = typer.Typer(help="Outbound campaigns.", no_args_is_help=True)
app.command("list")(list_campaigns)
app.command("answers")(answers)
app.command("start")(start)
app.command("pause")(pause)
app.command("drain")(drain)
app.command("stop")(stop)
app.command("dispose")(dispose)
app.command("audit")(audit)
app.command("list-check")(list_check)
app.command("import")(import_file)
app.command("lists")(show_lists)
app.command("list-delete")(delete)
app.command("dnc-import")(dnc_import)
app.command("dnc-add")(dnc_add)
app.command("dnc-remove")(dnc_remove)
app.command("dnc-check")(dnc_check)


@app.callback()
def campaigns() -> None:
    """Outbound campaigns: lists, who must not be called, and the compliance ledger."""
