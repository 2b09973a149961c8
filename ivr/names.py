"""The names that expressions and texts of a site read: is each of them something that a call knows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.problems import Problem, near_name
from ivr.yaml_tree import Mapping, Node, Scalar, Sequence, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as AnyMapping

    from callflow.protocol import Section

CALL_FACTS = (
    "call.id",
    "caller.country",
    "caller.number",
    "caller.region",
    "dialed",
    "language",
    "now.date",
    "now.day",
    "now.hour",
    "now.minute",
    "now.month",
    "now.time",
    "now.weekday",
    "now.year",
)
"""What every call knows."""


class Names:
    """Notes what is read and where; :meth:`problems` tells what nobody brings about."""

    def __init__(self) -> None:
        self.pending: set[str] = set()
        """What the schema that is being read has noted (``context["read"]``)."""
        self._places: dict[str, Node] = {}

    def take(self, node: Node) -> None:
        """Note what a schema read of ``node``."""
        self.read(self.pending, node)
        self.pending.clear()

    def read(self, names: Iterable[str], node: Node) -> None:
        """Note that names are read within ``node``."""
        for name in sorted(names):
            if name not in self._places:
                self._places[name] = next((one for one in _scalars(node) if name in one.text), node)

    def problems(
        self,
        sections: Iterable[Section],
        entries: AnyMapping[str, Iterable[str]],
        defined: Iterable[tuple[str, str]],
        used: set[tuple[str, str]],
    ) -> Iterator[Problem]:
        """Give a problem for each name that nothing brings about; what is read of sections is used.

        ``entries`` gives each section's names, ``defined`` what steps define.
        """
        variables = {name for kind, name in defined if kind == "variable"}
        notices = {f"notice.{name}" for kind, name in defined if kind == "notice"}
        consents = {f"consent.{name}" for kind, name in defined if kind == "consent"}
        of_sections = {
            f"{section.facts_under or section.defines}.{entry}.{fact}": (section.defines, entry)
            for section in sections
            for entry in entries.get(section.name, ())
            for fact in section.facts
        }
        known = {*CALL_FACTS, *notices, *consents, *of_sections}
        for name, node in self._places.items():
            if name in of_sections:
                used.add(of_sections[name])
            elif name not in known and name not in variables:
                yield _unknown(name, node, known if "." in name else {*known, *variables})


def _unknown(name: str, node: Node, known: set[str]) -> Problem:
    shown = name[:60]
    near = near_name(name, known)
    if "." in name:
        remedy = "Conditions in docs/dialplan.md lists what a call knows."
        if name.startswith("consent."):
            near = near_name(name, {one for one in known if one.startswith("consent.")})
            remedy = f'Let a step before ask for it: "- consent: {{to: {name.partition(".")[2][:40]}, …}}".'
        return problem_at(node, f'there is no fact "{shown}"', near=near, remedy=remedy)
    remedy = "Let a step before set it: set, collect or a look-up. A text stands in quotation marks."
    return problem_at(node, f'no step sets "{shown}"', near=near, remedy=remedy)


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _scalars(item)
    elif isinstance(node, Mapping):
        for key, value in node.items:
            yield key
            yield from _scalars(value)
