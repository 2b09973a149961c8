"""How it stands with the site: what is live since when, by whom, and what was refused."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from ivr.problems import Problem
from ivr.versions import GoneLive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.steps import Site
    from ivr.versions import Kept

MOST_SHOWN = 20


class Refused(msgspec.Struct, frozen=True):
    """Files that can't go live."""

    at: datetime
    """UTC."""
    who: str
    version: str
    """Content hash of the refused files."""
    problems: tuple[Problem, ...]
    """Errors and warnings, by place."""


class Change(msgspec.Struct, frozen=True):
    """What came of reading the files, or of a rollback."""

    result: str
    """live, unchanged (these files are live already), rolled_back (the files are out of use until they
    change), refused."""
    version: str
    """The version that is live now."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the files, warnings included."""


class SiteState(msgspec.Struct):
    """What operators are told."""

    live: GoneLive | None = None
    """When the live version went live."""
    instead_of: str = ""
    """After a rollback: the version of the files that are out of use."""
    warnings: tuple[Problem, ...] = ()
    """Of the live version."""
    refused: Refused | None = None
    """The files as they are now, when they can't go live."""

    def told(self, site: Site) -> dict[str, Any]:
        """Give everything as JSON-able data."""
        refused = self.refused
        return {
            "name": site.name,
            "version": site.version,
            "live": msgspec.to_builtins(self.live),
            "rolled_back_from": self.instead_of or None,
            "files": list(site.files),
            "languages": list(site.languages),
            "time_zone": site.time_zone,
            "numbers": dict(site.numbers),
            "menus": sum("/" not in name for name in site.blocks),
            "warnings": [problem.as_json() for problem in self.warnings],
            "refused": {
                "at": msgspec.to_builtins(refused.at),
                "who": refused.who,
                "version": refused.version,
                "problems": [problem.as_json() for problem in refused.problems],
            }
            if refused is not None
            else None,
        }


def told_versions(kept: Iterable[Kept], live: str) -> list[dict[str, Any]]:
    """Give kept versions as JSON-able data, newest first."""
    return [
        {
            "version": one.version,
            "live": one.version == live,
            "written": msgspec.to_builtins(one.written),
            "files": list(one.files),
            "times": msgspec.to_builtins(one.times),
        }
        for one in kept
    ]


def listed(problems: Iterable[str]) -> str:
    """Give the first problems, a line each, and say how many more there are."""
    lines = list(problems)
    shown = lines[:MOST_SHOWN]
    if len(lines) > MOST_SHOWN:
        shown.append(f"… and {len(lines) - MOST_SHOWN} more")
    return "\n".join(shown)
