"""``ringhall simulate``: a call through the menus, at the terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ivr.commands.common import fail, installed, one_site
from ivr.tools.call_up import CantCall, call_up, moment, now_at
from ivr.tools.script import KEYS_REMEDY, Script, is_keys, parse_answer
from ivr.tools.terminal import Person
from ivr.tools.trace import Trace

if TYPE_CHECKING:
    from ivr.tools.script import Answer
    from ivr.tools.trace import Line

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)


@app.callback()
def simulate(  # noqa: PLR0917 - typer's options are no positional arguments
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A dialplan, or a site's folder; else the server's."),
    ] = None,
    number: Annotated[str, typer.Option(help="The number dialed; else the site's first.")] = "",
    caller: Annotated[str, typer.Option("--from", help="The caller's number; else anonymous.")] = "",
    at: Annotated[str, typer.Option(help='When it is, at the site: "2026-12-24 18:05"; else now.')] = "",
    keys: Annotated[
        str | None,
        typer.Option(help='What the caller does at each question: "1 4711# - hangup"; - keeps silent.'),
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(help="How a stage ends (queue=max_wait), or what a server answers (http=200 JSON)."),
    ] = None,
    fact: Annotated[list[str] | None, typer.Option(help="A fact of the house: queue.cards.length=3.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Talk a call through the menus in this terminal, with no Asterisk and no waiting.

    Without --keys you are asked at each question: type keys, Enter for silence, h to hang up.

    Example: ringhall simulate dialplans/demo.yaml --keys "2 1" --answer queue=max_wait
    """
    site, loaded = one_site("simulate", file)
    stages, _ = installed("simulate")
    try:
        answers = _answers(answer or [], stages)
        facts = dict(_fact(one) for one in fact or [])
        when = moment(at, site) if at else now_at(site)
        script = Script(_keys(keys), answers, facts) if keys is not None or as_json else None
        trace = Trace() if as_json else Trace(_show)
        actor = script or Person(input if sys.stdin.isatty() else _prompted, typer.echo, facts)
        call, ended = asyncio.run(
            call_up(site, loaded.sources, stages, actor, dialed=number, number=caller, at=when, trace=trace)
        )
    except (CantCall, ValueError) as error:
        fail("simulate", str(error))
    if as_json:
        lines = [msgspec.to_builtins(line) for line in trace.lines]
        typer.echo(json.dumps({"ended": ended, "variables": call.facts, "trace": lines}, ensure_ascii=False))
    elif script is not None and script.keys_left:
        typer.echo(f"The call ended before the caller did: {' '.join(script.keys_left)}", err=True)
    raise typer.Exit(1 if ended.startswith("failed") else 0)


def _show(line: Line) -> None:
    if line.kind != "choice":
        typer.echo(str(line))


def _prompted(question: str) -> str:
    typer.echo(question, nl=False)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    typer.echo(line, nl=False)
    return line


def _keys(text: str | None) -> list[str]:
    words = (text or "").split()
    for word in words:
        if not is_keys(word):
            raise ValueError(f'"{word}" is not something that a caller can do. {KEYS_REMEDY}')
    return words


def _answers(texts: list[str], known: object) -> dict[str, list[Answer]]:
    answers: dict[str, list[Answer]] = {}
    for text in texts:
        stage, answer = parse_answer(text)
        if isinstance(known, dict) and stage not in known:
            raise ValueError(f'there is no stage "{stage}"; there are: {", ".join(sorted(known))}')
        answers.setdefault(stage, []).append(answer)
    return answers


def _fact(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f'"{text}" is no fact; write NAME=VALUE, such as queue.cards.length=3')
    return name, value
