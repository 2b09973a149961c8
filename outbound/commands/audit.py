"""``ringhall campaigns audit``: is the ledger whole, and was too much dropped?"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from callflow.settings import SettingsError, load_settings
from outbound.ledger.audit import Counts, count
from outbound.ledger.chain import ORIGIN
from outbound.ledger.file import LedgerError, files, read
from outbound.pacing.budget import CAP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outbound.ledger.entry import Entry


def audit(
    *,
    campaign: Annotated[str, typer.Option(help="This campaign alone.")] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="2026-11-01, or 2026-11-01T09:00 (UTC).")
    ] = "",
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="Up to here, itself excluded.")] = "",
    cap: Annotated[float, typer.Option(help="Drop rate above which the exit status is 1, in %.")] = 100 * CAP,
    folder: Annotated[Path | None, typer.Option(help="Of another installation's ledger.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Verify the compliance ledger from its first line on, and print each campaign's drop rate.

    US: drops ÷ live answers. UK: without the share that were machines. The last line is the hash that
    vouches for all before it: keep it elsewhere. Exit status 1: over the cap, silent drops, or calls that a
    rule forbade; 2: the ledger is not whole.

    Example: ringhall campaigns audit --from 2026-11-01 --to 2026-12-01
    """
    begin, end = _time(since, -math.inf, "--from"), _time(until, math.inf, "--to")
    place = folder or _folder()
    if not files(place):
        _fail(f"there is no ledger in {place}: nothing was dialled yet. --folder names another one")
    head, lines = ORIGIN, 0

    def entries() -> Iterator[Entry]:
        nonlocal head, lines
        for found, entry in read(place):
            head, lines = found, lines + 1
            yield entry

    try:
        counted = count(entries(), begin, end)
    except (LedgerError, OSError) as error:
        _fail(str(error))
    told = {name: one for name, one in counted.items() if not campaign or name == campaign}
    if campaign and not told:
        known = ", ".join(sorted(counted)) or "none"
        _fail(f"no attempt of campaign {campaign!r} then; there are: {known}")
    wrong = {name: words for name, one in told.items() if (words := _wrong(one, cap / 100))}
    if as_json:
        typer.echo(
            json.dumps({"lines": lines, "head": head, "campaigns": {n: _figures(c) for n, c in told.items()}})
        )
    else:
        _show(told, wrong, lines, head)
    raise typer.Exit(1 if wrong else 0)


def _show(told: dict[str, Counts], wrong: dict[str, list[str]], lines: int, head: str) -> None:
    heads = ("attempts", "live", "machines", "drops", "US %", "UK %", "refused")
    typer.echo(f"{'campaign':24}" + "".join(f"{name:>10}" for name in heads))
    for name, one in sorted(told.items()):
        shown = (
            one.attempts,
            one.live,
            one.machines,
            one.drops,
            f"{100 * one.us:.2f}",
            f"{100 * one.uk:.2f}",
            one.refused,
        )
        typer.echo(f"{name:24}" + "".join(f"{value:>10}" for value in shown))
        for words in wrong.get(name, ()):
            typer.echo(f"  {words}")
    typer.echo(f"\n{lines} lines, whole; the last one's hash is {head}")


def _wrong(one: Counts, cap: float) -> list[str]:
    words = []
    if one.us > cap:
        words.append(
            f"over the cap: {one.drops} of {one.live} live answers dropped, {100 * cap:g} % are allowed"
        )
    if one.drops_without_message:
        words.append(f"{one.drops_without_message} of the dropped heard nothing within two seconds")
    if one.forbidden:
        words.append(f"{one.forbidden} attempts were made although a rule forbade them")
    return words


def _figures(one: Counts) -> dict[str, Any]:
    return {
        "attempts": one.attempts,
        "live": one.live,
        "machines": one.machines,
        "drops": one.drops,
        "drop_rate_us": round(one.us, 6),
        "drop_rate_uk": round(one.uk, 6),
        "drops_without_message": one.drops_without_message,
        "refused": one.refused,
        "forbidden": one.forbidden,
        "outcomes": dict(sorted(one.outcomes.items())),
    }


def _time(text: str, otherwise: float, option: str) -> float:
    if not text:
        return otherwise
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _fail(f"{option} {text!r} is not a time; right ones are 2026-11-01 and 2026-11-01T09:00")
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _folder() -> Path:
    try:
        return load_settings().home / "ledger"
    except SettingsError as error:
        _fail(str(error))


def _fail(words: str) -> NoReturn:
    typer.echo(f"ringhall campaigns audit: {words}", err=True)
    raise typer.Exit(2)
