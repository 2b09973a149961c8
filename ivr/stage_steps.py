"""Steps that stages serve: their own schema, their outcomes as branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.protocol import Refers
from ivr import steps
from ivr.problems import near_name
from ivr.translate import validate
from ivr.yaml_tree import Mapping, Node, Scalar, problem_at

if TYPE_CHECKING:
    from pydantic import BaseModel

    from callflow.protocol import Stage
    from ivr.build import SiteBuilder
    from ivr.place import Place


def stage_step_of(
    builder: SiteBuilder, place: Place, name: str, stage: type[Stage], node: Node
) -> steps.StageStep | None:
    """Compile a stage's step; None when it has errors, which are added to the builder's problems."""
    outcomes = sorted(stage.outcomes - {"completed"})
    keys = [f"on_{outcome}" for outcome in outcomes]
    body = _stage_body(name, stage.step, node, keys)
    for key in _branch_keys(node):
        if key.text not in keys:
            known = f"It may end with: {', '.join(keys)}." if keys else "It has no branches."
            builder.problems.append(
                problem_at(key, f'"{name}" never ends that way', near=near_name(key.text, keys), remedy=known)
            )
    leave_out = [key.text for key in _branch_keys(node)]
    step = validate(stage.step, body, builder.context, builder.problems, leave_out=leave_out)
    if step is None:
        return None
    branches: dict[str, str] = {}
    for outcome in outcomes:
        written = node.get(f"on_{outcome}") if isinstance(node, Mapping) else None
        branches[outcome] = (
            place.written_branch(written, f"on_{outcome}")
            if written is not None
            else _default_branch(builder, step, outcome)
        )
    return steps.StageStep(**place.base, stage=name, step=step, outcomes=branches)


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


def _branch_keys(node: Node) -> list[Scalar]:
    if not isinstance(node, Mapping):
        return []
    return [key for key, _ in node.items if key.text.startswith("on_")]


def _stage_body(name: str, model: type[BaseModel], node: Node, branches: list[str]) -> Node:
    """Give the fields of a stage's step: beside its name where the name is a field, else below it."""
    if isinstance(node, Scalar):
        return Mapping((), node.file, node.line, node.column)
    if not isinstance(node, Mapping) or name in model.model_fields:
        return node
    inner = node.items[0][1]
    beside = tuple(pair for pair in node.items[1:] if pair[0].text not in branches)
    if isinstance(inner, Mapping):
        return Mapping((*inner.items, *beside), node.file, node.line, node.column)
    return Mapping((node.items[0], *beside), node.file, node.line, node.column)
