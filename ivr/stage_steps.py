"""Steps that stages serve: their own schema, their outcomes as branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from callflow.prompt import Prompt
from callflow.protocol import Refers
from callflow.step_model import Spoken, StepModel
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
    step = validate(stage.step, body, builder.context, builder.problems, leave_out=written)
    if step is None:
        return None
    branches: dict[str, str] = {}
    for outcome in outcomes:
        label = f"on_{outcome}"
        block = (
            place.written_branch(written[label][1], label)
            if label in written
            else _default_branch(builder, step, outcome)
        )
        if block or outcome != COMPLETED:
            branches[outcome] = block
    if isinstance(step, StepModel):
        step.set_branches(outcome for outcome, block in branches.items() if block)
    inside = () if name in stage.step.model_fields else (name,)
    prompts: list[Prompt] = []
    step = _with_prompts(place, step, inside, prompts)
    return steps.StageStep(
        **place.base,
        stage=name,
        step=step,
        outcomes=branches,
        said=tuple(prompts),
        instant=bool(getattr(stage, "instant", False)),
    )


def _with_prompts(place: Place, model: BaseModel, path: tuple[str, ...], found: list[Prompt]) -> BaseModel:
    """Check the prompts in a step, and put them in as they are played."""
    changes: dict[str, object] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Prompt) and name in model.model_fields_set and _is_spoken(field):
            changes[name] = place.prompt(dict(value.texts), *path, name)
        elif isinstance(value, BaseModel):
            changes[name] = _with_prompts(place, value, (*path, name), found)
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
    by_kind = builder.context["sections_by_kind"]
    for name, field in type(step).model_fields.items():
        for refers in field.metadata:
            if isinstance(refers, Refers) and refers.kind in by_kind:
                definition = builder.definitions[by_kind[refers.kind]].get(str(getattr(step, name)))
                to = getattr(definition, f"on_{outcome}", None)
                if isinstance(to, str) and to in builder.menus:
                    return to
    return ""


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
