"""What is no error and yet hardly meant: hours that never open, numbers that are hard to tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.problems import Severity
from ivr.schema.hours import HoursDefinition
from ivr.yaml_tree import problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ivr.problems import Problem
    from ivr.yaml_tree import Scalar


def never_open(definitions: Mapping[str, object], places: Mapping[str, Scalar]) -> Iterator[Problem]:
    """Find opening hours with no time at which they open."""
    for name, definition in definitions.items():
        if not isinstance(definition, HoursDefinition):
            continue
        times = [*definition.weekly.values(), *definition.exceptions.values()]
        if not any(times):
            yield problem_at(
                places[name],
                f'the hours "{name}" never open',
                severity=Severity.WARNING,
                remedy='Write days and times, such as mon-fri: "08:30-17:00".',
            )


def alike(numbers: Mapping[str, Scalar]) -> Iterator[Problem]:
    """Find numbers (normalised → where they are written) that differ only by a + or an 00 before them."""
    written: dict[str, Scalar] = {}
    for number, key in numbers.items():
        bare = number.removeprefix("+").removeprefix("00")
        first = written.setdefault(bare, key)
        if first is not key:
            yield problem_at(
                key,
                f"the number {key.text} is the one in {first.file}:{first.line} written another way",
                severity=Severity.WARNING,
                remedy="Keep the one with + and the country code: a carrier may send either.",
            )


def unstaffed(
    needs: Iterable[tuple[Scalar, str, Mapping[str, int]]], agents: Iterable[Mapping[str, int]]
) -> Iterator[Problem]:
    """Find what needs skills that no agent has, all at once.

    ``needs`` gives for each queue where it is written, its name, and skill → least level; ``agents`` the
    skills of each agent, with levels.
    """
    everybody = list(agents)
    for key, name, wanted in needs:
        if any(all(has.get(skill, 0) >= level for skill, level in wanted.items()) for has in everybody):
            continue
        shown = " and ".join(f"{skill} of level {level}" for skill, level in wanted.items()) or "nothing"
        yield problem_at(
            key,
            f'the queue "{name}" needs {shown}, and no agent has that',
            severity=Severity.WARNING,
            remedy="Give an agent the skill: ringhall agents set NUMBER --skill NAME=LEVEL.",
        )
