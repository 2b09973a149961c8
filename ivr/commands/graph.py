"""``ringhall graph``: a picture of a site's menus."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

from ivr.commands.common import fail, one_site
from ivr.tools.chart import chart_of
from ivr.tools.mermaid import mermaid
from ivr.tools.svg import svg

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)


@app.callback()
def graph(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A dialplan, or a site's folder; else the server's."),
    ] = None,
    to_svg: Annotated[
        Path | None, typer.Option("--svg", metavar="OUT", help="Draw it into this file instead; - prints it.")
    ] = None,
    language: Annotated[str, typer.Option(help="Show prompts in this language; else in the first.")] = "",
) -> None:
    """Draw a site's menus: as Mermaid text, or as SVG.

    Example: ringhall graph dialplans/demo.yaml --svg demo.svg
    """
    site, loaded = one_site("graph", file)
    if language and language not in site.languages:
        fail("graph", f'the site has no language "{language}"; it has {", ".join(site.languages)}')
    chart = chart_of(site, loaded.sources, language)
    if to_svg is None:
        typer.echo(mermaid(chart), nl=False)
    elif str(to_svg) == "-":
        typer.echo(svg(chart), nl=False)
    else:
        try:
            to_svg.write_text(svg(chart), encoding="utf-8")
        except OSError as error:
            fail("graph", f"{to_svg} can't be written: {error.strerror}")
