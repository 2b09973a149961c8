"""Menus that callers can leave only by hanging up, and those in which the silent stay for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.problems import Problem, Severity
from ivr.steps import Ask, Position, StageStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ivr.steps import Site, Step

    Next = Callable[[Step], Iterable[Step]]


def no_way_out(site: Site, reached: Iterable[Position], following: Next) -> Iterator[Problem]:
    """Find menus with a question from which no end and no stage can be reached.

    ``following`` gives the steps that may come right after a step.
    """
    steps = [step for at in reached if (step := site.step(at)) is not None]
    before: dict[Position, list[Position]] = {}
    for step in steps:
        for after in following(step):
            before.setdefault(after.at, []).append(step.at)
    ahead = [step.at for step in steps if _may_end(step)]
    out = set(ahead)
    while ahead:
        for at in before.get(ahead.pop(), ()):
            if at not in out:
                out.add(at)
                ahead.append(at)
    told: set[str] = set()
    for step in sorted((one for one in steps if one.at not in out), key=lambda one: one.at):
        menu = step.at.menu.partition("/")[0]
        if isinstance(step, Ask) and menu not in told:
            told.add(menu)
            yield Problem(
                step.file,
                step.line,
                step.column,
                Severity.WARNING,
                "no key leads out of here: callers can only hang up",
                remedy="Lead a key, no_input or invalid to a queue, a hangup, or a menu with one.",
            )


def silent_loops(site: Site, reached: Iterable[Position]) -> Iterator[Problem]:
    """Find circles through questions in which a caller who presses nothing goes round and round."""
    done: set[Position] = set()
    for start in sorted(reached):
        yield from _silent_loops_from(site, start, done)


def _silent_loops_from(site: Site, start: Position, done: set[Position]) -> Iterator[Problem]:
    first = site.step(start)
    if first is None or start in done:
        return
    path: dict[Position, Step] = {start: first}
    ahead = [iter(_after_silence(site, first))]
    while ahead:
        step = next(ahead[-1], None)
        if step is None:
            ahead.pop()
            done.add(path.popitem()[0])
        elif step.at in path:
            circle = list(path.values())[list(path).index(step.at) :]
            asks = [one for one in circle if isinstance(one, Ask)]
            if asks:
                names = list(dict.fromkeys(one.at.menu.partition("/")[0] for one in circle))
                yield Problem(
                    asks[-1].file,
                    asks[-1].line,
                    asks[-1].column,
                    Severity.WARNING,
                    f"a caller who presses nothing stays here for ever: {' → '.join([*names, names[0]])}",
                    remedy="Lead no_input to a queue, a voicemail or a hangup.",
                )
        elif step.at not in done:
            path[step.at] = step
            ahead.append(iter(_after_silence(site, step)))


def _after_silence(site: Site, step: Step) -> list[Step]:
    """Give the steps to which a caller comes who presses nothing."""
    ways = list(step.ways())
    if isinstance(step, StageStep):
        return []
    if isinstance(step, Ask):
        ways = [way for way in ways if way.label == "no_input"] or ways
    targets = [Position(way.to, 0) if way.to else step.following for way in ways]
    return [found for target in targets if target and (found := site.step(target)) is not None]


def _may_end(step: Step) -> bool:
    """Tell whether a call may end in a step, or be served by a stage."""
    ways = list(step.ways())
    ends = not ways or (any(not way.to for way in ways) and step.following is None)
    return isinstance(step, StageStep) or step.kind == "unreadable" or ends
