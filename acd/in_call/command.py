"""``ringhall talk``: what a supervisor can do in a talk from the command line."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from callflow.control_client import ControlClient, ControlError
from callflow.settings import SettingsError, load_settings

app = typer.Typer(
    help="Act in a talk: hold, consultation, conference, transfer. "
    "Example: ringhall talk transfer 1mcc5y3s1qjg32dw --queue support",
    no_args_is_help=True,
)

Call = Annotated[str, typer.Argument(help="The call's id: 'ringhall agents list' shows who talks in which.")]
Agent = Annotated[str, typer.Option(help="An agent's number.")]
Queue = Annotated[str, typer.Option(help="A queue's name.")]
Menu = Annotated[str, typer.Option(help="A menu's name.")]
Number = Annotated[str, typer.Option(help="What a person would dial: extension, site's or outside number.")]


async def _ask(call: str, act: str, body: dict[str, str] | None) -> Any:
    async with ControlClient(load_settings().home) as control:
        return await control.request("POST", f"/control/calls/{quote(call, safe='')}/{act}", body)


def _do(call: str, act: str, **to: str) -> None:
    try:
        done = asyncio.run(_ask(call, act, {name: value for name, value in to.items() if value} or None))
    except (ControlError, SettingsError) as error:
        typer.echo(f"ringhall: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(done))


@app.command()
def hold(call: Call) -> None:
    """Put the caller on hold."""
    _do(call, "hold")


@app.command()
def resume(call: Call) -> None:
    """Take the caller off hold."""
    _do(call, "resume")


@app.command()
def consult(call: Call, agent: Agent = "", queue: Queue = "", number: Number = "") -> None:
    """Let the agent ask somebody, while the caller hears music."""
    _do(call, "consult", agent=agent, queue=queue, number=number)


@app.command()
def cancel(call: Call) -> None:
    """Take a consultation back."""
    _do(call, "cancel")


@app.command()
def join(call: Call) -> None:
    """Let caller, agent and consulted talk together."""
    _do(call, "join")


@app.command()
def complete(call: Call) -> None:
    """Hand the call over to whoever is consulted."""
    _do(call, "complete")


@app.command()
def transfer(call: Call, agent: Agent = "", queue: Queue = "", menu: Menu = "", number: Number = "") -> None:
    """Hand the call over at once."""
    _do(call, "transfer", agent=agent, queue=queue, menu=menu, number=number)


Supervisor = Annotated[str, typer.Option("--agent", help="The supervisor's number as an agent.")]


@app.command()
def listen(call: Call, agent: Supervisor) -> None:
    """Let a supervisor hear a talk, heard by nobody."""
    _do(call, "listen", agent=agent)


@app.command()
def whisper(call: Call, agent: Supervisor) -> None:
    """Let a supervisor be heard by the agent, and not by the caller."""
    _do(call, "whisper", agent=agent)


@app.command()
def barge(call: Call, agent: Supervisor) -> None:
    """Let a supervisor talk with both."""
    _do(call, "barge", agent=agent)


@app.command("take-over")
def take_over(call: Call, agent: Supervisor) -> None:
    """Give the call to the supervisor who is in it."""
    _do(call, "take_over", agent=agent)


@app.command()
def leave(call: Call, agent: Supervisor) -> None:
    """End a supervisor's listening."""
    _do(call, "leave", agent=agent)
