"""Where calls can go in a site: loops without an end, menus that no call reaches, dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.problems import Problem, Severity
from ivr.steps import Ask, Goto, Position, Site, StageStep, Step

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping


def path_problems(site: Site, guesses: Mapping[Position, tuple[str, ...]]) -> list[Problem]:
    """Find everything that is wrong with the ways through a site's menus.

    ``guesses`` tells for steps with errors which menus they seem to name, so that one mistake is not
    told twice.
    """
    reached = _reached(site, guesses)
    lost = _unreachable(site, reached) if site.numbers else ()
    return [*_loops(site), *lost, *_dead_ends(site, reached, guesses)]


def _next(site: Site, step: Step) -> Iterator[Step]:
    """Give the steps that may come right after a step."""
    targets = [Position(block, 0) for block in step.branches()]
    if step.falls_through and step.following is not None:
        targets.append(step.following)
    for target in targets:
        found = site.step(target)
        if found is not None:
            yield found


def _reached(site: Site, guesses: Mapping[Position, tuple[str, ...]]) -> set[Position]:
    """Give the positions that a call to any number may come to."""
    found: set[Position] = set()
    ahead = [step for menu in site.numbers.values() if (step := site.step(Position(menu, 0)))]
    while ahead:
        step = ahead.pop()
        if step.at not in found:
            found.add(step.at)
            ahead.extend(_next(site, step))
            guessed = (site.step(Position(menu, 0)) for menu in guesses.get(step.at, ()))
            ahead.extend(one for one in guessed if one is not None)
    return found


def _unreachable(site: Site, reached: set[Position]) -> Iterator[Problem]:
    menus = {at.menu for at in reached}
    for block in site.blocks.values():
        if not block.steps:
            continue
        if block.name not in menus:
            if "/" not in block.name:
                yield _problem(
                    block.steps[0],
                    f'no call can reach the menu "{block.name}"',
                    "Lead a number, a key or a goto to it, or remove it.",
                )
            continue
        lost = next((step for step in block.steps if step.at not in reached), None)
        if lost is not None:
            yield _problem(
                lost,
                "no call can get to this step: the one before it never goes on",
                "Remove it, or move it.",
                Severity.WARNING,
            )


def _dead_ends(site: Site, reached: set[Position], wrong: Container[Position]) -> Iterator[Problem]:
    for block in site.blocks.values():
        for step in block.steps:
            lost = step.at not in reached and Position(block.name, 0) in reached
            if lost or step.at in wrong:
                continue  # what is wrong with it is told already
            if step.following is not None or not step.falls_through or isinstance(step, StageStep):
                continue
            if isinstance(step, Ask) and step.kind == "menu":
                lacking = [
                    name
                    for name, again in (("no_input", step.no_input), ("invalid", step.invalid))
                    if not again.then
                ]
                yield _problem(
                    step,
                    f"after {' or '.join(lacking)} the call has nowhere to go",
                    f'Write "then:" under {" and ".join(lacking)}, or a step after the menu.',
                )
            elif step.kind != "unreadable":
                yield _problem(
                    step,
                    "the call has nowhere to go after this step",
                    "Write a goto, a queue or a hangup after it.",
                )


def _loops(site: Site) -> Iterator[Problem]:
    """Find every circle in which the caller neither presses a key nor waits."""
    done: set[Position] = set()
    for block in site.blocks.values():
        for start in block.steps:
            if start.at not in done and not start.waits:
                yield from _loops_from(site, start, done)


def _loops_from(site: Site, start: Step, done: set[Position]) -> Iterator[Problem]:
    path: dict[Position, Step] = {start.at: start}
    ahead = [_next(site, start)]
    while ahead:
        step = next(ahead[-1], None)
        if step is None:
            ahead.pop()
            last = next(reversed(path))
            done.add(last)
            del path[last]
        elif step.at in path:
            circle = list(path.values())[list(path).index(step.at) :]
            turn = next((one for one in reversed(circle) if isinstance(one, Goto)), circle[-1])
            names = list(dict.fromkeys(one.at.menu.partition("/")[0] for one in circle))
            yield _problem(
                turn,
                f"a loop without a key press, a queue or an end: {' → '.join([*names, names[0]])}",
                "Put a menu, a queue or a hangup into it.",
            )
        elif step.at not in done and not step.waits:
            path[step.at] = step
            ahead.append(_next(site, step))


def _problem(step: Step, message: str, remedy: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(step.file, step.line, step.column, severity, message, remedy=remedy)
