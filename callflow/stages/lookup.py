"""What a stage's texts may read: what the call knows, and values that only this step knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callflow.expressions import Lookup, Template


def knowing(known: Mapping[str, str], look_up: Lookup) -> Lookup:
    """Give a lookup in which these values win."""
    return lambda name: known[name] if name in known else look_up(name)


def filled(body: Any, look_up: Lookup) -> Any:
    """Fill the texts of a JSON body in."""
    if isinstance(body, dict):
        return {name: filled(value, look_up) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, look_up) for value in body]
    template: Template = body
    return template.text(look_up)
