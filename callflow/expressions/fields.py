"""Types for what an admin writes in YAML: fields that are expressions, or texts with values in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema
from pydantic_core import PydanticCustomError

from callflow.expressions.errors import ExpressionError
from callflow.expressions.expression import Expression, parse
from callflow.expressions.template import Template, parse_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import ValidationInfo


def note_names(names: frozenset[str], info: ValidationInfo) -> None:
    """Tell the site's checks which names are read here."""
    (info.context or {}).get("read", set()).update(names)


def told_error(error: ExpressionError) -> PydanticCustomError:
    """Make the validation error for an admin."""
    message = f"{error.message} (character {error.column})"
    return PydanticCustomError("expression", "{text}", {"text": message, "remedy": error.remedy})


def _read(parser: Callable[[str], Any], kind: type) -> Callable[[Any, ValidationInfo], Any]:
    def read(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError("expression", "a text is expected here", {"remedy": "Write a text."})
        try:
            found = parser(value)
        except ExpressionError as error:
            raise told_error(error) from None
        note_names(found.names, info)
        return found

    return read


ExpressionText = Annotated[
    InstanceOf[Expression], BeforeValidator(_read(parse, Expression)), WithJsonSchema({"type": "string"})
]
"""A condition or calculation: ``tier == "gold"``."""

TemplateText = Annotated[
    InstanceOf[Template], BeforeValidator(_read(parse_template, Template)), WithJsonSchema({"type": "string"})
]
"""A text in which ``{name}`` stands for a value: ``{caller.number|url}``."""
