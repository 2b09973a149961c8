"""What the commands on lists share: opening the store, showing progress, telling what went wrong."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import phonenumbers
import typer

from callflow.first_start import master_key
from callflow.settings import SettingsError, load_settings
from outbound.leads.csv_list import ListError
from outbound.leads.numbers import NumberError, read_number
from outbound.store.opened import OutboundStore, StoreError
from records.database import backend_of, migrate_sync
from records.errors import RecordsError
from records.vault import check_master_key

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRESS_S = 0.5
_PATIENCE_MS = 30_000
"""For somebody else's write lock: nobody waits for us but the one who has typed it."""

Home = Annotated[str, typer.Option(help="Country of numbers without an international prefix: GB.")]
Countries = Annotated[str, typer.Option(help="Whose numbers are wanted, if not home's alone: GB,IE.")]
Encoding = Annotated[str, typer.Option(help="If it is not UTF-8: cp1252, gb18030.")]
Consent = Annotated[str, typer.Option(help="Where the consent of lines comes from that do not say.")]
Columns = Annotated[
    str, typer.Option(help="What columns are, if their names do not say: number=Handy,name=Kunde.")
]
Show = Annotated[int, typer.Option(min=0, help="How many refused lines are printed.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")]
Campaign = Annotated[str, typer.Option(help="The list of this campaign alone; else the whole site's.")]
NumberArgument = Annotated[str, typer.Argument(help="As people write it.")]


@contextmanager
def opened_store(command: str) -> Iterator[OutboundStore]:
    """Open the database of this installation; what goes wrong with it or a list ends the command in words."""
    try:
        settings = load_settings()
        if not (settings.home / "secrets" / "master.key").exists():
            fail(command, f"{settings.home} has no master key yet; the first start makes it: ringhall serve")
        key, url = master_key(settings.home), backend_of(settings.database)[1]
        migrate_sync(url)
        check_master_key(url, key)
        store = OutboundStore(url, key, patience_ms=_PATIENCE_MS)
        try:
            yield store
        finally:
            store.close()
    except (SettingsError, RecordsError, ListError, StoreError) as error:
        fail(command, str(error))
    except KeyboardInterrupt:
        fail(command, "interrupted; the same command begins anew")


def countries_of(command: str, *given: str) -> list[str]:
    """Give country codes in capitals from texts with commas; ends the command for one that there is not."""
    wanted = [country.strip().upper() for country in ",".join(given).split(",") if country.strip()]
    unknown = sorted(set(wanted) - set(phonenumbers.SUPPORTED_REGIONS))
    if unknown or not wanted:
        fail(command, f"{', '.join(unknown) or 'none'}: no such country; right ones are GB, DE, CN")
    return wanted


def person_of(command: str, store: OutboundStore, text: str, home: str) -> bytes:
    """Give the keyed hash of a number, of whatever country, as somebody has typed it."""
    (country,) = countries_of(command, home)
    try:
        number = read_number(text, country, phonenumbers.SUPPORTED_REGIONS)
    except NumberError as refused:
        fail(command, f"that can't be called anyway: {refused}")
    return store.sealer.person_of(number.e164)


class Progress:
    """How many lines are done, on a terminal."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()
        self._shown = False

    def __call__(self, good: int, refused: int) -> None:
        """Tell, now and then."""
        if sys.stderr.isatty() and time.monotonic() - self._told_at > _PROGRESS_S:
            self._told_at, self._shown = time.monotonic(), True
            typer.echo(f"\r… {good + refused:,} lines", err=True, nl=False)

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            typer.echo("\r" + " " * 30 + "\r", err=True, nl=False)


def fail(command: str, words: str) -> NoReturn:
    """End the command."""
    typer.echo(f"ringhall campaigns {command}: {words}", err=True)
    raise typer.Exit(2)
