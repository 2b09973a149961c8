"""The small language of conditions and of ``{…}`` in texts, read when a site loads; never Python's ``eval``.

``parse`` gives an :class:`Expression`, ``parse_template`` a :class:`Template`; both raise
:class:`ExpressionError` with a column.  Docs: *Conditions* and *Values in texts* in docs/dialplan.md.
"""

from callflow.expressions.errors import ExpressionError
from callflow.expressions.expression import Expression, parse
from callflow.expressions.fields import ExpressionText, TemplateText
from callflow.expressions.template import FILTERS, Hole, Template, parse_template
from callflow.expressions.values import Lookup, Value, as_number, as_text

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
