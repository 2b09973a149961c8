"""The ways by which callers can come somewhere: number, keys, and where they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.steps import Menu, Position, StageStep

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from ivr.steps import Site, Step

MOST_PATHS = 2000
"""For each number; more are not compared."""
MOST_KEYS = 8


def key_paths(site: Site, number: str, completing: Container[str]) -> dict[str, str] | None:
    """Give what each sequence of menu keys leads to: ``+862155501000, keys 2 1`` → ``queue cards``.

    A path stops at the first stage that takes the call over (one of ``completing``), and does not come
    through a step twice.  Where other things than keys decide (the hour, a variable), all that is possible
    is joined by "or".  None when there are more ways than can be compared.
    """
    ends: dict[tuple[str, ...], set[str]] = {}
    for count, (keys, end) in enumerate(_ends(site, Position(site.numbers[number], 0), completing)):
        if count == MOST_PATHS:
            return None
        ends.setdefault(keys, set()).add(end)
    return {
        f"{number}, keys {' '.join(keys)}" if keys else number: " or ".join(sorted(reached))
        for keys, reached in ends.items()
    }


def _ends(site: Site, start: Position, completing: Container[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk all ways, each menu once a path, and give keys and end."""
    ahead: list[tuple[Position, tuple[str, ...], frozenset[Position]]] = [(start, (), frozenset())]
    while ahead:
        at, keys, been = ahead.pop()
        step = site.step(at)
        if step is None or at in been or len(keys) > MOST_KEYS:
            continue
        if step.name in completing or not any(True for _ in step.ways()):
            yield keys, _end(step)
            continue
        onward = []
        for way in step.ways():
            pressed = (*keys, way.label) if isinstance(step, Menu) and way.label in step.keys else keys
            if isinstance(step, Menu) and way.label not in step.keys:
                continue  # silence and mistakes are no choice
            target = Position(way.to, 0) if way.to else step.following
            if target is not None:
                onward.append((target, pressed, been | {at}))
        ahead += reversed(onward)


def _end(step: Step) -> str:
    if isinstance(step, StageStep):
        named = getattr(step.step, step.name, "")
        return f"{step.name} {named}".rstrip() if isinstance(named, str) else step.name
    return step.name
