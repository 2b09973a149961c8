"""Which ways through a site's menus calls have taken, and which ones none has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ivr.steps import Position, StageStep, way_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.steps import Site, Step, Way
    from ivr.tools.trace import Line

Taken = set[tuple[Position, str]]


class Untaken(msgspec.Struct, frozen=True):
    """A way that no call took."""

    file: str
    line: int
    menu: str
    step: str
    way: str
    to: str
    """Menu that it leads to, empty when the call goes on below."""

    def __str__(self) -> str:
        to = f" → {self.to}" if self.to else ""
        return f"{self.file}:{self.line}: {self.menu}: {self.step}: no test takes {self.way}{to}"


class Coverage(msgspec.Struct, frozen=True):
    """How much of a site calls have gone through."""

    steps: int
    steps_taken: int
    ways: int
    """Ways out of steps that have several."""
    ways_taken: int
    untaken: tuple[Untaken, ...]
    """Ways that no call took, and steps that none came to, by place."""

    @property
    def share(self) -> float:
        """Ways taken ÷ ways; 1.0 where nothing branches."""
        return self.ways_taken / self.ways if self.ways else 1.0


def choices(step: Step) -> list[Way]:
    """Give the ways out of a step that are alternatives, to each other or to the call's end there."""
    ways = list(step.ways())
    several = len(ways) > 1 and step.name != "call"
    return ways if several or isinstance(step, StageStep) else []


def taken_in(site: Site, lines: Iterable[Line]) -> Taken:
    """Tell from a trace which ways a call took.

    Two ways of one step that lead to the same place, with nothing in the trace to tell them apart, count
    as taken together.
    """
    taken: Taken = set()
    step: Step | None = None
    hint = ""
    for line in lines:
        if line.kind == "step":
            here = Position(line.menu, line.step)
            if step is not None:
                taken.update((step.at, label) for label in _labels(step, here, hint))
            step, hint = site.step(here), ""
        elif line.kind == "choice":
            result, _, key = line.text.partition(" ")
            hint = key if result == "chosen" else result
        elif line.kind == "sets" and not hint.startswith(("on_", "key ")):
            hint = ""
        elif line.kind == "notice":
            hint = {"accepted": getattr(step, "accept", ""), "refused": getattr(step, "refuse", "")}.get(
                line.text.partition(" ")[2], ""
            )
        elif line.kind == "consent" and (key := line.text.partition("key ")[2]):
            hint = key
        elif line.kind == "stage":
            hint = way_label(line.text.rpartition("→ ")[2].removesuffix(" (assumed)"))
        elif line.kind == "ends" and step is not None and not line.text.startswith(("caller", "failed")):
            taken.update((step.at, label) for label in _labels(step, None, hint))
    return taken


def _labels(step: Step, here: Position | None, hint: str) -> list[str]:
    """Give the ways of a step by which a call may have come to ``here``; None stands for its end.

    A way with nothing after it leads to the end, or back to where the menu was called.
    """
    targets = {way.label: Position(way.to, 0) if way.to else step.following for way in choices(step)}
    found = [label for label, target in targets.items() if target == here]
    found = found or [label for label, target in targets.items() if target is None]
    if hint in found:
        return [hint]
    return [label for label in found if label not in {"no_input", "invalid"}]


def coverage(site: Site, traces: Iterable[Iterable[Line]]) -> Coverage:
    """Measure what calls have gone through."""
    taken: Taken = set()
    seen: set[Position] = set()
    for lines in map(list, traces):
        taken |= taken_in(site, lines)
        seen |= {Position(line.menu, line.step) for line in lines if line.kind == "step"}
    steps = [step for block in site.blocks.values() for step in block.steps]
    ways = [(step, way) for step in steps for way in choices(step)]
    untaken = [_untaken(step, way) for step, way in ways if (step.at, way.label) not in taken]
    return Coverage(
        steps=len(steps),
        steps_taken=sum(step.at in seen for step in steps),
        ways=len(ways),
        ways_taken=len(ways) - len(untaken),
        untaken=tuple(sorted(untaken, key=lambda one: (one.file, one.line))),
    )


def _untaken(step: Step, way: Way) -> Untaken:
    to = way.to if "/" not in way.to else ""
    return Untaken(
        step.file, step.line, step.at.menu.partition("/")[0], step.name, way.label or "its answer", to
    )
