"""``ringhall test-dialplan``: the tests beside a dialplan, and what none of them goes through."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ivr.commands.common import fail, installed, one_site, settings_of
from ivr.load import Source
from ivr.problems import Severity
from ivr.tools.coverage import coverage
from ivr.tools.dialplan_test import read_suite, run_test

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.protocol import Stage
    from ivr.load import Loaded
    from ivr.problems import Problem
    from ivr.steps import Site
    from ivr.tools.coverage import Coverage
    from ivr.tools.dialplan_test import Outcome

SUFFIX = ".test.yaml"
MOST_LISTED = 40

app = typer.Typer(
    invoke_without_command=True, subcommand_metavar="", context_settings={"allow_interspersed_args": True}
)


@app.callback()
def dialplan_tests(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PATH]",
            help="A dialplan (its tests: NAME.test.yaml beside it), a site's folder, or one file of tests.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Run the tests beside a dialplan, and tell which branches none of them takes.

    Exit status 1 when a test fails.

    Example: ringhall test-dialplan dialplans/demo.yaml
    """
    target, files = _files(path or settings_of("test-dialplan").dialplans)
    site, loaded = one_site("test-dialplan", target)
    stages, _ = installed("test-dialplan")
    outcomes, problems = asyncio.run(_run(files, site, loaded, stages))
    found = coverage(site, [outcome.trace for outcome in outcomes])
    failed = sum(bool(outcome.failures) for outcome in outcomes)
    wrong = any(problem.severity is Severity.ERROR for problem in problems)
    if as_json:
        _as_json(outcomes, problems, found)
    else:
        _shown(outcomes, problems, found)
    raise typer.Exit(1 if failed or wrong else 0)


def _files(path: Path) -> tuple[Path, list[Path]]:
    """Give the site that tests are about, and the files of tests."""
    if path.name.endswith(SUFFIX):
        return path.parent, [path]
    if path.is_dir():
        files = sorted(path.glob(f"*{SUFFIX}"))
    else:
        files = [file for file in (path.with_suffix(SUFFIX),) if file.exists()]
    if not files:
        beside = "in it" if path.is_dir() else f"beside it: {path.with_suffix(SUFFIX).name}"
        fail("test-dialplan", f"{path} has no tests; write some {beside} (docs/dialplan-tests.md)")
    return path, files


async def _run(
    files: list[Path], site: Site, loaded: Loaded, stages: Mapping[str, type[Stage]]
) -> tuple[list[Outcome], list[Problem]]:
    outcomes: list[Outcome] = []
    problems: list[Problem] = []
    for file in files:
        try:
            source = Source(str(file), file.parent, file.read_bytes())
        except OSError as error:
            fail("test-dialplan", f"{file} can't be read: {error.strerror}")
        suite = read_suite(source, site, stages)
        problems += suite.problems
        for test, line in suite.tests:
            outcomes.append(await run_test(test, (str(file), line), site, loaded.sources, stages))
    return outcomes, problems


def _as_json(outcomes: list[Outcome], problems: list[Problem], found: Coverage) -> None:
    measured = {**msgspec.to_builtins(found), "share": round(found.share, 4)}
    tests = [msgspec.to_builtins(outcome) for outcome in outcomes]
    told = [problem.as_json() for problem in problems]
    typer.echo(json.dumps({"tests": tests, "problems": told, "coverage": measured}, ensure_ascii=False))


def _shown(outcomes: list[Outcome], problems: list[Problem], found: Coverage) -> None:
    for problem in problems:
        typer.echo(str(problem))
    for outcome in outcomes:
        typer.echo(f"{'FAILED' if outcome.failures else 'passed'}  {outcome.name}")
        for failure in outcome.failures:
            typer.echo(f"        {outcome.file}:{outcome.line}: {failure}")
        if outcome.failures:
            for line in outcome.trace:
                if line.kind != "choice":
                    typer.echo(f"        {line}")
    typer.echo("")
    for one in found.untaken[:MOST_LISTED]:
        typer.echo(str(one))
    if len(found.untaken) > MOST_LISTED:
        typer.echo(f"… and {len(found.untaken) - MOST_LISTED} more")
    failed = sum(bool(outcome.failures) for outcome in outcomes)
    typer.echo(
        f"{len(outcomes) - failed} passed, {failed} failed; branches taken: {found.ways_taken} of"
        f" {found.ways} ({found.share:.0%}), steps: {found.steps_taken} of {found.steps}"
    )
