"""The small language of conditions and of ``{…}`` in texts, read when a site loads; never Python's ``eval``.

``parse`` gives an :class:`Expression`, ``parse_template`` a :class:`Template`; both raise
:class:`ExpressionError` with a column.  Fields of steps are of the types
``ExpressionText`` and ``TemplateText``.
Docs: *Conditions* and *Values in texts* in docs/dialplan.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callflow.expressions.errors import ExpressionError
from callflow.expressions.expression import Expression, parse
from callflow.expressions.template import FILTERS, Hole, Template, parse_template
from callflow.expressions.values import Lookup, Value, as_number, as_text

if TYPE_CHECKING:
    from callflow.expressions.fields import ExpressionText, TemplateText

__all__ = [
    "FILTERS",
    "Expression",
    "ExpressionError",
    "ExpressionText",
    "Hole",
    "Lookup",
    "Template",
    "TemplateText",
    "Value",
    "as_number",
    "as_text",
    "parse",
    "parse_template",
]


def __getattr__(name: str) -> Any:
    """Give the types of fields, which need pydantic, to those who ask: the parent process does not."""
    if name in {"ExpressionText", "TemplateText"}:
        from callflow.expressions import fields  # noqa: PLC0415

        return getattr(fields, name)
    raise AttributeError(name)
