"""``ringhall explain``: what happened to a call, and which lines of which version made it so."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Annotated
from urllib.parse import quote

import msgspec
import typer

from ivr.commands.common import ask, settings_of
from ivr.tools.source_lines import SourceLines
from ivr.tools.story import Beat, clock, story
from ivr.versions import Versions

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)


@app.callback()
def explain(
    call: Annotated[str, typer.Argument(metavar="CALL", help='A call\'s id; "ringhall calls" lists them.')],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Tell which lines of the dialplans a call ran through, when, and with what values (masked).

    Times are UTC.

    Example: ringhall explain 1732359845.17
    """
    told = ask("explain", "GET", f"/control/records/{quote(call, safe='')}/events")
    kept = Versions(settings_of("explain").home)

    @lru_cache(maxsize=16)
    def lines_of(version: str) -> SourceLines | None:
        sources = kept.sources(version)
        return SourceLines(sources) if sources else None

    beats = list(story(told["events"], told["values"], lines_of))
    if as_json:
        found = {**told, "story": [msgspec.to_builtins(beat) for beat in beats]}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    first = told["events"][0]["at"]
    typer.echo(f"call {told['call']} from {told['number'] or 'anonymous'}, {first.partition('T')[0]}")
    version = ""
    for beat in beats:
        if beat.version and beat.version != version:
            version = beat.version
            typer.echo(f"            version {version}")
        typer.echo(f"{clock(beat.at)}  {_shown(beat)}")


def _shown(beat: Beat) -> str:
    if not beat.file:
        return f"  {beat.text}"
    return f"{beat.file}:{beat.line}  {beat.menu.partition('/')[0]}: {beat.text}"
