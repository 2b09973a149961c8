"""What is no error and yet hardly meant: hours that never open, numbers that are hard to tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.merge import Merged
from ivr.problems import Severity
from ivr.schema.hours import HoursDefinition
from ivr.yaml_tree import parse, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ivr.load import Loaded
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


def unstaffed(loaded: Loaded, agents: Iterable[Mapping[str, int]]) -> Iterator[Problem]:
    """Find what needs skills that no agent has, all at once; ``agents`` gives skill → level for each.

    A definition says what it needs as ``needs``, and as ``needed_over_time`` what after how many seconds.
    """
    if loaded.site is None:
        return
    everybody = list(agents)
    trees = [tree for source in loaded.sources if (tree := parse(source.content, source.name)[0]) is not None]
    merged = Merged(trees, ())
    for section, definitions in loaded.site.sections.items():
        places = merged.names(section)
        for name, definition in definitions.items():
            needs: dict[str, int] = getattr(definition, "needs", None) or {}
            stages: list[tuple[float, dict[str, int]]]
            stages = getattr(definition, "needed_over_time", None) or [(0.0, needs)]
            served = (after for after, wanted in stages if any(_has(one, wanted) for one in everybody))
            since = next(served, None)
            if not needs or since == 0:
                continue
            yield problem_at(
                places[name],
                f'"{name}" needs {_and(needs)}, and no agent has that{_later(stages, since)}',
                severity=Severity.WARNING,
                remedy="Give it to one: ringhall agents set NUMBER --skill NAME=LEVEL.",
            )


def _later(stages: list[tuple[float, dict[str, int]]], since: float | None) -> str:
    if since is not None:
        return f": its calls wait for {since:g} s, until less is asked for"
    return "" if len(stages) == 1 else f"; nor {_and(stages[-1][1])}, which is asked for in the end"


def _and(needs: Mapping[str, int]) -> str:
    return " and ".join(f"{skill} of level {level}" for skill, level in needs.items()) or "any skill"


def _has(skills: Mapping[str, int], needs: Mapping[str, int]) -> bool:
    return all(skills.get(skill, 0) >= level for skill, level in needs.items())
