"""``ringhall campaigns list | start | pause | drain | stop | dispose``, over the control socket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer

from callflow.stages.asking import AsJson, ask, local_time, print_json

Campaign = Annotated[str, typer.Argument(help="Its name in the site's campaigns:.")]


def list_campaigns(as_json: AsJson = False) -> None:
    """List the campaigns of the live site, and what each does now.

    Example: ringhall campaigns list
    """
    found = ask("GET", "/control/campaigns")
    if as_json:
        print_json(found)
        return
    if not found:
        typer.echo("the live site has no campaigns; write campaigns: in its dialplan (docs/outbound.md)")
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table(
        "campaign",
        "state",
        "mode",
        "agents",
        "idle",
        "ringing",
        "at hand",
        "answers",
        "drops",
        "outcomes today",
    )
    for one in found:
        outcomes = " ".join(f"{name}={count}" for name, count in one["outcomes"].items())
        table.add_row(
            one["campaign"],
            one["state"] + (f": {one['why']}" if one["why"] else ""),
            one["mode"],
            str(one["agents"]),
            str(one["idle"]),
            str(one["ringing"]),
            str(one["at_hand"]) if one["at_hand"] else _due(one),
            str(one["answers"]),
            f"{one['drops']} ({one['drop_rate']:.1%} of {one['drop_cap']:.1%})",
            outcomes,
        )
    Console().print(table)


def _due(one: dict[str, Any]) -> str:
    return f"next {local_time(one['next_due'])}" if one["next_due"] else "0"


def answers(campaign: Campaign, as_json: AsJson = False) -> None:
    """Show how well a campaign's answer model is calibrated: what it said against what happened.

    Example: ringhall campaigns answers spring
    """
    found = ask("GET", f"/control/campaigns/{quote(campaign, safe='')}/answers")
    if as_json:
        print_json(found)
        return
    if not found["judged"]:
        typer.echo(f"campaign {campaign}: no outcome yet")
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table("said", "observed", "attempts", title=f"the latest {found['judged']:,} outcomes")
    for row in found["table"]:
        table.add_row(f"{row['said']:.1%}", f"{row['observed']:.1%}", str(row["count"]))
    Console().print(table)
    auc = "" if found["auc"] is None else f", AUC {found['auc']:.3f}"
    typer.echo(f"calibration error {found['ece']:.4f} (luck alone: {found['ece_of_luck']:.4f}){auc}")


def start(campaign: Campaign, as_json: AsJson = False) -> None:
    """Let a campaign dial.

    Example: ringhall campaigns start spring
    """
    _change(campaign, "start", as_json)


def pause(campaign: Campaign, as_json: AsJson = False) -> None:
    """Dial nobody else for now; lines that ring go on.

    Example: ringhall campaigns pause spring
    """
    _change(campaign, "pause", as_json)


def drain(campaign: Campaign, as_json: AsJson = False) -> None:
    """Dial nobody else, and stop when the last call is over.

    Example: ringhall campaigns drain spring
    """
    _change(campaign, "drain", as_json)


def stop(campaign: Campaign, as_json: AsJson = False) -> None:
    """Stop at once: lines that ring are ended, talks go on.

    Example: ringhall campaigns stop spring
    """
    _change(campaign, "stop", as_json)


def _change(campaign: str, verb: str, as_json: bool) -> None:
    found = ask("POST", f"/control/campaigns/{quote(campaign, safe='')}/{verb}")
    if as_json:
        print_json(found)
    else:
        typer.echo(f"campaign {campaign} is {found['state']}")


def dispose(
    call: Annotated[str, typer.Argument(help="The call's id.")],
    outcome: Annotated[str, typer.Argument(help="SALE, NI, CALLBK, WRONG, DNC, AM or FAX.")],
    *,
    at: Annotated[
        str, typer.Option(help="For CALLBK, when: 2026-12-01T15:00 by this machine's clock, or with a zone.")
    ] = "",
    agent: Annotated[str, typer.Option(help="For CALLBK, the agent who is to talk with them.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what came of a campaign's call.

    Example: ringhall campaigns dispose 1m8c8dt012d1yw0b CALLBK --at 2026-12-01T15:00 --agent 1001
    """
    body: dict[str, Any] = {"outcome": outcome.upper(), "agent": agent}
    if at:
        try:
            body["again_at"] = datetime.fromisoformat(at).astimezone().timestamp()
        except ValueError:
            typer.echo(f"ringhall campaigns dispose: {at!r} is no time; write 2026-12-01T15:00", err=True)
            raise typer.Exit(2) from None
    found = ask("POST", f"/control/campaign-calls/{quote(call, safe='')}/disposition", body)
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{call}: {found['outcome']}")
