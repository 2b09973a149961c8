"""What the menu engine's commands share: reading sites, and ending with one line for a user's mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import typer

from callflow import parts
from ivr.installed import stages_and_sections
from ivr.load import load_files, load_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from callflow.protocol import Section, Stage
    from callflow.settings import Settings
    from ivr.load import Loaded
    from ivr.steps import Site


LONGEST_S = 600.0
"""What a controller may take for an answer: a big site's new prompts are rendered before it goes live."""


def fail(command: str, message: str) -> NoReturn:
    """End with a message for the user and exit status 1."""
    typer.echo(f"ringhall {command}: {message}", err=True)
    raise typer.Exit(1)


def settings_of(command: str) -> Settings:
    """Read the settings, or end."""
    from callflow.settings import SettingsError, load_settings  # noqa: PLC0415 - not needed with FILES

    try:
        return load_settings()
    except SettingsError as error:
        fail(command, str(error))


def ask(command: str, method: str, path: str, body: Any = None) -> Any:
    """Ask the controller that runs, or end."""
    import asyncio  # noqa: PLC0415 - most commands ask nobody

    from callflow.control_client import ControlClient, ControlError  # noqa: PLC0415

    async def asked() -> Any:
        async with ControlClient(settings_of(command).home) as control:
            return await control.request(method, path, body, within_s=LONGEST_S)

    try:
        return asyncio.run(asked())
    except ControlError as error:
        fail(command, str(error))


def installed(command: str) -> tuple[Mapping[str, type[Stage]], list[Section]]:
    """Give the installed stages and the sections that services bring, or end."""
    try:
        return stages_and_sections()
    except parts.PartError as error:
        fail(command, str(error))


def read_sites(command: str, paths: list[Path]) -> list[Loaded]:
    """Read each folder as a site, and all files together as one; without paths the server's folder."""
    stages, sections = installed(command)
    paths = paths or [settings_of(command).dialplans]
    folders = [path for path in paths if path.is_dir()]
    files = [path for path in paths if not path.is_dir()]
    results = [load_folder(folder, stages, sections) for folder in folders]
    return [*results, load_files(files, stages, sections)] if files else results


def one_site(command: str, path: Path | None) -> tuple[Site, Loaded]:
    """Read one site that has no error, or end and show what is wrong."""
    loaded = read_sites(command, [path] if path else [])[0]
    if loaded.site is None:
        for problem in loaded.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1)
    return loaded.site, loaded
