"""Where calls can go in a site: loops without an end, menus that no call reaches, dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.flow_steps import CallMenu, Return
from ivr.no_exit import no_way_out, silent_loops
from ivr.problems import Problem, Severity
from ivr.steps import Ask, Goto, Notice, Position, Site, StageStep, Step

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping


def path_problems(site: Site, guesses: Mapping[Position, tuple[str, ...]]) -> list[Problem]:
    """Find everything that is wrong with the ways through a site's menus.

    ``guesses`` tells for steps with errors which menus they seem to name, so that one mistake is not
    told twice.
    """
    reached = _reached(site, guesses)
    at_top = _reached(site, guesses, into_called=False)
    lost = _unreachable(site, reached) if site.numbers else ()
    circles = [*_loops(site), *_call_circles(site)]
    found = [*circles, *lost, *_dead_ends(site, reached, at_top, guesses)]
    if not circles:
        found += silent_loops(site, reached)
        if not guesses:
            found += no_way_out(site, reached, lambda step: _next(site, step))
    return found


def _next(site: Site, step: Step, *, into_called: bool = True) -> Iterator[Step]:
    """Give the steps that may come right after a step; after a called menu's end, the step that called."""
    called = isinstance(step, CallMenu)
    targets = [Position(block, 0) for block in step.branches() if into_called or not called]
    if step.falls_through and step.following is not None:
        targets.append(step.following)
    for target in targets:
        found = site.step(target)
        if found is not None:
            yield found


def _reached(
    site: Site, guesses: Mapping[Position, tuple[str, ...]], *, into_called: bool = True
) -> set[Position]:
    """Give the positions that a call to any number may come to, outside called menus only if asked."""
    found: set[Position] = set()
    ahead = [step for menu in site.numbers.values() if (step := site.step(Position(menu, 0)))]
    while ahead:
        step = ahead.pop()
        if step.at not in found:
            found.add(step.at)
            ahead.extend(_next(site, step, into_called=into_called))
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


def _dead_ends(
    site: Site, reached: set[Position], at_top: set[Position], wrong: Container[Position]
) -> Iterator[Problem]:
    for block in site.blocks.values():
        for step in block.steps:
            lost = step.at not in reached and Position(block.name, 0) in reached
            if lost or step.at in wrong:
                continue  # what is wrong with it is told already
            if step.at in reached and step.at not in at_top:
                continue  # a called menu's end is no dead end
            if isinstance(step, Return):
                yield _problem(
                    step,
                    "a call that comes here was not sent by the step call: there is nowhere to return to",
                    "Lead to this menu by call, or write a goto or a hangup.",
                )
                continue
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
    passed: dict[str, bool] = {}
    for block in site.blocks.values():
        for start in block.steps:
            if start.at not in done and not _waits(start):
                yield from _loops_from(site, start, done, passed)


def _waits(step: Step) -> bool:
    if isinstance(step, Notice) and not step.accept and not step.refuse:
        return False  # it is heard, and that is all
    return step.waits and not (isinstance(step, StageStep) and step.instant)


def _loops_from(site: Site, start: Step, done: set[Position], passed: dict[str, bool]) -> Iterator[Problem]:
    path: dict[Position, Step] = {start.at: start}
    ahead = [_next_at_once(site, start, passed)]
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
        elif step.at not in done and not _waits(step):
            path[step.at] = step
            ahead.append(_next_at_once(site, step, passed))


def _next_at_once(site: Site, step: Step, passed: dict[str, bool]) -> Iterator[Step]:
    """Give the steps that may come after a step without a wait in between."""
    if isinstance(step, CallMenu) and not _passed_at_once(site, step.to, passed):
        first = site.step(Position(step.to, 0))
        yield from () if first is None else (first,)
    else:
        yield from _next(site, step)


def _passed_at_once(site: Site, menu: str, passed: dict[str, bool]) -> bool:
    """Tell whether a call may come to a called menu's end without waiting in it.

    ``passed`` keeps the answers.
    """
    if menu in passed:
        return passed[menu]
    passed[menu] = False  # while it is being looked at: in a circle of calls nothing comes to an end
    seen: set[Position] = set()
    ahead = [site.step(Position(menu, 0))]
    while ahead:
        step = ahead.pop()
        if step is None or step.at in seen or _waits(step):
            continue
        seen.add(step.at)
        if isinstance(step, CallMenu) and not _passed_at_once(site, step.to, passed):
            continue
        if isinstance(step, Return) or (step.falls_through and step.following is None):
            passed[menu] = True
            break
        ahead.extend(_next(site, step, into_called=False))
    return passed[menu]


def _call_circles(site: Site) -> Iterator[Problem]:
    """Find menus that call each other in a circle: a call would go deeper and deeper."""
    calls: dict[str, list[CallMenu]] = {}
    for block in site.blocks.values():
        for step in block.steps:
            if isinstance(step, CallMenu):
                calls.setdefault(block.name.partition("/")[0], []).append(step)
    for menu in calls:
        path = _way_back(calls, menu)
        if path and menu == min(path):
            yield _problem(
                calls[menu][0],
                f"menus call each other in a circle: {' → '.join([*path, menu])}",
                "Let one of them go back by goto, or end.",
            )


def _way_back(calls: Mapping[str, list[CallMenu]], menu: str) -> list[str]:
    """Give the menus through which a menu calls itself, none when it does not."""
    came_from: dict[str, str] = {}
    ahead = [menu]
    while ahead:
        here = ahead.pop()
        for step in calls.get(here, ()):
            if step.to == menu:
                path = [here]
                while path[-1] != menu:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if step.to not in came_from:
                came_from[step.to] = here
                ahead.append(step.to)
    return []


def _problem(step: Step, message: str, remedy: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(step.file, step.line, step.column, severity, message, remedy=remedy)
