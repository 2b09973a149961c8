"""``ringhall trunks``: how each trunk is, and the calls on it."""

from __future__ import annotations

from typing import Any

import typer

from callflow.stages.asking import AsJson, ask, local_time, print_json

app = typer.Typer(
    help="Trunks: registered or not, reachable or not, calls now. Example: ringhall trunks list",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _trunks() -> None:
    """Look at the trunks."""


@app.command("list", epilog="Example: ringhall trunks list --json")
def list_trunks(as_json: AsJson = False) -> None:
    """List the trunks of the settings and of the site."""
    trunks = ask("GET", "/control/trunks")
    if as_json:
        print_json(trunks)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("trunk", "registration", "answers", "in", "out", "most out", "last failure")
    for trunk in trunks:
        table.add_row(
            trunk["trunk"] if trunk["known"] else f"{trunk['trunk']} (not in the settings)",
            trunk["registration"] or "-",
            trunk["reachable"] or "not asked",
            str(trunk["calls_in"]),
            str(trunk["calls_out"]),
            str(trunk["most_calls"] or "-"),
            _failure(trunk),
        )
    Console().print(table)


def _failure(trunk: dict[str, Any]) -> str:
    if not trunk["last_failure"]:
        return "-"
    return f"{trunk['last_failure']} at {local_time(trunk['last_failure_at'])}"
