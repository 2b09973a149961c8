"""``ringhall erase``: destroy what is known of a person."""

from __future__ import annotations

from typing import Annotated

import typer

from callflow.stages.asking import AsJson, ask, print_json

app = typer.Typer(
    invoke_without_command=True,
    subcommand_metavar="",
    pretty_exceptions_enable=False,
    context_settings={"allow_interspersed_args": True},
)


@app.callback()
def erase(
    number: Annotated[str, typer.Argument(help="Whoever calls from it, with its country code.")] = "",
    call: Annotated[str, typer.Option(help="Whoever is the other side of this call instead.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person: numbers, what they said and typed, recordings, messages, entries of lists; for ever.

    Records of their calls stay and are about nobody. The do-not-call lists stay: they hold no number.
    Backups of the database are yours to expire.

    Example: ringhall erase +46708123456
    """
    if bool(number) == bool(call):
        typer.echo("ringhall: give either a number or --call; see 'ringhall erase --help'", err=True)
        raise typer.Exit(2)
    if not yes:
        typer.confirm(f"Erase whoever is known by {number or 'call ' + call}, for ever?", abort=True)
    done = ask("POST", "/control/erasures", {"number": number, "call": call})
    if as_json:
        print_json(done)
    elif done["people"]:
        typer.echo("Erased; nothing of them is kept but records of calls that are about nobody.")
    else:
        typer.echo("Nobody has called from there; lists that had the number have it no more.")
