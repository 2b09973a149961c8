"""``ringhall agents watch``: who does what, how their caller sounds, and what may help."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from callflow.control_client import ControlClient, ControlError
from callflow.settings import SettingsError, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_S = 1.0
_TRENDS = {"rising": "↑", "falling": "↓"}


def watch(
    number: Annotated[
        str, typer.Argument(help="An agent's number: only they and their caller. All when left out.")
    ] = "",
    *,
    language: Annotated[str, typer.Option(help="Of the suggestions; the house's when left out.")] = "",
    once: Annotated[bool, typer.Option("--once", help="Print it once, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON at each change.")] = False,
) -> None:
    """Watch agents at work: their state, how the caller they talk with sounds, and what may help.

    Callers who have been angry for long stand at the top.  Ctrl-C ends it.
    """
    try:
        asyncio.run(_watch(number, language, once=once, as_json=as_json))
    except (ControlError, SettingsError) as error:
        typer.echo(f"ringhall: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        pass


async def _watch(number: str, language: str, *, once: bool, as_json: bool) -> None:
    before = ""
    async with ControlClient(load_settings().home) as control:
        while True:
            agents = await control.request("GET", "/control/agents", None)
            told = await control.request("GET", f"/control/emotion?language={quote(language)}", None)
            shown = seen(agents, told, number)
            text = json.dumps(shown, ensure_ascii=False) if as_json else "\n".join(lines(shown))
            if text != before:
                if before and not as_json:
                    typer.echo("")
                typer.echo(text)
                before = text
            if once:
                return
            await asyncio.sleep(EVERY_S)


def seen(agents: list[dict[str, Any]], told: dict[str, Any], number: str) -> dict[str, Any]:
    """Put together what is shown: of one agent only they and their own caller."""
    calls = [one for one in told["calls"] if not number or one["agent"] == number]
    chosen = [one for one in agents if not number or one["number"] == number]
    return {
        "notice": told["notice"],
        "agents": [{key: one[key] for key in ("number", "name", "state", "call")} for one in chosen],
        "callers": calls,
    }


def lines(shown: dict[str, Any]) -> Iterator[str]:
    """Write what is shown."""
    if shown["notice"]:
        yield f"NOTICE {shown['notice']}"
    for one in shown["callers"]:
        if one["angry_s"]:
            where = one["queue"] or "a menu"
            yield f"ALARM call {one['call']} in {where}: {one['angry_s']:g} s of anger"
    by_agent = {one["agent"]: one for one in shown["callers"] if one["agent"]}
    for agent in shown["agents"]:
        yield f"{agent['number']} {agent['name']}: {agent['state']}"
        caller = by_agent.get(agent["number"])
        if caller is not None:
            trend = _TRENDS.get(caller["trend"], "")
            yield f"    the caller sounds {caller['signal']}{trend} (confidence {caller['confidence']:.0%})"
            if caller["wording"]:
                yield f"    {caller['wording']}"
