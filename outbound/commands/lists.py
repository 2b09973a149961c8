"""``ringhall campaigns import``, ``lists`` and ``list-delete``: lists of leads in the database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from outbound.commands.opening import (
    AsJson,
    Columns,
    Consent,
    Countries,
    Encoding,
    Home,
    Progress,
    Show,
    countries_of,
    fail,
    opened_store,
)
from outbound.leads.csv_list import CsvList, columns_of
from outbound.store.leads import counts
from outbound.store.lists import delete_list, import_list, lists

if TYPE_CHECKING:
    from outbound.store.lists import ImportResult

ListName = Annotated[str, typer.Argument(help="Name of the list; campaigns name it as their list.")]
ListFile = Annotated[Path, typer.Argument(help="CSV, its first line naming the columns.")]


def import_file(
    name: ListName,
    file: ListFile,
    *,
    home: Home,
    countries: Countries = "",
    encoding: Encoding = "",
    consent: Consent = "",
    columns: Columns = "",
    show: Show = 20,
    as_json: AsJson = False,
) -> None:
    """Make a file the list of a name, in place of what that was; nothing of it is dialled before all is in.

    Numbers that the list had before keep their attempts. The server may be running. Cells that are formulas
    are text, and nothing else; that is so as well for what --json prints.
    Exit status 1 when some line is refused, 2 when nothing was imported.

    Example: ringhall campaigns import spring march.csv --home GB
    """
    command = "import"
    wanted = countries_of(command, home, countries)
    progress = Progress()
    with opened_store(command) as store:
        source = CsvList(
            file, home=wanted[0], countries=wanted, encoding=encoding,
            consent=consent, columns=columns_of(columns),
        )  # fmt: skip
        try:
            result = import_list(store, name, source, progress)
        finally:
            progress.end()
    done = f"{name} is {result.version} now: {result.good:,} leads" if result.good else "no lead is good"
    tell(result, file, show, as_json=as_json, done=done)
    if not result.good:
        fail(command, f"no line of {file} can be called: {name} stays as it was")
    raise typer.Exit(1 if result.refused else 0)


def tell(result: ImportResult, file: Path, show: int, *, as_json: bool, done: str) -> None:
    """Print what came of a file."""
    if as_json:
        told = msgspec.to_builtins(result) | {"refusals": msgspec.to_builtins(result.refusals[:show])}
        typer.echo(json.dumps(told))
        return
    for one in result.refusals[:show]:
        typer.echo(f"{file}:{one.line}: {one.why}")
    more = result.refused - min(show, len(result.refusals))
    if more:
        typer.echo(f"… and {more:,} more; ringhall campaigns list-check {file} tells all")
    typer.echo(f"{done}, {result.refused:,} lines are refused")


def show_lists(*, as_json: AsJson = False) -> None:
    """Show the lists: what they came from, and how many of their leads are open, due now, and over.

    Example: ringhall campaigns lists
    """
    with opened_store("lists") as store:
        found = [msgspec.to_builtins(row) | counts(store, row.name) for row in lists(store)]
    if as_json:
        typer.echo(json.dumps(found))
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("list", "version", "imported", "file", "good", "refused", "open", "due", "over")
    for one in found:
        at = datetime.fromtimestamp(one["imported_at"]).astimezone().strftime("%Y-%m-%d %H:%M")
        over = ", ".join(
            f"{outcome or 'by a rule'} {count:,}" for outcome, count in sorted(one["over"].items())
        )
        figures = (f"{one[name]:,}" for name in ("good", "refused", "open", "due"))
        table.add_row(one["name"], one["version"], at, one["file"], *figures, over)
    Console().print(table)


def delete(name: ListName) -> None:
    """Delete a list with its leads; attempts and do-not-call lists stay.

    Example: ringhall campaigns list-delete spring
    """
    with opened_store("list-delete") as store:
        if not delete_list(store, name):
            known = ", ".join(row.name for row in lists(store)) or "none"
            fail("list-delete", f"there is no list {name!r}; there are: {known}")
    typer.echo(f"{name}: deleted")
