"""What can be wrong with the queues of a site together: where calls overflow to, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.config import QueueDefinition, in_words
from callflow.section_problem import SectionProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def queue_problems(queues: Mapping[str, QueueDefinition]) -> Iterator[SectionProblem]:
    """Find queues that overflow in vain, and steps that no caller waits for."""
    for name, queue in queues.items():
        for index, step in enumerate(queue.overflow):
            if step.to == name:
                yield SectionProblem(
                    name,
                    f'the queue "{name}" overflows to itself',
                    "Name another queue.",
                    at=("overflow", index, "to"),
                )
        yield from _too_late(name, queue)
        if queue.auto_answer and queue.strategy == "ring_all":
            yield SectionProblem(
                name,
                "all phones that answer by themselves do so at once, and all but one are hung up",
                "Take another strategy, or leave auto_answer out.",
                at=("auto_answer",),
                warning=True,
            )
    yield from _circles(queues)


def _too_late(name: str, queue: QueueDefinition) -> Iterator[SectionProblem]:
    """Find steps that never come, since the queue lets nobody wait so long (a menu may), or so many."""
    times: dict[str, list[float | None]] = {
        "relax": [step.after for step in queue.relax],
        "overflow": [step.after for step in queue.overflow],
    }
    for key, of_steps in times.items():
        for index, after in enumerate(of_steps):
            if queue.max_wait is not None and after is not None and after >= queue.max_wait:
                yield SectionProblem(
                    name,
                    f"nobody waits that long: max_wait is {in_words(queue.max_wait)}",
                    "Write a shorter time.",
                    at=(key, index, "after"),
                    warning=True,
                )
    for index, step in enumerate(queue.overflow):
        if queue.max_length is not None and step.length is not None and step.length >= queue.max_length:
            yield SectionProblem(
                name,
                f"so many never wait: max_length is {queue.max_length}",
                "Write a smaller number.",
                at=("overflow", index, "length"),
                warning=True,
            )


def _circles(queues: Mapping[str, QueueDefinition]) -> Iterator[SectionProblem]:
    """Find queues that overflow into each other and ask for the same: no further agent takes their calls."""
    told: set[str] = set()
    for name in queues:
        circle = [] if name in told else _way_back(queues, name)
        if circle:
            told.update(circle)
            way = " → ".join([*circle, name])
            yield SectionProblem(
                name,
                f"the overflow {way} reaches no further agent: all of them need the same",
                "Let one of them need less, or other skills, or remove the overflow.",
                at=("overflow",),
                warning=True,
            )


def _way_back(queues: Mapping[str, QueueDefinition], start: str) -> list[str]:
    """Give the queues on a way from one back to itself over others that need the same; [] without one."""
    ahead, seen = [[start]], {start}
    while ahead:
        way = ahead.pop()
        for step in queues[way[-1]].overflow:
            if step.to == start and len(way) > 1:
                return way
            to = queues.get(step.to)
            if to is not None and step.to not in seen and to.needs == queues[start].needs:
                seen.add(step.to)
                ahead.append([*way, step.to])
    return []
