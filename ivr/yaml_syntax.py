"""What YAML's parser says, in words that an admin can act on."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ivr.problems import Problem, Severity

_HASH_KEY = re.compile(r"""^(?P<before>\s*|[^'"#]*[{,]\s*)#\s*:(?:\s|$)""")
"""``#:`` where a key may stand: YAML takes it for a comment and the key vanishes."""

_PLAIN_WORDS: tuple[tuple[str, str, str], ...] = (
    (
        "found unexpected end of stream",
        "the quotation mark that opens here is never closed",
        "Close it at the end of the text.",
    ),
    (
        "did not find expected ',' or ']'",
        "the bracket [ that opens here is not closed, or a comma is missing",
        "Close it with ], and put commas between its items.",
    ),
    (
        "did not find expected ',' or '}'",
        "the brace { that opens here is not closed, or a comma is missing",
        "Close it with }, and put commas between its items.",
    ),
)
"""(parser's problem, message, remedy); the place is where the construct began."""

_AT_THE_SPOT: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a colon followed by a space is not allowed here",
        "If it is part of a text, put the text into quotes; otherwise mind the indentation, and the space"
        " after the colon in the line before.",
    ),
    (
        "did not find expected key",
        "the indentation is wrong here, or a text continues after its closing quotation mark",
        "Let keys of one block begin in the same column, and double a ' within '…'.",
    ),
    (
        "did not find expected '-' indicator",
        "a list is followed by something that is not an item of it",
        'Begin each item with "- " in the same column.',
    ),
    (
        "could not find expected ':'",
        "a key without its colon",
        'Write "key: value", with a space after the colon.',
    ),
    (
        "did not find expected node content",
        "a value is missing here",
        "Write it, and close all brackets and braces in the lines before.",
    ),
)


def undecodable(content: bytes, error: UnicodeDecodeError, file: str) -> Problem:
    """Say where a file stops being UTF-8."""
    before = content[: error.start]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8-sig", "replace")) + 1
    message = f"the file is not UTF-8: the byte 0x{content[error.start]:02x} has no meaning here"
    return Problem(
        file,
        line,
        column,
        Severity.ERROR,
        message,
        remedy="Save it as UTF-8 (most editors: Save with encoding).",
    )


def hash_key_problems(text: str, file: str) -> list[Problem]:
    """Find keys ``#`` that were not quoted, which YAML drops as comments."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _HASH_KEY.match(line) if "#" in line else None
        if match:
            column = len(match["before"]) + 1
            message = "the key # is taken for a comment"
            found.append(
                Problem(file, number, column, Severity.ERROR, message, remedy='Put it into quotes: "#".')
            )
    return found


def unreadable(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Turn the parser's error into a problem."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        message = f"the character U+{int(error.character):04X} is not allowed"
        return Problem(
            file,
            before.count("\n") + 1,
            len(before.rpartition("\n")[2]) + 1,
            Severity.ERROR,
            message,
            remedy="Remove it.",
        )
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem(file, 1, 1, Severity.ERROR, f"this can't be read as YAML: {error}")
    message, remedy, mark = _explain(error, error.problem_mark, text)
    return Problem(file, mark.line + 1, mark.column + 1, Severity.ERROR, message, remedy=remedy)


def _explain(error: yaml.MarkedYAMLError, spot: Any, text: str) -> tuple[str, str, Any]:
    said = error.problem or ""
    began = error.context_mark or spot
    if error.context == "while scanning an alias":
        return (
            "a bare * can't stand here: YAML takes it for an alias",
            'Put it into quotes: "*".',
            began,
        )
    for start, message, remedy in _PLAIN_WORDS:
        if said.startswith(start):
            return message, remedy, began
    for start, message, remedy in _AT_THE_SPOT:
        if said.startswith(start):
            return message, remedy, spot
    if said.startswith("found character that cannot start any token"):
        lines = text.splitlines()
        character = lines[spot.line][spot.column : spot.column + 1] if spot.line < len(lines) else ""
        if character == "\t":
            return "a tab is used for indentation", "Use spaces.", spot
        return f"a text can't begin with {character}", "Put the text into quotes.", spot
    return f"this can't be read as YAML: {said}", "", spot
