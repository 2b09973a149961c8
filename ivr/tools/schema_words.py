"""Descriptions of a schema's fields: the docstrings below them.

Pydantic's ``use_attribute_docstrings`` reads the source of a model whenever it is imported: a fifth of the
imports of a check.  This reads it when a schema is asked for.
"""

from __future__ import annotations

import ast
import inspect
from textwrap import dedent
from typing import TYPE_CHECKING

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema


class Described(GenerateJsonSchema):
    """Makes schemas whose fields are described."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Describe each field that is not described otherwise."""
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        words, properties = _words_of(model), made.get("properties", {})
        for name, field in model.model_fields.items():
            written = field.alias or name
            if name in words and written in properties:
                properties[written].setdefault("description", words[name])
        return made


def _words_of(model: type[BaseModel]) -> dict[str, str]:
    """Give field → docstring, those of its bases included."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            found.update(_written_in(kind))
    return found


def _written_in(kind: type[BaseModel]) -> dict[str, str]:
    try:
        tree = ast.parse(dedent(inspect.getsource(kind))).body[0]
    except (OSError, SyntaxError):  # without its source it has no words
        return {}
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - it is the source of a class
    found = {}
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                found[name] = inspect.cleandoc(words)
            case _:
                pass
    return found
