"""From the trees of a site's files to a checked :class:`~ivr.steps.Site`, with every problem on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ivr import steps
from ivr.place import Place, no_menu
from ivr.problems import Problem, near_name
from ivr.schema import OWN_STEPS
from ivr.schema.common import BARE_STEPS
from ivr.schema.site import DEFAULT, Header, normalised
from ivr.stage_steps import stage_step_of
from ivr.steps import Block, Position, Site
from ivr.translate import validate
from ivr.yaml_tree import Mapping, Node, Scalar, Sequence, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as AnyMapping
    from pathlib import Path

    from pydantic import BaseModel

    from callflow.protocol import Section, Stage
    from ivr.merge import Merged
    from ivr.schema.common import WrittenStep

HEADER = tuple(Header.model_fields)
OWN_KEYS = (*HEADER, "numbers", "menus")


class Unreadable(steps.Step, frozen=True, kw_only=True):
    """Stands for a step with errors, so that the checks of all others still make sense."""

    kind = "unreadable"
    waits = True
    names: tuple[str, ...]
    """Menus that are named somewhere in it."""

    def branches(self) -> Iterator[str]:
        """Give every menu that it might lead to."""
        yield from self.names


class SiteBuilder:
    """Builds one site; :attr:`problems` grows while it works."""

    def __init__(
        self,
        merged: Merged,
        folders: AnyMapping[str, Path],
        stages: AnyMapping[str, type[Stage]],
        sections: Iterable[Section],
    ) -> None:
        self.problems: list[Problem] = list(merged.problems)
        self.merged = merged
        self.folders = folders
        self.stages = stages
        self.sections = {section.name: section for section in sections}
        self.blocks: dict[str, Block] = {}
        self.used: set[tuple[str, str]] = set()
        self.languages = merged.words("languages")
        self.context = self._context()
        self.definitions: dict[str, dict[str, BaseModel]] = {}
        """Section → name → definition."""

    def build(self, version: str, files: tuple[str, ...]) -> Site:
        """Build the site as far as its problems let it be built."""
        self._unknown_keys()
        header = self._header()
        for name, section in self.sections.items():
            self.definitions[name] = self._section(name, section)
        for key, node in self.merged.items("menus"):
            self._menu(key, node)
        numbers = self._numbers()
        return Site(
            name=header.site if header else "",
            time_zone=header.time_zone if header else "UTC",
            languages=self.languages,
            numbers=numbers,
            blocks=self.blocks,
            sections=self.definitions,
            version=version,
            files=files,
        )

    # ── the top of the files ─────────────────────────────────────────────────────────────────────

    def _context(self) -> dict[str, Any]:
        known: dict[str, Any] = {"menu": self.merged.names("menus"), "skill": self.merged.words("skills")}
        if self.languages:
            known["language"] = self.languages
        for name, section in self.sections.items():
            known[section.defines] = self.merged.names(name)
        return {
            "known": known,
            "used": self.used,
            "languages": self.languages,
            "sections_by_kind": {section.defines: name for name, section in self.sections.items()},
        }

    def _unknown_keys(self) -> None:
        known = [*OWN_KEYS, *self.sections]
        for key in self.merged.top_keys():
            if key.text not in known:
                self.problems.append(
                    problem_at(
                        key,
                        f'"{key.text}" means nothing here',
                        near=near_name(key.text, known),
                        remedy=f"Known here: {', '.join(sorted(known))}.",
                    )
                )

    def _header(self) -> Header | None:
        return validate(Header, self.merged.header(), self.context, self.problems)

    def _section(self, name: str, section: Section) -> dict[str, BaseModel]:
        found = {}
        for key, node in self.merged.items(name):
            definition = validate(section.model, node, self.context, self.problems)
            if definition is not None:
                found[key.text] = definition
        return found

    def _numbers(self) -> dict[str, str]:
        written: dict[str, Scalar] = {}
        numbers: dict[str, str] = {}
        known = self.context["known"]["menu"]
        for key, node in self.merged.items("numbers"):
            number = DEFAULT if key.text == DEFAULT else normalised(key.text)
            if not number:
                remedy = f'Write digits, with a + before a country code, or "{DEFAULT}" for all others.'
                self.problems.append(problem_at(key, f'"{key.text}" is not a phone number', remedy=remedy))
            elif number in written:
                first = written[number]
                message = f"the number {key.text} is the same as that in {first.file}:{first.line}"
                self.problems.append(problem_at(key, message, remedy="Remove one of them."))
            elif not isinstance(node, Scalar) or node.empty:
                self.problems.append(problem_at(node, "the name of a menu is expected here"))
            else:
                written[number] = key
                if node.text in known:
                    numbers[number] = node.text
                else:
                    self.problems.append(no_menu(node, known))
        return numbers

    # ── menus ────────────────────────────────────────────────────────────────────────────────────

    def _menu(self, key: Scalar, node: Node) -> None:
        if key.text in BARE_STEPS:
            self.problems.append(
                problem_at(
                    key, f'a menu can\'t be called "{key.text}", as a step is', remedy="Choose another name."
                )
            )
        if "/" in key.text or not key.text.strip():
            self.problems.append(
                problem_at(key, f'"{key.text}" is no name for a menu', remedy="Use letters, digits, _ and -.")
            )
        if not isinstance(node, Sequence) or not node.items:
            self.problems.append(
                problem_at(
                    key if isinstance(node, Scalar) else node,
                    f'the menu "{key.text}" is no list of steps',
                    remedy='Write one step a line, each beginning with "- ".',
                )
            )
            node = Sequence((), key.file, key.line, key.column)
        self.add_block(key.text, node.items, None)

    def add_block(self, name: str, nodes: tuple[Node, ...], after: Position | None) -> None:
        """Compile steps into a block; the last of them is followed by ``after``."""
        self.blocks[name] = Block(name, ())
        compiled = []
        for index, node in enumerate(nodes):
            following = Position(name, index + 1) if index + 1 < len(nodes) else after
            compiled.append(self._step(node, Position(name, index), following))
        self.blocks[name] = Block(name, tuple(compiled))

    def _step(self, node: Node, at: Position, following: Position | None) -> steps.Step:
        place = Place(self, node, at, following)
        name = _step_name(node)
        if name is None:
            self.problems.append(
                problem_at(node, "this is no step", remedy='Write its name first: "- play: …", "- hangup".')
            )
        elif name in OWN_STEPS:
            written = self._own(OWN_STEPS[name], node)
            if written is not None:
                return written.compile(place)
        elif name in self.stages:
            stage_step = stage_step_of(self, place, name, self.stages[name], node)
            if stage_step is not None:
                return stage_step
        else:
            self._unknown_step(node, name)
        menus = self.context["known"]["menu"]
        return Unreadable(**place.base, names=tuple(text for text in _texts(node) if text in menus))

    def _unknown_step(self, node: Node, name: str) -> None:
        known = sorted({*OWN_STEPS, *self.stages})
        message, remedy = f'there is no step "{name}"', f"There are: {', '.join(known)}."
        near = near_name(name, known)
        if isinstance(node, Mapping):
            for key, _ in node.items[1:]:
                if key.text in known and not near:
                    remedy = f'If this is a step "{key.text}", write "{key.text}" first.'
        self.problems.append(problem_at(_first_key(node), message, near=near, remedy=remedy))

    def _own(self, model: type[WrittenStep], node: Node) -> WrittenStep | None:
        name = model.kind
        if isinstance(node, Scalar):
            if name in BARE_STEPS:
                return validate(
                    model, Mapping((), node.file, node.line, node.column), self.context, self.problems
                )
            self.problems.append(
                problem_at(
                    node, f'the step "{name}" needs more than its name', remedy=f'Write "- {name}: …".'
                )
            )
            return None
        if not isinstance(node, Mapping):
            return None
        if name in BARE_STEPS:
            self.problems.append(
                problem_at(
                    node, f'the step "{name}" takes nothing', remedy=f'Write "- {name}", with no colon.'
                )
            )
            return None
        if not model.nested:
            return validate(model, node, self.context, self.problems)
        for key, _ in node.items[1:]:
            remedy = f'Indent it, so that it stands below "{name}:".'
            self.problems.append(
                problem_at(key, f'"{key.text}" stands beside the step "{name}"', remedy=remedy)
            )
        return validate(model, node.items[0][1], self.context, self.problems)


def _step_name(node: Node) -> str | None:
    if isinstance(node, Scalar):
        return node.text or None
    if isinstance(node, Mapping) and node.items:
        return node.items[0][0].text
    return None


def _first_key(node: Node) -> Node:
    return node.items[0][0] if isinstance(node, Mapping) and node.items else node


def _texts(node: Node) -> Iterable[str]:
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item)
    else:
        for _, value in node.items:
            yield from _texts(value)
