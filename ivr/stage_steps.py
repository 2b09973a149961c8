"""Steps that stages serve: their own schema, their outcomes as branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel

from callflow.prompt import Prompt
from callflow.protocol import Refers, key_outcome
from callflow.step_model import Spoken, StepModel
from callflow.values import KEYS
from ivr import steps
from ivr.problems import Problem, near_name
from ivr.translate import validate
from ivr.yaml_tree import Mapping, Node, Scalar, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

    from callflow.protocol import Stage
    from ivr.build import SiteBuilder
    from ivr.place import Place

M = TypeVar("M", bound=BaseModel)

KEYS_KEY = "keys"
COMPLETED = "completed"
"""The outcome that ends the call, unless the step has a branch for it."""


def stage_step_of(
    builder: SiteBuilder, place: Place, name: str, stage: type[Stage], node: Node
) -> steps.StageStep | None:
    """Compile a stage's step; None when it has errors, which are added to the builder's problems."""
    outcomes = sorted(stage.outcomes)
    keys = [f"on_{outcome}" for outcome in outcomes]
    body = _stage_body(builder, name, stage.step, node)
    written = {key.text: (key, value) for key, value in _items(body) if key.text.startswith("on_")}
    for text, (key, _) in written.items():
        if text not in keys:
            known = f"It may end with: {', '.join(keys)}." if keys else "It has no branches."
            builder.problems.append(
                problem_at(key, f'"{name}" never ends that way', near=near_name(text, keys), remedy=known)
            )
    by_key = bool(getattr(stage, "by_key", False))
    leave_out = (*written, KEYS_KEY) if by_key else written
    step = validate(stage.step, body, builder.context, builder.problems, leave_out=leave_out)
    if step is None:
        return None
    branches: dict[str, str] = {}
    without = {COMPLETED, *getattr(stage, "only_with_branch", ())}
    for outcome in outcomes:
        label = f"on_{outcome}"
        block = (
            place.written_branch(written[label][1], label)
            if label in written
            else _default_branch(builder, step, outcome)
        )
        if block or outcome not in without:
            branches[outcome] = block
    if by_key:
        branches |= _key_branches(builder, place, step, body)
    if isinstance(step, StepModel):
        step.set_branches(outcome for outcome, block in branches.items() if block)
    inside = () if name in stage.step.model_fields else (name,)
    prompts: list[Prompt] = []
    step = with_prompts(place, step, inside, prompts)
    return steps.StageStep(
        **place.base,
        stage=name,
        step=step,
        outcomes=branches,
        said=tuple(prompts),
        instant=bool(getattr(stage, "instant", False)),
    )


def with_prompts(place: Place, model: M, path: tuple[str, ...], found: list[Prompt]) -> M:
    """Check the prompts in a step or a definition, and put them in as they are played."""
    changes: dict[str, object] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Prompt) and name in model.model_fields_set and _is_spoken(field):
            changes[name] = place.prompt(dict(value.texts), *path, name)
        elif isinstance(value, tuple) and name in model.model_fields_set and _is_spoken(field):
            heard = [place.prompt(dict(one.texts), *path, name, index) for index, one in enumerate(value)]
            changes[name] = tuple(heard)
            found += heard
        elif isinstance(value, BaseModel):
            changes[name] = with_prompts(place, value, (*path, name), found)
        if isinstance(changes.get(name, value), Prompt):
            found.append(changes.get(name, value))  # type: ignore[arg-type]
    return model.model_copy(update=changes) if changes else model


def _is_spoken(field: FieldInfo) -> bool:
    return any(isinstance(mark, Spoken) for mark in (*field.metadata, *_marks(field.annotation)))


def _marks(annotation: Any) -> Iterator[Any]:
    """Give the marks within a type such as ``Say | None``."""
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from _marks(inner)


def _default_branch(builder: SiteBuilder, step: BaseModel, outcome: str) -> str:
    """Give the menu that the thing named by the step (its queue, …) leads to for this outcome."""
    for definition in _named_by(builder, step):
        to = getattr(definition, f"on_{outcome}", None)
        if isinstance(to, str) and to in builder.menus:
            return to
    return ""


def _named_by(builder: SiteBuilder, step: BaseModel) -> Iterator[BaseModel | None]:
    """Give the definitions that a step names."""
    by_kind = builder.context["sections_by_kind"]
    for name, field in type(step).model_fields.items():
        for refers in field.metadata:
            if isinstance(refers, Refers) and refers.kind in by_kind:
                yield builder.definitions[by_kind[refers.kind]].get(str(getattr(step, name)))


def _key_branches(builder: SiteBuilder, place: Place, step: BaseModel, body: Node) -> dict[str, str]:
    """Give where keys lead: those of the thing that the step names, and those that the step has itself."""
    found: dict[str, str] = {}
    for definition in _named_by(builder, step):
        for key, to in (getattr(definition, KEYS_KEY, None) or {}).items():
            if to in builder.menus:
                found[key_outcome(key)] = to
    for name, node in _items(body):
        if name.text != KEYS_KEY:
            continue
        if not isinstance(node, Mapping) or not node.items:
            remedy = 'Write {"1": menu}, or one key a line below, indented.'
            builder.problems.append(
                problem_at(node, "keys and where they lead are expected here", remedy=remedy)
            )
        for key, to_node in _items(node):
            if len(key.text) != 1 or key.text not in KEYS:
                remedy = 'A key is one of "0" to "9", "*" and "#".'
                builder.problems.append(problem_at(key, f'"{key.text[:20]}" is not a key', remedy=remedy))
            else:
                outcome = key_outcome(key.text)
                found[outcome] = place.written_branch(to_node, outcome)
    return found


def _items(node: Node) -> tuple[tuple[Scalar, Node], ...]:
    return node.items if isinstance(node, Mapping) else ()


def _stage_body(builder: SiteBuilder, name: str, model: type[BaseModel], node: Node) -> Node:
    """Give the keys of a stage's step: beside its name where the name is a field, else below it."""
    if isinstance(node, Scalar):
        return Mapping((), node.file, node.line, node.column)
    if not isinstance(node, Mapping) or name in model.model_fields:
        return node
    inner, beside = node.items[0][1], node.items[1:]
    # a branch says what comes after the step, so it may stand beside it as well
    builder.problems += beside_the_step(name, [one for one in beside if not one[0].text.startswith("on_")])
    if isinstance(inner, Mapping):
        below = {key.text: key for key, _ in inner.items}
        for key, _ in beside:
            if key.text in below:
                first = below[key.text]
                message = f'"{key.text}" stands already in line {first.line}'
                builder.problems.append(problem_at(key, message, remedy="Remove one of them."))
        return Mapping((*inner.items, *beside), node.file, node.line, node.column)
    return Mapping((node.items[0], *beside), node.file, node.line, node.column)


def beside_the_step(name: str, keys: Iterable[tuple[Scalar, Node]]) -> Iterator[Problem]:
    """Report keys that stand beside a step's name although its keys belong below it."""
    for key, _ in keys:
        yield problem_at(
            key,
            f'"{key.text}" stands beside the step "{name}"',
            remedy=f'Indent it, so that it stands below "{name}:".',
        )
