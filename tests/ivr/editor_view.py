"""A YAML file as an editor's checker reads it: with YAML 1.2's types; 5 is a number and true a bool."""

import re
from typing import Any

from ivr.yaml_tree import Mapping, Node, Scalar

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BOOL = {"true": True, "false": False}


def as_editor(node: Node) -> Any:
    """Give the data of a tree."""
    if isinstance(node, Mapping):
        return {key.text: as_editor(value) for key, value in node.items}
    if isinstance(node, Scalar):
        return node.text if node.quoted else _plain(node.text)
    return [as_editor(item) for item in node.items]


def _plain(text: str) -> Any:
    if not text:
        return None
    if text.lower() in _BOOL and text in {text.lower(), text.title(), text.upper()}:
        return _BOOL[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
