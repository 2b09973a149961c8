"""``ringhall diff``: what changes for callers from one version of the dialplans to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ivr.commands.common import fail, installed, one_site, settings_of
from ivr.load import load
from ivr.schema import OWN_STEPS
from ivr.tools.differences import differences
from ivr.versions import Versions

if TYPE_CHECKING:
    from ivr.steps import Site

LIVE = "live"

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)


@app.callback()
def diff(
    old: Annotated[
        str, typer.Argument(metavar="[A]", help='A dialplan, a site\'s folder, a kept version, or "live".')
    ] = LIVE,
    new: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The same; else the folder that the server reads.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list for a program to read.")] = False,
) -> None:
    """Tell in words what changes for callers from A to B: numbers, menus, prompts, keys, ways.

    Without A and B: from the version that is live to the files as they are now. "ringhall versions" lists
    what is kept.

    Example: ringhall diff dialplans/demo.yaml my-copy.yaml
    """
    before = _site(old)
    after = _site(new) if new is not None else one_site("diff", None)[0]
    stages, _ = installed("diff")
    completing = {
        name for name, stage in stages.items() if "completed" in stage.outcomes and name not in OWN_STEPS
    }
    found = differences(before, after, completing)
    if as_json:
        typer.echo(json.dumps([msgspec.to_builtins(change) for change in found], ensure_ascii=False))
        return
    for change in found:
        typer.echo(str(change))
    if not found:
        typer.echo("Nothing changes for callers.", err=True)


def _site(named: str) -> Site:
    path = Path(named)
    if path.exists():
        return one_site("diff", path)[0]
    kept = Versions(settings_of("diff").home)
    version = kept.live().version if named == LIVE else named
    sources = kept.sources(version) if version else []
    if not sources:
        if named == LIVE:
            fail("diff", "no version was live yet; name two files: ringhall diff OLD NEW")
        fail("diff", f'"{named}" is neither a file nor a kept version; "ringhall versions" lists those')
    site = load(sources, *installed("diff")).site
    if site is None:
        fail("diff", f"the kept version {version} can't be read by this version of Ringhall any more")
    return site
