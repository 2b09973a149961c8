"""``ringhall voicemail``: the messages that callers left."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from callflow.personal import masked
from callflow.stages.asking import AsJson, ask, local_time, print_json

app = typer.Typer(
    help="Messages that callers left: list, mark as heard, delete. Example: ringhall voicemail list",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Message = Annotated[str, typer.Argument(help="The message's id, as listed.")]


@app.command("list", epilog="Example: ringhall voicemail list --box cards --numbers")
def list_messages(
    box: Annotated[str, typer.Option(help="Only this mailbox.")] = "",
    numbers: Annotated[bool, typer.Option("--numbers", help="Show the callers' numbers whole.")] = False,
    as_json: AsJson = False,
) -> None:
    """List messages, the oldest first, with the files that they lie in."""
    found = ask("GET", f"/control/voicemail?{urlencode({'box': box})}")
    for message in found:
        if not numbers:
            message["number"] = masked(message["number"])
    if as_json:
        print_json(found)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("message", "box", "left at", "seconds", "number", "heard", "file")
    for message in found:
        table.add_row(
            message["message"],
            message["box"],
            local_time(message["at"]),
            f"{message['seconds']:.0f}",
            message["number"],
            "yes" if message["heard"] else "",
            message["file"],
        )
    Console().print(table)


@app.command(epilog="Example: ringhall voicemail heard 0k2x9…-r1a2b3c")
def heard(message: Message, as_json: AsJson = False) -> None:
    """Mark a message as heard."""
    answer = ask("POST", f"/control/voicemail/{quote(message, safe='')}/heard")
    print_json(answer | {"number": masked(answer["number"])}) if as_json else typer.echo(f"{message}: heard")


@app.command(epilog="Example: ringhall voicemail delete 0k2x9…-r1a2b3c")
def delete(message: Message, as_json: AsJson = False) -> None:
    """Delete a message and its file."""
    answer = ask("DELETE", f"/control/voicemail/{quote(message, safe='')}")
    print_json(answer) if as_json else typer.echo(f"{message}: deleted")
