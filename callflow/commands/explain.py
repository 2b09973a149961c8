"""``ringhall explain``: what happened to a call, or how an agent fares, and what made it so."""

from __future__ import annotations

import json
import shutil
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
import typer

from callflow import parts
from callflow.call import vault_name
from callflow.commands.pictures import NoPictureError, draw
from callflow.explaining import EXPLAINERS, CallFile, Explainer, Knows, clock, story
from callflow.first_start import master_key
from callflow.personal import masked
from callflow.settings import Settings, SettingsError, load_settings
from callflow.values import parse_duration
from records.database import backend_of
from records.errors import RecordsError
from records.events import CallArrived, is_withheld
from records.history import History
from records.vault import NUMBER, Vault, VaultReader

if TYPE_CHECKING:
    from callflow.explaining import Beat, Report
    from records.events import Recorded
    from records.vault_changes import Change

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)

_INDENT = " " * 12


@app.callback()
def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="CALL|AGENT", help="A call's id (\"ringhall calls\" lists them), or an agent's number."
        ),
    ],
    *,
    call: Annotated[bool, typer.Option("--call", help="It is a call.")] = False,
    agent: Annotated[bool, typer.Option("--agent", help="It is an agent.")] = False,
    last: Annotated[str, typer.Option(help="How far to look back, for an agent: 30m, 2h.")] = "",
    everyone: Annotated[
        bool, typer.Option("--all", help="Leave nobody and nothing out for brevity.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
    emotion: Annotated[
        bool, typer.Option("--emotion", help="Draw how the caller of a call sounded, as an SVG.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where --emotion draws; CALL-emotion.svg here when left out.")
    ] = None,
) -> None:
    """Tell what happened to a call, or how an agent fares, and why.

    For a call: the lines of the dialplans that it ran through, with their values (masked);
    in a queue, at each decision, who was offered it, by what score, and why nobody else.
    For an agent: which calls they were offered lately and why, which went to others,
    and why none comes now.
    It reads the database, with a controller or without. Times are UTC.

    Examples: ringhall explain 1pp5k2m7d0c4hx3q, ringhall explain 1003 --last 2h
    """
    try:
        settings = load_settings()
        with History(settings.database) as history:
            kinds: dict[str, type[Explainer]] = parts.load(EXPLAINERS)
            explainers = [kinds[part].create(history, settings.home) for part in sorted(kinds)]
            events = [] if agent else history.of_call(name)
            knowing = [one for one in explainers if isinstance(one, Knows) and not call and one.knows(name)]
            if events and knowing:
                kind = knowing[0].kind
                _fail(f"{name} is a call and {_a(kind)}; say which is meant: --call or --{kind}")
            if emotion:
                if not events:
                    _fail(f"nothing is known of a call {name}; 'ringhall calls' lists the last ones")
                typer.echo(str(draw(settings, "emotion", name, events, out)))
            elif knowing:
                _report(knowing[0].report(name, _since(last), everyone), as_json=as_json)
            elif events:
                _call(settings, explainers, CallFile(name, events, {}, everyone), as_json=as_json)
            else:
                kinds_known = [one.kind for one in explainers if isinstance(one, Knows)]
                _unknown(name, kinds_known, call=call, agent=agent)
    except (SettingsError, RecordsError, parts.PartError, NoPictureError) as error:
        _fail(str(error))


def _unknown(name: str, kinds: list[str], *, call: bool, agent: bool) -> NoReturn:
    if agent:
        _fail(f"there is and was no agent {name}; 'ringhall agents list' shows them all")
    others = "" if call else "".join(f", and no {kind} has that number" for kind in kinds)
    _fail(f"nothing is known of a call {name}{others}; 'ringhall calls' lists the last ones")


def _call(settings: Settings, explainers: list[Explainer], known: CallFile, *, as_json: bool) -> None:
    number, values = _values(settings, known.call, known.events)
    known = msgspec.structs.replace(known, values=values)
    beats = story(known, explainers)
    if as_json:
        told = {
            "call": known.call,
            "number": number,
            "values": values,
            "events": [
                msgspec.to_builtins(one) for one in known.events if not is_withheld(one.event, time.time())
            ],
            "story": [msgspec.to_builtins(beat) for beat in beats],
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    day = known.events[0].at.date().isoformat()
    typer.echo(f"call {known.call} from {number or 'anonymous'}, {day}")
    version = ""
    for beat in beats:
        if beat.version and beat.version != version:
            version = beat.version
            typer.echo(f"{_INDENT}version {version}")
        _show(beat)


def _values(settings: Settings, call: str, events: list[Recorded]) -> tuple[str, dict[str, str]]:
    """Give the caller's number and the call's variables, masked; nothing where the key is not to be had."""
    arrived = next((one.event for one in events if isinstance(one.event, CallArrived)), None)
    if arrived is None or not (settings.home / "secrets" / "master.key").exists():
        return "", {}
    vault = Vault(
        master_key(settings.home), VaultReader(backend_of(settings.database)[1], slow_s=5.0), _keep_nothing
    )
    try:
        names = sorted({name for one in events for name in _variables(one.event)})
        found = {name: vault.get(arrived.subject, vault_name(call, name)) for name in names}
        number = vault.get(arrived.subject, NUMBER)
    finally:
        vault.close()
    values = {name: masked(value) for name, value in found.items() if value is not None}
    return masked(number) if number else "", values


def _keep_nothing(_change: Change) -> int:
    raise AssertionError("explaining changes nothing")


def _variables(event: object) -> list[str]:
    """Name the variables that an event tells of."""
    one = getattr(event, "variable", "")
    return [*getattr(event, "variables", ()), *([one] if one and not getattr(event, "secret", False) else ())]


def _show(beat: Beat) -> None:
    text = f"{beat.file}:{beat.line}  {beat.menu.partition('/')[0]}: {beat.text}" if beat.file else beat.text
    at = clock(beat.at)
    # what is no line of a dialplan stands a little to the right of those
    lead = f"{at}  " if beat.file else f"{at}    "
    _paragraph(text, lead, bold=beat.turning)
    for note in beat.notes:
        _paragraph(note, _INDENT + "    ", dim=True)


def _report(report: Report, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report.data, ensure_ascii=False))
        return
    _paragraph(report.title, "", bold=True)
    for line in report.lines:
        inner = len(line) - len(line.lstrip())
        _paragraph(line.lstrip(), "  " + " " * inner, dim=inner > 0)


def _paragraph(text: str, lead: str, *, bold: bool = False, dim: bool = False) -> None:
    """Print a paragraph: wrapped at the terminal's edge, whole where a program reads it."""
    hanging = " " * len(lead) + "  "
    width = shutil.get_terminal_size((10_000, 24)).columns
    wrapped = textwrap.wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in wrapped or [""]:
        # None, not False: that would switch the other one off again
        typer.echo(typer.style(line, bold=bold or None, dim=dim or None) if bold or dim else line)


def _since(last: str) -> datetime | None:
    if not last:
        return None
    try:
        return datetime.now(UTC) - timedelta(seconds=parse_duration(last))
    except ValueError as error:
        _fail(f"--last {last}: {error}")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _fail(message: str) -> NoReturn:
    typer.echo(f"ringhall explain: {message}", err=True)
    raise typer.Exit(1)
