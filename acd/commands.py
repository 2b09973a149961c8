"""``ringhall agents``: who works here and what they are doing, over the control socket."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
import time
from typing import Annotated, Any
from urllib.parse import quote

import typer

from acd.watch import watch
from callflow.control_client import ControlClient, ControlError
from callflow.settings import SettingsError, load_settings

app = typer.Typer(
    help="Agents: list, add, change, remove; log in and out, ready, pause. Example: ringhall agents list",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Number = Annotated[str, typer.Argument(help="The agent's number, which they type to log in.")]
Skills = Annotated[
    list[str] | None, typer.Option("--skill", help="NAME=LEVEL, level 1 (least) to 5; may be repeated.")
]
Ranks = Annotated[
    list[str] | None,
    typer.Option("--rank", help="QUEUE=RANK, from 1 (asked first) to 99; may be repeated."),
]
Caller = Annotated[str, typer.Argument(help="The caller's telephone number.")]
Pin = Annotated[
    bool, typer.Option("--pin", help="Ask for a PIN (4 to 12 digits), or take it from standard input.")
]


@app.command("list", epilog="Example: ringhall agents list --json")
def list_agents(as_json: AsJson = False) -> None:
    """List all agents with state, phone and skills."""
    agents = _ask("GET", "")
    if as_json:
        _print_json(agents)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("number", "name", "state", "for", "phone", "call", "then", "skills", "ranks")
    for agent in agents:
        reason = f" ({agent['reason']})" if agent["reason"] else ""
        table.add_row(
            agent["number"],
            agent["name"],
            agent["state"] + reason,
            _since(agent["since"]),
            agent["phone"],
            agent["call"],
            agent["pending"],
            " ".join(f"{skill}={level}" for skill, level in sorted(agent["skills"].items())),
            " ".join(f"{queue}={rank}" for queue, rank in sorted(agent["ranks"].items())),
        )
    Console().print(table)


@app.command(epilog='Example: ringhall agents add 1003 "Bo Li" --skill sales=4 --skill support=2 --pin')
def add(
    number: Number,
    name: Annotated[str, typer.Argument(help="The agent's name.")],
    *,
    skill: Skills = None,
    rank: Ranks = None,
    pin: Pin = False,
    as_json: AsJson = False,
) -> None:
    """Add an agent.  Without a PIN they can't log in by phone."""
    skills, ranks = _skills(skill or []), _ranks(rank or [])
    body = {"number": number, "name": name, "skills": skills, "ranks": ranks, "pin": _pin(pin)}
    _report(_ask("POST", "", body), as_json, "added")


@app.command("set", epilog="Example: ringhall agents set 1003 --skill sales=5")
def change(
    number: Number,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    skill: Skills = None,
    rank: Ranks = None,
    pin: Pin = False,
    as_json: AsJson = False,
) -> None:
    """Change an agent's name, skills or ranks (all of them: those not named are taken away) or PIN."""
    changes = {
        "name": name,
        "skills": _skills(skill) if skill else None,
        "ranks": _ranks(rank) if rank else None,
        "pin": _pin(pin),
    }
    if all(value is None for value in changes.values()):
        _fail("nothing to change; give --name, --skill, --rank or --pin")
    _report(_ask("PATCH", number, changes), as_json, "changed")


@app.command(epilog="Example: ringhall agents remove 1003")
def remove(number: Number, as_json: AsJson = False) -> None:
    """Remove an agent; a conversation that is on goes on to its end."""
    answer = _ask("DELETE", number)
    if as_json:
        _print_json(answer)
    else:
        typer.echo(f"agent {number} removed")


@app.command(epilog="Example: ringhall agents login 1003 phone-1")
def login(
    number: Number,
    phone: Annotated[str, typer.Argument(help="The phone to take calls on.")],
    as_json: AsJson = False,
) -> None:
    """Log an agent in on a phone; they are then paused."""
    _report(_ask("POST", f"{number}/login", {"phone": phone}), as_json)


@app.command(epilog="Example: ringhall agents logout 1003")
def logout(number: Number, as_json: AsJson = False) -> None:
    """Log an agent out, after the call if there is one."""
    _report(_ask("POST", f"{number}/logout", {}), as_json)


@app.command(epilog="Example: ringhall agents ready 1003")
def ready(number: Number, as_json: AsJson = False) -> None:
    """Make an agent ready for calls."""
    _report(_ask("POST", f"{number}/ready", {}), as_json)


@app.command(epilog="Example: ringhall agents pause 1003 --reason lunch")
def pause(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; shown on every screen and report.")] = "break",
    as_json: AsJson = False,
) -> None:
    """Pause an agent, after the call if there is one."""
    _report(_ask("POST", f"{number}/pause", {"reason": reason}), as_json)


@app.command(epilog="Example: ringhall agents finish 1003")
def finish(number: Number, as_json: AsJson = False) -> None:
    """Finish an agent's wrap-up before its limit."""
    _report(_ask("POST", f"{number}/finish", {}), as_json)


@app.command(epilog="Example: ringhall agents extend 1003 60")
def extend(
    number: Number,
    seconds: Annotated[float, typer.Argument(min=1, max=3600, help="Seconds more.")],
    as_json: AsJson = False,
) -> None:
    """Give an agent more time to wrap up, as far as the queue allows (wrap_up_most)."""
    _report(_ask("POST", f"{number}/extend", {"seconds": seconds}), as_json)


@app.command(epilog="Example: ringhall agents dial 1003 +442079460000 --queue sales")
def dial(
    number: Number,
    whom: Annotated[str, typer.Argument(help="An outside number, or another agent's.")],
    queue: Annotated[
        str | None, typer.Option("--queue", help="For which queue; '' for none, the agent's own if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ring an agent's phone, then call somebody for them."""
    answer = _ask("POST", f"{number}/dial", {"number": whom, "queue": queue, "by": getpass.getuser()})
    if as_json:
        _print_json(answer)
    else:
        typer.echo(f"agent {number}'s phone is rung; the call is {answer['call']}")


@app.command(epilog="Example: ringhall agents block 1003 +442079460000")
def block(number: Number, caller: Caller) -> None:
    """Keep an agent from a caller: calls from that number are never offered to them."""
    _ask("POST", f"{number}/block", {"caller": caller})
    typer.echo(f"agent {number} is kept from that caller")


@app.command(epilog="Example: ringhall agents unblock 1003 +442079460000")
def unblock(number: Number, caller: Caller) -> None:
    """Let an agent have a caller's calls again."""
    _ask("POST", f"{number}/unblock", {"caller": caller})
    typer.echo(f"agent {number} may have that caller's calls again")


@app.command(epilog="Example: ringhall agents blocks --json")
def blocks(as_json: AsJson = False) -> None:
    """List who is kept from whom; numbers are masked."""
    pairs = _ask("GET", "", where="/control/blocks")
    if as_json:
        _print_json(pairs)
        return
    for pair in pairs:
        typer.echo(f"{pair['agent']} is kept from {pair['caller'] or 'a person who was erased'}")
    if not pairs:
        typer.echo("nobody is kept from any caller")


app.command(epilog="Example: ringhall agents watch 1003 --language de")(watch)


def _ask(method: str, path: str, body: Any = None, *, where: str = "/control/agents") -> Any:
    where += f"/{quote(path)}" if path else ""

    async def asked() -> Any:
        async with ControlClient(load_settings().home) as control:
            return await control.request(method, where, body)

    try:
        return asyncio.run(asked())
    except (ControlError, SettingsError) as error:
        _fail(str(error))


def _fail(message: str) -> Any:
    typer.echo(f"ringhall: {message}", err=True)
    raise typer.Exit(1)


def _pin(asked: bool) -> str | None:
    """Take a PIN unseen: in an argument, every user of the machine could read it."""
    if not asked:
        return None
    if sys.stdin.isatty():
        return str(typer.prompt("PIN (4 to 12 digits)", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().strip()


def _skills(written: list[str]) -> dict[str, int]:
    skills = {}
    for text in written:
        name, _, level = text.partition("=")
        if not name or level not in {"1", "2", "3", "4", "5"}:
            _fail(f"'{text}' is no skill with a level; write it as sales=4, with a level from 1 to 5")
        skills[name] = int(level)
    return skills


def _ranks(written: list[str]) -> dict[str, int]:
    ranks = {}
    for text in written:
        queue, _, rank = text.rpartition("=")
        if not queue or not rank.isascii() or not rank.isdigit() or not 1 <= int(rank) <= 99:
            _fail(f"'{text}' is no queue with a rank; write it as sales=2, with a rank from 1 to 99")
        ranks[queue] = int(rank)
    return ranks


def _report(agent: dict[str, Any], as_json: bool, done: str = "") -> None:
    if as_json:
        _print_json(agent)
        return
    reason = f" ({agent['reason']})" if agent["reason"] else ""
    phone = f" on {agent['phone']}" if agent["phone"] else ""
    pending = f", then {agent['pending']}" if agent["pending"] else ""
    what = f"{done}: " if done else ""
    typer.echo(f"{what}agent {agent['number']} {agent['name']} is {agent['state']}{reason}{phone}{pending}")


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _since(begin: float | None) -> str:
    if begin is None:
        return ""
    minutes, seconds = divmod(int(max(0.0, time.time() - begin)), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}" if minutes >= 60 else f"{minutes}:{seconds:02d}"
    )
