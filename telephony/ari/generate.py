"""Make ``models.py`` and ``requests.py`` from Asterisk's own resource descriptions.

Run it when Asterisk's version changes::

    .venv/bin/python -m telephony.ari.generate .prefix/usr/share/asterisk/rest-api 22

Only names and types are taken over, no prose.  ``ruff`` must be on hand, since the result is formatted.
"""

from __future__ import annotations

import builtins
import json
import keyword
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

HEADER = '''{first}"""{title}

Made by ``python -m telephony.ari.generate`` from Asterisk {version}'s resource descriptions: don't edit.
As long as ARI is wide.
"""

from __future__ import annotations

'''

SCALARS = {
    "string": "str", "Date": "str", "int": "int", "long": "int", "double": "float", "boolean": "bool",
    "object": "dict[str, Any]", "binary": "bytes",
}  # fmt: skip
STRING_MAPS = {("Channel", "channelvars"), ("Bridge", "bridgevars"), ("Variables", "variables")}
"""Fields described as ``object`` whose values are always strings."""
LEFT_OUT = {
    "Message", "Event", "MissingParams", "Dialed", "RESTHeader", "RESTRequest", "RESTQueryStringParameter",
}  # fmt: skip
"""Models that are bases, are empty, or are only sent."""

Description = dict[str, Any]


def snake(name: str) -> str:
    """Turn ``absorbDTMF`` into ``absorb_dtmf``; Python's own names get a trailing underscore."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return f"{words}_" if keyword.iskeyword(words) or hasattr(builtins, words) else words


def read_descriptions(folder: Path) -> dict[str, Description]:
    """Read every resource description of a ``rest-api`` folder, by resource name."""
    files = [f for f in sorted(folder.glob("*.json")) if f.stem != "resources"]
    if not files:
        raise FileNotFoundError(f"no resource descriptions in {folder}; is this Asterisk's rest-api folder?")
    return {f.stem: json.loads(f.read_text()) for f in files}


def python_type(described: str) -> str:
    """Turn a described type into Python's."""
    if inner := re.fullmatch(r"List\[(\w+)\]", described):
        return f"list[{python_type(inner[1])}]"
    return SCALARS.get(described, described)


# ── models ───────────────────────────────────────────────────────────────────────────────────────


def render_models(descriptions: dict[str, Description], version: str) -> str:
    """Give the source of ``models.py``."""
    models: dict[str, Description] = {}
    for description in descriptions.values():
        models.update(description.get("models", {}))
    events = [name for name in models["Event"]["subTypes"] if name in models]
    out = [HEADER.format(first="", title="ARI's objects and events.", version=version)]
    out.append("from typing import Any\n\nimport msgspec\n\n")
    out.append(
        "class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field='type'):\n"
        '    """What every event has."""\n\n'
        "    application: str = ''\n    timestamp: str = ''\n    asterisk_id: str = ''\n\n"
    )
    plain = [name for name in models if name not in LEFT_OUT and name not in events]
    out.extend(_model(name, models[name], "msgspec.Struct, frozen=True, kw_only=True") for name in plain)
    out.extend(_model(name, models[name], "Event, frozen=True, kw_only=True, tag=True") for name in events)
    out.append(f"AnyEvent = {' | '.join(name for name in events if name != 'RESTResponse')}\n")
    return _format("".join(out))


def _model(name: str, model: Description, bases: str) -> str:
    lines = [f"class {name}({bases}):", f'    """ARI\'s ``{name}``."""', ""]
    for field, described in model["properties"].items():
        kind = "dict[str, str]" if (name, field) in STRING_MAPS else python_type(described["type"])
        own = snake(field) if keyword.iskeyword(field) else field
        renamed = f'name="{field}"' if own != field else ""
        if described.get("required"):
            default = f" = msgspec.field({renamed})" if renamed else ""
            lines.append(f"    {own}: {kind}{default}")
        else:
            default = f"msgspec.field(default=None, {renamed})" if renamed else "None"
            lines.append(f"    {own}: {kind} | None = {default}")
    return "\n".join(lines) + "\n\n\n"


# ── requests ─────────────────────────────────────────────────────────────────────────────────────


def render_requests(descriptions: dict[str, Description], version: str) -> str:
    """Give the source of ``requests.py``."""
    answers: set[str] = set()
    methods = [
        _method(resource, api["path"], operation, answers)
        for resource, description in descriptions.items()
        for api in description["apis"]
        for operation in api["operations"]
        if operation.get("upgrade") != "websocket"
    ]
    decoders = [f"{_decoder(kind)} = msgspec.json.Decoder({kind})\n" for kind in sorted(answers)]
    named = sorted({word for kind in answers for word in re.findall(r"[A-Z]\w+", kind)})
    return _format(
        # ARI's own parameters are called timeout; they are Asterisk's time-outs, not ours.
        HEADER.format(
            first="# ruff: noqa: ASYNC109\n", title="One method for every operation of ARI.", version=version
        )
        + "from typing import TYPE_CHECKING\n\nimport msgspec\n\n"
        + f"from telephony.ari.models import {', '.join(named)}\n"
        + "from telephony.ari.transport import Transport, part\n\n"
        + "if TYPE_CHECKING:\n    from collections.abc import Mapping, Sequence\n"
        + "    from typing import Any\n\n"
        + "".join(decoders)
        + "\n\nclass Requests(Transport):\n"
        + '    """ARI\'s operations, named ``resource_operation``; a docstring gives the request."""\n\n'
        + "\n".join(methods)
    )


def _decoder(kind: str) -> str:
    return "_" + re.sub(r"\W+", "_", kind).strip("_").upper()


def _method(resource: str, path: str, operation: Description, answers: set[str]) -> str:
    name = f"{snake(resource).rstrip('_')}_{snake(operation['nickname']).rstrip('_')}"
    parameters = operation.get("parameters", [])
    in_path = [p for p in parameters if p["paramType"] == "path"]
    named = [p for p in parameters if p["paramType"] != "path"]
    signature = ["self", *(f"{snake(p['name'])}: str" for p in in_path)]
    if named:
        # Required ones first: they have no default.
        ordered = sorted(named, key=lambda p: not p.get("required"))
        signature += ["*", *(f"{snake(p['name'])}: {_parameter_type(p)}" for p in ordered)]
    template = path.removeprefix("/")
    for p in in_path:
        template = template.replace("{" + p["name"] + "}", "{part(" + snake(p["name"]) + ")}")
    quoted = f'f"{template}"' if in_path else f'"{template}"'
    query = ", ".join(f'"{p["name"]}": {snake(p["name"])}' for p in named if p["paramType"] == "query")
    body = _body([p for p in named if p["paramType"] == "body"])
    answer = python_type(operation["responseClass"])
    verb = operation["httpMethod"]
    if answer in ("void", "bytes"):
        call = f'await self.send("{verb}", {quoted}, {{{query}}}, {body})'
        call = f"return {call}" if answer == "bytes" else call
        answer = "None" if answer == "void" else answer
    else:
        answers.add(answer)
        call = f'return await self.ask("{verb}", {quoted}, {_decoder(answer)}, {{{query}}}, {body})'
    return (
        f"    async def {name}({', '.join(signature)}) -> {answer}:\n"
        f'        """``{verb} {path}``."""\n        {call}\n'
    )


def _parameter_type(parameter: Description) -> str:
    if parameter["paramType"] == "body":
        kind = "Mapping[str, Any]" if parameter["dataType"] == "object" else "Mapping[str, str]"
    elif parameter.get("allowMultiple"):
        kind = "Sequence[str]"
    else:
        kind = SCALARS[parameter["dataType"]]
    return kind if parameter.get("required") else f"{kind} | None = None"


def _body(parameters: list[Description]) -> str:
    """Give the expression that makes the body; ARI's are never more than one parameter."""
    if not parameters:
        return "None"
    (parameter,) = parameters
    own = snake(parameter["name"])
    if parameter["dataType"] == "object":
        return own
    if parameter["name"] == "fields":
        return (
            f'None if {own} is None else {{"{parameter["name"]}": '
            f'[{{"attribute": a, "value": v}} for a, v in {own}.items()]}}'
        )
    if parameter.get("required"):
        return f'{{"{parameter["name"]}": dict({own})}}'
    return f'None if {own} is None else {{"{parameter["name"]}": dict({own})}}'


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def _format(source: str) -> str:
    """Format as ``ruff format`` would."""
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "110", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout  # noqa: S603


def main(arguments: list[str]) -> int:
    """Write both files beside this one."""
    if len(arguments) != 2:
        print("usage: python -m telephony.ari.generate REST_API_FOLDER ASTERISK_VERSION", file=sys.stderr)  # noqa: T201
        return 2
    descriptions = read_descriptions(Path(arguments[0]))
    here = Path(__file__).parent
    (here / "models.py").write_text(render_models(descriptions, arguments[1]))
    (here / "requests.py").write_text(render_requests(descriptions, arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
