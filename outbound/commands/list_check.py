"""``ringhall campaigns list-check``: what of a list could be called, before any of it is."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated, NoReturn

import phonenumbers
import typer

from outbound.commands.opening import Columns  # noqa: TC001 - typer reads it
from outbound.leads.csv_list import CsvList, ListError, columns_of
from outbound.leads.lead import Refused

_PROGRESS_S = 1.0


def list_check(
    file: Annotated[Path, typer.Argument(help="CSV, its first line naming the columns.")],
    *,
    home: Annotated[str, typer.Option(help="Country of numbers without an international prefix: GB.")],
    countries: Annotated[
        str, typer.Option(help="Whose numbers are wanted, if not home's alone: GB,IE.")
    ] = "",
    encoding: Annotated[str, typer.Option(help="If it is not UTF-8: cp1252, gb18030.")] = "",
    columns: Columns = "",
    show: Annotated[int, typer.Option(min=0, help="How many refused lines are printed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Read a list and tell line by line what of it can't be called, and why. Nothing is kept.

    Exit status 1 when some line is refused, 2 when the whole file is unusable.

    Example: ringhall campaigns list-check march.csv --home GB
    """
    wanted = {country.strip().upper() for country in f"{home},{countries}".split(",") if country.strip()}
    unknown = sorted(wanted - set(phonenumbers.SUPPORTED_REGIONS))
    if unknown:
        _fail(f"{', '.join(unknown)}: no such country; right ones are GB, DE, CN")
    good, why = 0, Counter[str]()
    refused: list[Refused] = []
    told_at = time.monotonic()
    try:
        named = columns_of(columns)
        reading = CsvList(file, home=home.strip().upper(), countries=wanted, encoding=encoding, columns=named)
        for each in reading.lines():
            if isinstance(each, Refused):
                why[_kind(each.why)] += 1
                if len(refused) < show:
                    refused.append(each)
            else:
                good += 1
            if time.monotonic() - told_at > _PROGRESS_S and sys.stderr.isatty():
                told_at = time.monotonic()
                typer.echo(f"\r… {good + why.total():,} lines", err=True, nl=False)
    except ListError as error:
        _fail(str(error))
    if as_json:
        lines = [{"line": one.line, "why": one.why} for one in refused]
        typer.echo(json.dumps({"good": good, "refused": why.total(), "why": dict(why), "lines": lines}))
    else:
        for one in refused:
            typer.echo(f"{file}:{one.line}: {one.why}")
        if why.total() > len(refused):
            typer.echo(f"… and {why.total() - len(refused):,} more (--show)")
        typer.echo(f"{good:,} can be called, {why.total():,} are refused")
        for kind, count in why.most_common():
            typer.echo(f"{count:>10,}  {kind}")
    raise typer.Exit(1 if why else 0)


def _kind(why: str) -> str:
    """Give a reason without what differs from line to line."""
    return why.rpartition(" as in line ")[0] + " as before" if " as in line " in why else why


def _fail(words: str) -> NoReturn:
    typer.echo(f"ringhall campaigns list-check: {words}", err=True)
    raise typer.Exit(2)
