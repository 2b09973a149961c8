"""Definitions that programs write, as YAML that people read: from JSON, back to it, and places as fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from ivr.yaml_tree import MAX_DEPTH, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "# Written over the API (PUT {path}); edit it as you like, a later PUT replaces it.\n"
_DIGITS = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


class TooDeep(ValueError):  # noqa: N818 - named for what happened
    """A definition is nested deeper than a file may be."""


class _Plain(yaml.CSafeDumper):
    """Writes every value out, yes and no as admins do, and nothing for null: the checks tell of that."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the dumper's own hook
        return True


_Plain.add_representer(
    bool, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:bool", "yes" if value else "no")
)
_Plain.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))


def written(path: str, section: str, name: str, definition: dict[str, Any]) -> bytes:
    """Write a definition as a file; ``path``: of the API.  Raises TooDeep."""
    if _depth(definition) > MAX_DEPTH - 4:
        raise TooDeep
    tree = {section: {name: definition}}
    text = yaml.dump(tree, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    return (MARK.format(path=path) + text).encode()


def is_programs(content: bytes) -> bool:
    """Tell whether a program wrote a file."""
    return content.startswith(MARK.split("{", 1)[0].encode())


def only_definition(tree: Mapping, section: str, name: str) -> Mapping | None:
    """Give a file's definition, None when the file holds another, or more."""
    of = tree.get(section)
    if len(tree.items) != 1 or not isinstance(of, Mapping) or len(of.items) != 1:
        return None
    found = of.get(name)
    return found if isinstance(found, Mapping) else None


def as_json(node: Node) -> Any:
    """Give a tree as JSON: texts, but for plain numbers and yes and no."""
    if isinstance(node, Mapping):
        return {key.text: as_json(value) for key, value in node.items}
    if isinstance(node, Sequence):
        return [as_json(item) for item in node.items]
    if node.quoted:
        return node.text
    if node.text in {"yes", "no"}:
        return node.text == "yes"
    if _DIGITS.fullmatch(node.text) and len(node.text) <= 15:
        return float(node.text) if "." in node.text else int(node.text)
    return node.text or None


def field_at(tree: Mapping, section: str, name: str, line: int, column: int) -> str:
    """Name the field of the definition that stands at a place: ``body.hours.mon-fri``; ``body`` if none."""
    definition = only_definition(tree, section, name)
    best = "body"
    for field, node in _fields(definition, "body") if definition is not None else ():
        if (node.line, node.column) <= (line, column):
            best = field
    return best


def _fields(node: Node, at: str) -> Iterator[tuple[str, Node]]:
    """Give every field with what is written of it, in the order of their places."""
    if isinstance(node, Mapping):
        for key, value in node.items:
            yield f"{at}.{key.text}", key
            yield from _fields(value, f"{at}.{key.text}")
    elif isinstance(node, Sequence):
        for place, item in enumerate(node.items):
            yield f"{at}[{place}]", item
            yield from _fields(item, f"{at}[{place}]")
    elif isinstance(node, Scalar):
        yield at, node


def _depth(value: Any) -> int:
    """Give how deep a value is nested, without recursion: it may be deeper than Python's own stack."""
    deepest, left = 0, [(value, 1)]
    while left:
        one, depth = left.pop()
        deepest = max(deepest, depth)
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        left += [(each, depth + 1) for each in inner]
    return deepest
