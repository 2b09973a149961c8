"""From a YAML tree to a schema's model, with every validation error brought back to its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from ivr.problems import Problem, near_name
from ivr.yaml_tree import Mapping, Node, Scalar, Sequence, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as SequenceOf

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_EMPTY_REMEDY = 'Write a value, or remove the line; the key # must be in quotes: "#".'

_REMEDIES_FOR_NAMES = {
    "menu": "Add it under menus:, or correct the name.",
    "skill": "Add it to the list skills:, or correct the name.",
    "language": "Add it to the list languages:, or correct the name.",
}

_SHAPES = {
    "string_type": "a text is expected here",
    "dict_type": "pairs of key and value are expected here",
    "model_type": "pairs of key and value are expected here",
    "model_attributes_type": "pairs of key and value are expected here",
    "list_type": "a list is expected here",
    "tuple_type": "a list is expected here",
    "set_type": "a list is expected here",
    "int_parsing": "a whole number is expected here",
    "int_type": "a whole number is expected here",
    "int_from_float": "a whole number is expected here",
    "float_parsing": "a number is expected here",
    "float_type": "a number is expected here",
    "bool_parsing": "this is neither yes nor no",
    "string_too_short": "this must not be empty",
    "too_short": "this must not be empty",
}

_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}

_SHAPE_REMEDIES = {
    "int_parsing": "Write digits.",
    "int_type": "Write digits.",
    "int_from_float": "Write digits.",
    "float_parsing": "Write digits.",
    "float_type": "Write digits.",
    "string_type": "Write a text.",
    "string_too_short": "Write something, or remove the line.",
    "too_short": "Write something, or remove the line.",
    "dict_type": "Write {key: value}, or one pair a line below, indented.",
    "model_type": "Write {key: value}, or one pair a line below, indented.",
    "list_type": "Write [a, b], or one item a line, each beginning with a dash.",
    "tuple_type": "Write [a, b], or one item a line, each beginning with a dash.",
    "set_type": "Write [a, b], or one item a line, each beginning with a dash.",
    "bool_parsing": "Write yes or no.",
}


def to_data(node: Node) -> Any:
    """Turn a tree into dicts, lists and strings; a value that was left out becomes None."""
    if isinstance(node, Scalar):
        return None if node.empty else node.text
    if isinstance(node, Sequence):
        return [to_data(item) for item in node.items]
    return {key.text: to_data(value) for key, value in node.items}


def validate(
    model: type[M],
    node: Node,
    context: dict[str, Any],
    problems: list[Problem],
    *,
    leave_out: Iterable[str] = (),
) -> M | None:
    """Read ``node`` as ``model`` and add what is wrong with it to ``problems``.

    With problems, gives what is left without the wrong parts, or None when nothing sensible is.

    ``leave_out`` names keys at the top of ``node`` that are not the model's business.
    """
    data = to_data(node)
    if isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in set(leave_out)}
    told = left_empty(node)
    try:
        found = _read(model, data, node, context)
    except ValidationError as error:
        details = error.errors(include_url=False)
        told += [explain(node, detail, model, context) for detail in _worth_telling(node, details)]
        problems.extend(told or [explain(node, detail, model, context) for detail in details])
        return _repaired(model, data, details, node, context)
    problems.extend(told)
    return found


def _read(model: type[M], data: Any, node: Node, context: dict[str, Any]) -> M:
    """Validate, and note which names the expressions within read.  Raises ValidationError."""
    # a model of free keys says so itself; all others refuse what they don't know
    extra: Literal["forbid"] | None = None if model.model_config.get("extra") == "allow" else "forbid"
    try:
        return model.model_validate(data, context=context, extra=extra)
    finally:
        if (names := context.get("names")) is not None:
            names.take(node)


def _repaired(
    model: type[M], data: Any, details: SequenceOf[ErrorDetails], node: Node, context: dict[str, Any]
) -> M | None:
    """Read what is left without the wrong parts: the rest of a step is worth checking all the same."""
    for detail in details:
        path = [part for part in detail["loc"] if part != "[key]"]
        if detail["type"] == "missing" or not _removed(data, path):
            return None
    try:
        return _read(model, data, node, context)
    except ValidationError:
        return None


def _removed(data: Any, path: list[Any]) -> bool:
    """Remove the value at a path; False when there is none."""
    for part in path[:-1]:
        if isinstance(data, dict) and isinstance(part, int):
            continue  # a list of one may be written without its brackets
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return isinstance(data, dict) and bool(path) and data.pop(path[-1], data) is not data


def left_empty(node: Node) -> list[Problem]:
    """Find keys after which nothing was written."""
    found: list[Problem] = []
    if isinstance(node, Mapping):
        for key, value in node.items:
            if isinstance(value, Scalar) and value.empty:
                found.append(problem_at(key, f'nothing is written for "{key.text}"', remedy=_EMPTY_REMEDY))
            else:
                found.extend(left_empty(value))
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar) and item.empty:
                found.append(problem_at(item, "nothing is written for this item", remedy="Remove the dash."))
            else:
                found.extend(left_empty(item))
    return found


def node_at(root: Node, path: Iterable[Any]) -> Node:
    """Follow a path of keys and indexes as far as it goes; what the tree does not know is passed over."""
    return _follow(root, path)[0]


def explain(root: Node, detail: ErrorDetails, model: type[BaseModel], context: dict[str, Any]) -> Problem:
    """Turn one of pydantic's errors into a problem at its place."""
    loc = (*detail["loc"], *detail.get("ctx", {}).get("at", ()))
    kind = detail["type"]
    if kind == "missing":
        place = node_at(root, loc[:-1])
        return problem_at(place, f'"{loc[-1]}" is missing', remedy=f'Write "{loc[-1]}: …" here.')
    if kind == "extra_forbidden":
        near = near_name(str(loc[-1]), _fields(model, loc[:-1]))
        known = ", ".join(_fields(model, loc[:-1]))
        return problem_at(
            _follow(root, loc)[1],
            f'"{loc[-1]}" means nothing here',
            near=near,
            remedy=f"Known here: {known}.",
        )
    node, key = _follow(root, loc)
    if loc and loc[-1] == "[key]":
        node = key
    if kind in _LIMITS and isinstance(node, Scalar):
        name, words = _LIMITS[kind]
        limit = f"{float(detail['ctx'][name]):g}"
        # a time is written with its unit, and limits of times are in seconds
        unit = "s" if node.text.strip()[-1:].isalpha() else ""
        return problem_at(node, f'"{node.text}" is out of range', remedy=f"Write {words} {limit}{unit}.")
    message, near, remedy = _words(detail, context)
    return problem_at(node, message, near=near, remedy=remedy)


def _words(detail: ErrorDetails, context: dict[str, Any]) -> tuple[str, str, str]:
    kind, facts = detail["type"], detail.get("ctx", {})
    if kind == "unknown_name":
        name, what = str(facts["name"]), str(facts["kind"])
        known = context.get("known", {}).get(what) or ()
        section = context.get("sections_by_kind", {}).get(what, "")
        remedy = _REMEDIES_FOR_NAMES.get(what, f"Add it under {section}:, or correct the name.")
        verb = "are" if what.endswith("s") else "is"
        return f'there {verb} no {what} "{name}"', near_name(name, known), remedy
    if kind in _SHAPES:
        return _SHAPES[kind], "", _SHAPE_REMEDIES.get(kind, "")
    if "remedy" in facts:
        return detail["msg"], str(facts.get("near", "")), str(facts["remedy"])
    if refused := _refused(detail):
        return refused[0], "", refused[1]
    message = str(facts.get("error", detail["msg"])).rstrip(".")
    return message[:1].lower() + message[1:], "", ""


def _refused(detail: ErrorDetails) -> tuple[str, str] | None:
    facts = detail.get("ctx", {})
    match detail["type"]:
        case "string_pattern_mismatch":
            return f"{_shown(detail)} can't be used here", f"It must fit the pattern {facts['pattern']}."
        case "string_too_long":
            return f"this is longer than {facts['max_length']} characters", "Write less."
        case "literal_error" | "enum":
            return f"{_shown(detail)} is not possible here", f"Write {facts['expected']}."
    return None


def _shown(detail: ErrorDetails) -> str:
    value = detail["input"]
    return f'"{value}"' if isinstance(value, str) and len(value) <= 60 else "this"


def _worth_telling(root: Node, details: SequenceOf[ErrorDetails]) -> list[ErrorDetails]:
    """Drop what is told elsewhere: values left empty, and lists that are empty without their wrong items."""
    places = [detail["loc"] for detail in details]

    def told_elsewhere(detail: ErrorDetails) -> bool:
        node, place = node_at(root, detail["loc"]), detail["loc"]
        if detail["type"] == "too_short" and any(
            len(one) > len(place) and one[: len(place)] == place for one in places
        ):
            return True
        return isinstance(node, Scalar) and node.empty

    return [detail for detail in details if not told_elsewhere(detail)]


def _follow(root: Node, path: Iterable[Any]) -> tuple[Node, Node]:
    """Give the node at a path, and the key that leads to it (or the node itself)."""
    node = key = root
    for part in path:
        if isinstance(node, Mapping):
            for written, value in node.items:
                if written.text == part:
                    node, key = value, written
                    break
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = key = node.items[part]
    return node, key


def _fields(model: type[BaseModel], loc: Iterable[Any]) -> list[str]:
    """List the keys that are known at a place within a model."""
    here: type[BaseModel] = model
    for part in loc:
        field = _written_fields(here).get(str(part))
        if field is not None:
            here = _model_in(field.annotation) or here
    return sorted(_written_fields(here))


def _written_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Give a model's fields by their keys in YAML."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _model_in(inner)
        if found:
            return found
    return None
