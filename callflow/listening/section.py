"""The section ``listeners:`` of the site's YAML."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from callflow import parts
from callflow.listening.facts import FACTS, HEARD
from callflow.listening.rule import ListenerDefinition
from callflow.near import near_name
from callflow.protocol import Section
from callflow.section_problem import SectionProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LISTENERS = "ringhall.listeners"
"""Entry points of the installed ones."""


def installed() -> list[str]:
    """Name the installed listeners; none is imported for that."""
    return sorted(point.name for point in entry_points(group=LISTENERS))


def hears(kind: type) -> str:
    """Tell what a listener hears: ``talk`` or ``call``."""
    return str(getattr(kind, "hears", "talk"))


def listener_problems(listeners: Mapping[str, ListenerDefinition]) -> Iterator[SectionProblem]:
    """Find names that no installed listener has, and keys that contradict each other or mean nothing."""
    there = installed()
    for name, rule in listeners.items():
        if name not in there:
            near = near_name(name, there)
            yield SectionProblem(
                name,
                f'no listener "{name}" is installed',
                (f'Did you mean "{near}"? ' if near else "") + f"There are: {', '.join(there) or 'none'}.",
            )
        elif rule.menus:
            yield from _menus(name)
        for place, queue in enumerate(rule.not_queues):
            if queue in rule.queues:
                yield SectionProblem(
                    name,
                    f'"{queue}" stands in both queues and not_queues',
                    "Remove it from one of them.",
                    at=("not_queues", place),
                )


def reads(name: str, rule: ListenerDefinition) -> Iterator[str]:
    """Give the consent that a listener needs: some menu must ask for it."""
    if rule.consent:
        yield f"consent.{name}"


def _menus(name: str) -> Iterator[SectionProblem]:
    try:
        kind = parts.load(LISTENERS, name)[name]
    except parts.PartError as error:
        yield SectionProblem(name, str(error), "Install what it needs.")
        return
    if hears(kind) != "call":
        yield SectionProblem(name, f"{name} hears talks alone, never menus", 'Remove "menus".', at=("menus",))


LISTENING = Section(
    name="listeners",
    defines="listener",
    model=ListenerDefinition,
    facts=FACTS,
    facts_under=HEARD,
    reads=reads,
    check=listener_problems,
    named=False,
)
