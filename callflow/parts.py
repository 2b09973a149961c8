"""Finds the installed stages, services and commands by their entry points, and puts services in order."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.protocol import Section, Service, Stage

STAGES = "ringhall.stages"
SECTIONS = "ringhall.sections"
SERVICES = "ringhall.services"
COMMANDS = "ringhall.commands"


class PartError(Exception):
    """An installed part can't be used; the message names it, the reason and the remedy."""


def load(group: str, name: str | None = None) -> dict[str, Any]:
    """Load the entry points of a group (or the one named ``name``) by name."""
    found: dict[str, Any] = {}
    for point in entry_points(group=group):
        if name is not None and point.name != name:
            continue
        if point.name in found:
            raise PartError(
                f"two installed packages declare {group} '{point.name}' (one is {point.value}); remove one"
            )
        try:
            found[point.name] = point.load()
        except ImportError as error:
            raise PartError(f"{group} '{point.name}' ({point.value}) can't be imported: {error}") from error
    return found


def command_names() -> list[str]:
    """Give the names of the commands that parts bring, without importing them."""
    return sorted(point.name for point in entry_points(group=COMMANDS))


def stage_types() -> dict[str, type[Stage]]:
    """Load every stage."""
    return load(STAGES)


def sections() -> list[Section]:
    """Load every section that services bring; no service is imported for that."""
    return list(load(SECTIONS).values())


def check_sections(services: Mapping[str, type[Service]]) -> None:
    """Raise :class:`PartError` for a service with a section by which no dialplan would be checked."""
    declared = sections()
    for name, kind in services.items():
        section: Section | None = getattr(kind, "section", None)
        if section is not None and section not in declared:
            raise PartError(
                f"service '{name}' reads the section '{section.name}', which is not declared in {SECTIONS}; "
                f"declare it there"
            )


def in_order(services: Mapping[str, type[Service]]) -> list[str]:
    """Sort services so that each comes after those it needs."""
    for name, kind in services.items():
        for need in kind.needs:
            if need not in services:
                raise PartError(
                    f"service '{name}' needs service '{need}', which is not installed; there are: "
                    f"{', '.join(sorted(services))}"
                )
    try:
        return list(TopologicalSorter({name: kind.needs for name, kind in services.items()}).static_order())
    except CycleError as error:
        raise PartError(f"services need each other in a circle: {' → '.join(error.args[1])}") from error
