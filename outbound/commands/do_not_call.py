"""``ringhall campaigns dnc-…``: who must not be called."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from outbound.commands.lists import tell
from outbound.commands.opening import (
    AsJson,
    Campaign,
    Encoding,
    Home,
    NumberArgument,
    Progress,
    Show,
    countries_of,
    opened_store,
    person_of,
)
from outbound.store import do_not_call

NumbersFile = Annotated[Path, typer.Argument(help="A number a line, or CSV with a column of numbers.")]


def dnc_import(
    file: NumbersFile,
    *,
    home: Home,
    campaign: Campaign = "",
    encoding: Encoding = "",
    show: Show = 20,
    as_json: AsJson = False,
) -> None:
    """Add a file's numbers to a do-not-call list, of whatever country; who is on it stays on it.

    Exit status 1 when some line is refused: what can't be called at all needs no list.

    Example: ringhall campaigns dnc-import tps.txt --home GB
    """
    command = "dnc-import"
    (country,) = countries_of(command, home)
    progress = Progress()
    with opened_store(command) as store:
        try:
            result = do_not_call.import_file(store, file, country, campaign, progress, encoding=encoding)
        finally:
            progress.end()
        all_of = do_not_call.count(store, campaign)
    done = f"{result.good:,} numbers are on {_named(campaign)} now, which has {all_of:,}"
    tell(result, file, show, as_json=as_json, done=done)
    raise typer.Exit(1 if result.refused else 0)


def dnc_add(number: NumberArgument, *, home: Home, campaign: Campaign = "") -> None:
    """Have a number not called any more.

    Example: ringhall campaigns dnc-add "020 7946 0018" --home GB
    """
    with opened_store("dnc-add") as store:
        person = person_of("dnc-add", store, number, home)
        do_not_call.add(store, person, campaign, "api", time.time())
    typer.echo(f"on {_named(campaign)} now")


def dnc_remove(number: NumberArgument, *, home: Home, campaign: Campaign = "") -> None:
    """Take a number off a do-not-call list; exit status 1 when it was not on it.

    Example: ringhall campaigns dnc-remove "020 7946 0018" --home GB
    """
    with opened_store("dnc-remove") as store:
        removed = do_not_call.remove(store, person_of("dnc-remove", store, number, home), campaign)
    typer.echo(f"{'no longer' if removed else 'was not'} on {_named(campaign)}")
    raise typer.Exit(0 if removed else 1)


def dnc_check(
    number: NumberArgument, *, home: Home, campaign: Campaign = "", as_json: AsJson = False
) -> None:
    """Tell which do-not-call lists have a number: the site's, and the campaign's if one is named.

    Example: ringhall campaigns dnc-check "020 7946 0018" --home GB --campaign spring
    """
    with opened_store("dnc-check") as store:
        person = person_of("dnc-check", store, number, home)
        scopes = dict.fromkeys((do_not_call.SITE, campaign))
        found = [_named(scope) for scope in scopes if do_not_call.has(store, person, scope)]
    typer.echo(json.dumps({"lists": found}) if as_json else "\n".join(found) or "on none")


def _named(campaign: str) -> str:
    return f"the do-not-call list of {campaign}" if campaign else "the site's do-not-call list"
