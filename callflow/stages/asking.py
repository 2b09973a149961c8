"""What the command lines of the stages share: asking the controller, and telling what went wrong."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Annotated, Any

import typer

from callflow.control_client import ControlClient, ControlError
from callflow.settings import SettingsError, load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def ask(method: str, path: str, body: Any = None) -> Any:
    """Ask the controller; ends the command with a line of text when that does not go."""

    async def asked() -> Any:
        async with ControlClient(load_settings().home) as control:
            return await control.request(method, path, body)

    try:
        return asyncio.run(asked())
    except (ControlError, SettingsError) as error:
        typer.echo(f"ringhall: {error}", err=True)
        raise typer.Exit(1) from None


def print_json(value: Any) -> None:
    """Print for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def local_time(at: float) -> str:
    """Show steady seconds as the time of this machine."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
