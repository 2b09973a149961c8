"""The section ``listeners:`` of the site's YAML: which listener hears which talks."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict

from callflow.dialing.definitions import PhoneNumber
from callflow.dialing.numbers import bare_number
from callflow.near import near_name
from callflow.protocol import Refers, Section
from callflow.section_problem import SectionProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LISTENERS = "ringhall.listeners"
"""Entry points of the installed ones."""


class ListenerDefinition(BaseModel):
    """Which talks a listener hears; its name is that of an installed one.  Without a rule: all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queues: tuple[Annotated[str, Refers("queue")], ...] = ()
    """Talks of calls that waited in one of these."""
    numbers: tuple[PhoneNumber, ...] = ()
    """Talks of callers who dialed one of these."""

    def hears(self, queue: str, dialed: str) -> bool:
        """Tell whether a talk is heard: by its queue, or by the number that was dialed."""
        if not self.queues and not self.numbers:
            return True
        return queue in self.queues or bare_number(dialed) in self.numbers


def installed() -> list[str]:
    """Name the installed listeners; none is imported for that."""
    return sorted(point.name for point in entry_points(group=LISTENERS))


def listener_problems(listeners: Mapping[str, ListenerDefinition]) -> Iterator[SectionProblem]:
    """Find names that no installed listener has."""
    there = installed()
    for name in listeners:
        if name not in there:
            near = near_name(name, there)
            yield SectionProblem(
                name,
                f'no listener "{name}" is installed',
                (f'Did you mean "{near}"? ' if near else "") + f"There are: {', '.join(there) or 'none'}.",
            )


LISTENING = Section(
    name="listeners",
    defines="listener",
    model=ListenerDefinition,
    check=listener_problems,
    named=False,
)
