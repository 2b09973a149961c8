"""The JSON Schema (2020-12) of a dialplan, made from the models by which dialplans are checked.

Editors read YAML with its types (``5`` is a number, ``true`` a bool), the checks read every value as the text
that was written: each value is therefore described in both forms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from ivr.schema import OWN_SECTIONS, OWN_STEPS
from ivr.schema.common import BARE_STEPS
from ivr.schema.site import DEFAULT, NUMBER_PATTERN, Header
from ivr.tools.schema_values import widened
from ivr.tools.schema_words import Described

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

    from callflow.protocol import Section, Stage
    from ivr.steps import Site

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBERS = f"^({DEFAULT}|{NUMBER_PATTERN})$"
_MENU_NAME = r"\S"
_LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
_EXAMPLE = re.compile(r"\s*Example::\n(?P<yaml>.*)\Z", re.DOTALL)


def schema_of(
    stages: Mapping[str, type[Stage]],
    sections: Iterable[Section],
    site: Site | None = None,
    *,
    part: bool = False,
) -> Schema:
    """Make the schema of a dialplan file.

    With ``site``, only the names that this site defines are valid, and editors can complete them.
    ``part`` is for one file of a site of several: nothing at its top is required.
    """
    return _Maker(stages, tuple(sections), site).whole(part=part)


class _Maker:
    def __init__(
        self, stages: Mapping[str, type[Stage]], sections: tuple[Section, ...], site: Site | None
    ) -> None:
        self._stages = {name: stage for name, stage in stages.items() if name not in OWN_STEPS}
        self._sections = sections = (*OWN_SECTIONS, *sections)
        self._site = site
        self._names = _names_of(site, sections) if site else {}
        models: dict[str, type[BaseModel]] = {"header": Header}
        models.update({f"own {name}": model for name, model in OWN_STEPS.items()})
        models.update({f"stage {name}": stage.step for name, stage in self._stages.items()})
        models.update({f"section {one.name}": one.model for one in sections})
        made, whole = models_json_schema(
            [(model, "validation") for model in models.values()],
            ref_template="#/$defs/{model}",
            schema_generator=Described,
        )
        self._definitions = {name: self._finished(one) for name, one in whole["$defs"].items()}
        self._models = {
            key: made[model, "validation"]["$ref"].rpartition("/")[2] for key, model in models.items()
        }

    def whole(self, *, part: bool) -> Schema:
        header = self._definitions.pop(self._models["header"])
        properties = dict(header["properties"])
        properties["numbers"] = self._numbers()
        properties["menus"] = self._menus()
        for section in self._sections:
            definition = {"$ref": f"#/$defs/{self._models[f'section {section.name}']}"}
            if section.single:
                properties[section.name] = definition
                continue
            properties[section.name] = {
                "description": (section.model.__doc__ or "").partition("\n")[0],
                "type": "object",
                "additionalProperties": definition,
            }
        schema: Schema = {
            "$schema": DIALECT,
            "title": "A dialplan of Ringhall",
            "description": "Who calls, what they hear, and where their calls go.",
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if not part:
            schema["required"] = [*header.get("required", ()), "numbers", "menus"]
        definitions = {**self._definitions, **self._steps(), "say": self._say(), "branch": self._branch()}
        schema["$defs"] = _used(definitions, schema)
        return schema

    # ── the top of a file ────────────────────────────────────────────────────────────────────────

    def _numbers(self) -> Schema:
        return {
            "description": "Each number that callers dial, and the menu it leads to.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": _NUMBERS},
            "additionalProperties": self._name("menu"),
        }

    def _menus(self) -> Schema:
        return {
            "description": "The menus: each a name and a list of steps.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {
                "allOf": [{"pattern": _MENU_NAME}, {"pattern": "^[^/]*$"}],
                "not": {"enum": sorted(BARE_STEPS)},
            },
            "additionalProperties": {"$ref": "#/$defs/steps"},
        }

    # ── steps ────────────────────────────────────────────────────────────────────────────────────

    def _steps(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for name, model in OWN_STEPS.items():
            inner = self._definitions.pop(self._models[f"own {name}"])
            found[f"step {name}"] = self._below(name, inner) if model.nested else inner
            if name in BARE_STEPS:
                found[f"step {name}"] = _bare(name, inner)
            if name in BARE_STEPS and name in model.model_fields:
                whole = {**inner, "required": [name]}
                found[f"step {name}"] = {"anyOf": [_bare(name, inner), whole]}
        for name, stage in self._stages.items():
            found[f"step {name}"] = self._stage_step(name, stage)
        found["steps"] = {
            "description": "What happens, one step after another.",
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/step"},
        }
        found["step"] = {"anyOf": [{"$ref": f"#/$defs/{one}"} for one in found if one != "steps"]}
        return found

    def _stage_step(self, name: str, stage: type[Stage]) -> Schema:
        inner = self._definitions.pop(self._models[f"stage {name}"])
        branches = {
            f"on_{outcome}": {
                "$ref": "#/$defs/branch",
                "description": f"Where the call goes when the step ends with: {outcome.replace('_', ' ')}.",
            }
            for outcome in sorted(stage.outcomes)
        }
        inner = {**inner, "properties": inner.get("properties", {}) | branches, "additionalProperties": False}
        if getattr(stage, "by_key", False):
            inner["properties"]["keys"] = {
                "description": "Keys by which the caller may leave, and where they lead.",
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": "^[0-9*#]$"},
                "additionalProperties": {"$ref": "#/$defs/branch"},
            }
        if name in stage.step.model_fields:
            return inner
        below = self._below(name, inner)
        below["properties"] |= branches
        if branches:
            below["allOf"] = [_not_twice(name, branch) for branch in branches]
        return below if inner.get("required") else _or_bare(name, below)

    def _below(self, name: str, inner: Schema) -> Schema:
        """Describe a step whose keys stand below its name."""
        return {
            "description": inner.get("description", ""),
            "type": "object",
            "properties": {name: inner},
            "required": [name],
            "additionalProperties": False,
        }

    def _say(self) -> Schema:
        text = widened({"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"\S"})
        by_language: Schema = {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": _LANGUAGE},
            "additionalProperties": text,
        }
        alone = text
        if self._site is not None:
            languages = list(self._site.languages)
            by_language["propertyNames"] = {"enum": languages}
            by_language["required"] = languages
            if len(languages) > 1:
                alone = {"type": "string", "pattern": r"\.wav$"}
        return {
            "description": "What is heard: a text or a recording (….wav) for each language.",
            "anyOf": [by_language, alone],
        }

    def _branch(self) -> Schema:
        return {
            "description": "Where the call goes: a menu, a step, or a list of steps.",
            "anyOf": [
                self._name("menu"),
                {"enum": sorted(BARE_STEPS)},
                {"type": "object", "$ref": "#/$defs/step"},
                {"$ref": "#/$defs/steps"},
            ],
        }

    # ── pydantic's schemas made exact ────────────────────────────────────────────────────────────

    def _name(self, kind: str) -> Schema:
        known = self._names.get(kind)
        if known is not None:
            return widened({"type": "string", "enum": sorted(known)})
        return widened({"type": "string", "minLength": 1})

    def _finished(self, schema: Any) -> Any:
        """Bring what pydantic gives to the form in which an editor needs it."""
        if isinstance(schema, list):
            return [self._finished(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        if "x-part" in schema:
            rest = {key: value for key, value in schema.items() if key == "description"}
            return {"$ref": f"#/$defs/{schema['x-part']}", **rest}
        if "x-names" in schema:
            rest = {key: value for key, value in schema.items() if key in {"description", "pattern"}}
            return {**self._name(schema["x-names"]), **rest}
        done: dict[str, Any] = {
            key: _each(self._finished, value) if key in {"properties", "$defs"} else self._finished(value)
            for key, value in schema.items()
            if key not in {"title", "default", "description", "required", "enum", "examples", "propertyNames"}
        }
        done.update({key: schema[key] for key in ("required", "enum", "examples") if key in schema})
        if "description" in schema:
            done["description"] = _EXAMPLE.sub("", schema["description"])
        if "propertyNames" in schema:
            done["propertyNames"] = self._key_names(schema["propertyNames"])
        if "patternProperties" in schema:
            done["additionalProperties"] = False
        options: list[Schema] = [one for one in done.get("anyOf", ()) if one != {"type": "null"}]
        if options and len(options) < len(done["anyOf"]):
            del done["anyOf"]  # nothing is written in YAML for None
            return options[0] | done if len(options) == 1 else {"anyOf": options, **done}
        return widened(done)

    def _key_names(self, schema: Schema) -> Schema:
        if known := self._names.get(schema.get("x-names", "")):
            return {"enum": sorted(known)}
        if schema.get("x-names") == "language":
            return {"pattern": _LANGUAGE}
        return {key: value for key, value in schema.items() if key in {"pattern", "enum", "minLength", "not"}}


def _each(change: Any, table: Schema) -> Schema:
    return {key: change(value) for key, value in table.items()}


def _bare(name: str, inner: Schema) -> Schema:
    return {"description": inner.get("description", ""), "const": name}


def _not_twice(step: str, branch: str) -> Schema:
    """A branch stands below the step's name or beside it."""
    return {"not": {"required": [branch], "properties": {step: {"type": "object", "required": [branch]}}}}


def _or_bare(name: str, below: Schema) -> Schema:
    return {"description": below["description"], "anyOf": [{"const": name}, below]}


def _used(definitions: dict[str, Schema], root: Schema) -> dict[str, Schema]:
    """Keep the definitions that something refers to, as JSON Schema's references name them."""
    kept: dict[str, Schema] = {}
    ahead = [root]
    while ahead:
        for name in _references(ahead.pop()):
            if name not in kept:
                kept[name] = definitions[name]
                ahead.append(definitions[name])
    return dict(sorted(kept.items()))


def _references(schema: Any) -> Iterable[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _names_of(site: Site, sections: Iterable[Section]) -> dict[str, list[str]]:
    names = {
        "menu": [name for name in site.blocks if "/" not in name],
        "language": list(site.languages),
        "skill": list(site.skills),
    }
    for section in sections:
        names[section.defines] = list(site.sections.get(section.name, {}))
    return names
