"""YAML as it was written: scalars stay text and know their place; nothing is guessed.

PyYAML's typing (``10:30`` → 630, ``no`` → false) is never used: the tree is built from the parser's events,
so that nesting, aliases and size can be bounded and every problem has its line and column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Union

import msgspec
import yaml

from ivr.problems import Problem, Severity
from ivr.yaml_syntax import hash_key_problems, undecodable, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 4 * 1024 * 1024
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
MAX_DEPTH = 40
MAX_NODES = 400_000
"""Nodes of a file after its aliases have been written out."""


class Scalar(msgspec.Struct, frozen=True):
    """A text value; ``quoted`` is False for a plain one."""

    text: str
    quoted: bool
    file: str
    line: int
    column: int

    @property
    def empty(self) -> bool:
        """True when nothing was written."""
        return not self.text and not self.quoted


class Mapping(msgspec.Struct, frozen=True):
    """Keys and values in the order written, each key once."""

    items: tuple[tuple[Scalar, Node], ...]
    file: str
    line: int
    column: int

    def get(self, name: str) -> Node | None:
        """Give the value of a key, or None."""
        for key, value in self.items:
            if key.text == name:
                return value
        return None


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    file: str
    line: int
    column: int


Node = Union[Scalar, Mapping, Sequence]  # noqa: UP007 - read by msgspec


def problem_at(
    node: Node, message: str, *, remedy: str = "", near: str = "", severity: Severity = Severity.ERROR
) -> Problem:
    """Make a problem at a node's place."""
    return Problem(node.file, node.line, node.column, severity, message, near, remedy)


def parse(content: bytes, file: str) -> tuple[Mapping | None, list[Problem]]:
    """Parse a file's content: the tree, or None when there is none to speak of, and all problems found.

    ``file`` is the name to be shown in problems.
    """
    if len(content) > MAX_BYTES:
        message = f"the file is too large ({len(content) / 1e6:.1f} MB)"
        return None, [Problem(file, 1, 1, Severity.ERROR, message, remedy="Split it; 4 MB is the most.")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [undecodable(content, error, file)]
    problems = hash_key_problems(text, file)
    builder = _Builder(file)
    try:
        root = builder.document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        return None, [*builder.problems, *(problems or [unreadable(error, text, file)])]
    except _Abandoned:
        return None, builder.problems
    problems += builder.problems
    if isinstance(root, Mapping):
        return root, problems
    if root is None or (isinstance(root, Scalar) and root.empty):
        remedy = "Write a site in it, or remove the file."
        problems.append(Problem(file, 1, 1, Severity.ERROR, "the file is empty", remedy=remedy))
    else:
        remedy = 'Begin with keys such as "numbers:" and "menus:".'
        problems.append(problem_at(root, "this is not a site", remedy=remedy))
    return None, problems


class _Abandoned(Exception):  # noqa: N818 - not an error of ours
    """The file can't be read on; the reason is among the problems."""


class _Builder:
    """Builds one document's tree from the parser's events."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._weight = 0

    def document(self, events: Iterator[Any]) -> Node | None:
        """Build the tree of the only document; None when there is none."""
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._problem(
                        event, "a second document begins here", 'Remove the line "---"; a file is one site.'
                    )
                    raise _Abandoned
                root = self._node(next(events), events, 0)
        return root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._problem(
                event, f"this is nested more than {MAX_DEPTH} deep", "Put the inner part into a menu."
            )
            raise _Abandoned
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._weight
        self._count(event, 1)
        if event.tag is not None and event.tag != "!":
            self._problem(event, f"the tag {event.tag} has no meaning here", "Remove it.")
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(self._text(event), bool(event.style), self._file, line, column)
        elif isinstance(event, yaml.SequenceStartEvent):
            members = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                members.append(self._node(inner, events, depth + 1))
            node = Sequence(tuple(members), self._file, line, column)
        else:
            node = Mapping(self._pairs(events, depth), self._file, line, column)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._weight - before)
        return node

    def _text(self, event: Any) -> str:
        """Give a scalar's text without what escapes such as ``"\\0"`` bring in and no file may hold."""
        for found in _UNPRINTABLE.findall(event.value):
            self._problem(event, f"the character U+{ord(found):04X} is not allowed", "Remove it.")
        return _UNPRINTABLE.sub("", event.value)

    def _pairs(self, events: Iterator[Any], depth: int) -> tuple[tuple[Scalar, Node], ...]:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self.problems.append(
                    problem_at(key, "a list or mapping can't be a key", remedy="Put the text into quotes.")
                )
            elif key.text == "<<" and not key.quoted:
                self.problems.append(
                    problem_at(key, "the merge key << is not supported", remedy="Write the keys out.")
                )
            elif key.text in pairs:
                first = pairs[key.text][0]
                message = f'"{key.text}" is written twice; the first is in line {first.line}'
                self.problems.append(problem_at(key, message, remedy="Remove or rename one of them."))
            else:
                pairs[key.text] = (key, value)
        return tuple(pairs.values())

    def _alias(self, event: Any) -> Node:
        found = self._anchors.get(event.anchor)
        if found is None:
            self._problem(
                event,
                f"*{event.anchor} refers to nothing that was written before",
                f'Write &{event.anchor} at what is meant, or put the text into quotes: "*{event.anchor}".',
            )
            raise _Abandoned
        node, weight = found
        self._count(event, weight)
        return node

    def _count(self, event: Any, weight: int) -> None:
        self._weight += weight
        if self._weight > MAX_NODES:
            self._problem(
                event,
                f"the file holds more than {MAX_NODES:,} values",
                "Split it, and use fewer aliases (*name).",
            )
            raise _Abandoned

    def _problem(self, event: Any, message: str, remedy: str) -> None:
        mark = event.start_mark
        self.problems.append(
            Problem(self._file, mark.line + 1, mark.column + 1, Severity.ERROR, message, remedy=remedy)
        )
