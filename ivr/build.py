"""From the trees of a site's files to a checked :class:`~ivr.steps.Site`, with every problem on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callflow.protocol import Speaking
from ivr import steps
from ivr.advice import alike
from ivr.names import Names
from ivr.place import Place
from ivr.problems import Problem, Severity, near_name
from ivr.schema import OWN_SECTIONS, OWN_STEPS
from ivr.schema.common import BARE_STEPS
from ivr.schema.site import DEFAULT, Header, normalised
from ivr.stage_steps import beside_the_step, stage_step_of, with_prompts
from ivr.steps import Block, Position, Site
from ivr.translate import node_at, validate
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


class SiteBuilder:
    """Builds one site; :attr:`problems` grows while it works.

    ``complete`` is False when a file of the site can't be read: what is not found may then be in that one.
    """

    def __init__(
        self,
        merged: Merged,
        folders: AnyMapping[str, Path],
        stages: AnyMapping[str, type[Stage]],
        sections: Iterable[Section],
        *,
        complete: bool = True,
    ) -> None:
        self.problems: list[Problem] = list(merged.problems)
        self.merged = merged
        self.complete = complete
        self.folders = folders
        self.stages = stages
        self.sections = {section.name: section for section in (*OWN_SECTIONS, *sections)}
        self.blocks: dict[str, Block] = {}
        self.used: set[tuple[str, str]] = set()
        self.defined: set[tuple[str, str]] = set()
        self.names = Names()
        self.guesses: dict[Position, tuple[str, ...]] = {}
        """For each step with errors, the menus that it seems to name."""
        self.languages = merged.words("languages")
        self.menus = merged.names("menus")
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
        if self.complete and not self.guesses:  # or what a step with errors sets would be missed
            entries = {name: self.merged.names(name) for name in self.sections}
            self.problems += self.names.problems(self.sections.values(), entries, self.defined, self.used)
        return Site(
            name=header.site if header else "",
            time_zone=header.time_zone if header else "UTC",
            languages=self.languages,
            numbers=numbers,
            blocks=self.blocks,
            sections=self.definitions,
            skills=header.skills if header else (),
            country=header.country if header else "",
            version=version,
            files=files,
            said=tuple(
                prompt
                for definitions in self.definitions.values()
                for definition in definitions.values()
                if isinstance(definition, Speaking)
                for prompt in definition.prompts()
            ),
        )

    # ── the top of the files ─────────────────────────────────────────────────────────────────────

    def _context(self) -> dict[str, Any]:
        known: dict[str, Any] = {}
        if self.complete:
            known = {"menu": self.menus, "skill": self.merged.words("skills")}
            known.update(
                {section.defines: self.merged.names(name) for name, section in self.sections.items()}
            )
            if self.languages:
                known["language"] = self.languages
        return {
            "known": known,
            "used": self.used,
            "defined": self.defined,
            "names": self.names,
            "read": self.names.pending,
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
        problems: list[Problem] = []
        found = validate(Header, self.merged.header(), self.context, problems)
        self.problems += [one for one in problems if self.complete or "is missing" not in one.message]
        return found

    def _section(self, name: str, section: Section) -> dict[str, BaseModel]:
        found = {}
        for key, node in self.merged.items(name):
            definition = validate(section.model, node, self.context, self.problems)
            if definition is not None:
                place = Place(self, node, Position("", 0), None)
                found[key.text] = with_prompts(place, definition, (), [])
                if section.reads is not None:
                    self.names.read(section.reads(key.text, definition), node)
        nodes = {key.text: (key, node) for key, node in self.merged.items(name)}
        for wrong in section.check(found) if section.check else ():
            key, node = nodes[wrong.entry]
            severity = Severity.WARNING if wrong.warning else Severity.ERROR
            written = node_at(node, wrong.at) if wrong.at else key
            self.problems.append(problem_at(written, wrong.message, remedy=wrong.remedy, severity=severity))
        return found

    def _numbers(self) -> dict[str, str]:
        written: dict[str, Scalar] = {}
        numbers: dict[str, str] = {}
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
                remedy = 'Write "number: menu".'
                self.problems.append(problem_at(node, "the name of a menu is expected here", remedy=remedy))
            else:
                written[number] = key
                numbers[number] = self.menu_named(node)
        self.problems += alike(written)
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

    def menu_named(self, node: Scalar) -> str:
        """Give the menu of that name; an unknown one is a problem, and the near one is given."""
        known = self.menus
        if node.text in known or not self.complete:
            return node.text
        near = near_name(node.text, known)
        remedy = "Add it under menus:, or correct the name."
        self.problems.append(problem_at(node, f'there is no menu "{node.text}"', near=near, remedy=remedy))
        return near

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
        before = len(self.problems)
        step = self._read_step(node, place)
        if len(self.problems) > before:
            self.guesses[at] = tuple(self._menus_in(node))
        return step or Unreadable(**place.base)

    def _read_step(self, node: Node, place: Place) -> steps.Step | None:
        name = _step_name(node)
        if name is None:
            self.problems.append(
                problem_at(node, "this is no step", remedy='Write its name first: "- play: …", "- hangup".')
            )
        elif name in OWN_STEPS:
            written = self._own(OWN_STEPS[name], node)
            return written.compile(place) if written is not None else None
        elif name in self.stages:
            return stage_step_of(self, place, name, self.stages[name], node)
        else:
            self._unknown_step(node, name)
        return None

    def _menus_in(self, node: Node) -> Iterator[str]:
        """Give every menu that something in a step may be meant to name."""
        known = self.menus
        for text in _texts(node):
            name = text if text in known else near_name(text, known)
            if name:
                yield name

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
        name, bare = model.kind, model.kind in BARE_STEPS
        if isinstance(node, Scalar) and bare:
            nothing = Mapping((), node.file, node.line, node.column)
            return validate(model, nothing, self.context, self.problems)
        if isinstance(node, Mapping) and (not bare or name in model.model_fields):
            return self._nested(model, node) if model.nested else self._validated(model, node)
        if bare:
            message, remedy = f'the step "{name}" takes nothing', f'Write "- {name}", with no colon.'
        else:
            message, remedy = f'the step "{name}" needs more than its name', f'Write "- {name}: …".'
        self.problems.append(problem_at(node, message, remedy=remedy))
        return None

    def _nested(self, model: type[WrittenStep], node: Mapping) -> WrittenStep | None:
        """Read a step whose fields stand below its name."""
        name = model.kind
        self.problems += beside_the_step(name, node.items[1:])
        inner = node.items[0][1]
        if not (isinstance(inner, Scalar) and inner.empty):
            return self._validated(model, inner)
        if len(node.items) == 1:
            remedy = "Write its keys below it, indented."
            self.problems.append(problem_at(node, f'nothing stands below "{name}:"', remedy=remedy))
        return None

    def _validated(self, model: type[WrittenStep], node: Node) -> WrittenStep | None:
        return validate(model, node, self.context, self.problems)


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
