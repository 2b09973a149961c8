"""``ringhall recordings``: recorded calls."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from callflow.control_client import ControlClient, ControlError
from callflow.settings import SettingsError, load_settings
from callflow.stages.asking import AsJson, ask, local_time, print_json

app = typer.Typer(
    help="Recorded calls: list, fetch, verify, pause. Example: ringhall recordings list --queue sales",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Recording = Annotated[str, typer.Argument(help="The recording's id, as listed.")]
Call = Annotated[str, typer.Argument(help="The call's id; 'ringhall calls' and the agent's phone show it.")]


def _one(recording: str) -> str:
    return f"/control/recordings/{quote(recording, safe='')}"


@app.command("list", epilog="Example: ringhall recordings list --queue sales --limit 20 --json")
def list_recordings(
    call: Annotated[str, typer.Option(help="Only those of this call.")] = "",
    queue: Annotated[str, typer.Option(help="Only those of this queue.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the recordings that run now, and those that are kept, the newest first."""
    query = urlencode({"call": call, "queue": queue, "limit": limit})
    found = ask("GET", f"/control/recordings?{query}")
    if as_json:
        print_json(found)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("recording", "queue", "agents", "begun at", "seconds", "kept until")
    for one in found["running"]:
        state = "paused" if one["paused"] else "runs"
        begun = local_time(one["begun_at"])
        table.add_row(one["recording"], one["queue"], ", ".join(one["agents"]), begun, state, "")
    for one in found["kept"]:
        table.add_row(
            one["recording"],
            one["queue"],
            ", ".join(one["agents"]),
            local_time(one["begun_at"]),
            f"{one['seconds']:.0f}",
            local_time(one["delete_at"]) if one["delete_at"] else "",
        )
    Console().print(table)


@app.command(epilog="Example: ringhall recordings get 0k2x9…-c1 --to talk.wav")
def get(
    recording: Recording,
    to: Annotated[Path | None, typer.Option(help="File to write; else RECORDING.wav here.")] = None,
) -> None:
    """Fetch a recording as a stereo WAV file: caller left, agent right.  That is on record."""
    target = to or Path(f"{recording}.wav")
    try:
        size = asyncio.run(_fetch(f"{_one(recording)}/file", target))
    except (ControlError, SettingsError, OSError) as error:
        typer.echo(f"ringhall: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{target}: {size:,} bytes")


async def _fetch(path: str, target: Path) -> int:
    partial = target.with_name(f".{target.name}.partial")
    size = 0
    async with ControlClient(load_settings().home) as control:
        try:
            with partial.open("wb") as file:
                async for chunk in control.download(path):
                    size += file.write(chunk)
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
    return size


@app.command(epilog="Example: ringhall recordings verify --all")
def verify(
    recording: Annotated[str, typer.Argument(help="The recording's id; else --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Verify the last 10,000.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold files against their checksums; the exit status is 1 when one is damaged or missing."""
    if bool(recording) == every:
        typer.echo("ringhall: name a recording, or say --all", err=True)
        raise typer.Exit(2)
    ids = [recording]
    if every:
        ids = [one["recording"] for one in ask("GET", "/control/recordings?limit=10000")["kept"]]
    told: list[dict[str, Any]] = [ask("POST", f"{_one(one)}/verify") for one in ids]
    wrong = [one for one in told if one["file"] != "good"]
    if as_json:
        print_json(told)
    else:
        for one in wrong:
            typer.echo(f"{one['recording']}: {one['file']}")
        typer.echo(f"{len(told) - len(wrong)} of {len(told)} are good")
    if wrong:
        raise typer.Exit(1)


@app.command(epilog="Example: ringhall recordings delete 0k2x9…-c1")
def delete(recording: Recording, as_json: AsJson = False) -> None:
    """Delete a recording and its file."""
    answer = ask("DELETE", _one(recording))
    print_json(answer) if as_json else typer.echo(f"{recording}: deleted")


@app.command(epilog='Example: ringhall recordings pause 0k2x9… --reason "card number"')
def pause(
    call: Call,
    reason: Annotated[str, typer.Option(help="Why; it is on record.")] = "",
    as_json: AsJson = False,
) -> None:
    """Record silence from now on, on both sides, until it is resumed."""
    query = urlencode({"reason": reason})
    answer = ask("POST", f"/control/calls/{quote(call, safe='')}/recording/pause?{query}")
    print_json(answer) if as_json else typer.echo(f"{answer['recording']}: paused")


@app.command(epilog="Example: ringhall recordings resume 0k2x9…")
def resume(call: Call, as_json: AsJson = False) -> None:
    """Record again what is said."""
    answer = ask("POST", f"/control/calls/{quote(call, safe='')}/recording/resume")
    print_json(answer) if as_json else typer.echo(f"{answer['recording']}: goes on")
