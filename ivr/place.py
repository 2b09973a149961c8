"""A step's place while it is compiled: turns its prompts and branches into parts of the site."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callflow.expressions import ExpressionError
from callflow.prompt import Prompt, Value, pieces_of
from callflow.spoken import SpokenError, vocabulary
from ivr.schema.common import BARE_STEPS
from ivr.sounds import recording_problem
from ivr.translate import node_at
from ivr.yaml_tree import Node, Scalar, Sequence, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as AnyMapping
    from collections.abc import Sequence as SequenceOf

    from callflow.expressions import Template
    from callflow.spoken import Kind
    from ivr.build import SiteBuilder
    from ivr.steps import Position

READ_BACK = {
    "en": (
        "You entered {{{variable}|digits}}. If this is right, press {right}. "
        "To enter it again, press {wrong}."
    ),
    "zh": "您输入的是{{{variable}|digits}}，确认请按{right}，重新输入请按{wrong}",
}
KEY_NAMES = {("en", "*"): "star", ("en", "#"): "hash", ("zh", "*"): "星号", ("zh", "#"): "井号"}


class Place:
    """A step's place while it is compiled (:class:`ivr.schema.common.StepPlace`)."""

    def __init__(self, builder: SiteBuilder, node: Node, at: Position, following: Position | None) -> None:
        self._builder = builder
        self._node = node
        self.at = at
        self.following = following

    @property
    def base(self) -> dict[str, Any]:
        """Arguments that every compiled step takes."""
        node = self._node
        return {
            "at": self.at,
            "following": self.following,
            "file": node.file,
            "line": node.line,
            "column": node.column,
        }

    @property
    def languages(self) -> tuple[str, ...]:
        """The site's languages."""
        return self._builder.languages

    def prompt(self, say: AnyMapping[str, str], *path: str | int, whole: bool = True) -> Prompt:
        """Make a prompt; ``whole`` asks that no language of the site lacks."""
        node = node_at(self._node, path)
        lacking = [language for language in self.languages if language not in say] if whole else []
        if lacking:
            remedy = f"Add {', '.join(f'{language}: …' for language in lacking)}."
            self._builder.problems.append(
                problem_at(node, f"this is not said in {' and '.join(lacking)}", remedy=remedy)
            )
        texts, recordings, pieces = [], [], []
        for language, text in say.items():
            where = node_at(node, (language,))
            if text.endswith(".wav"):
                recordings.append((language, self._recording(text, where, whole=whole)))
                continue
            found = self._pieces(text, language, where)
            if any(isinstance(piece, Value) for piece in found):
                pieces.append((language, found))
                texts.append((language, text))
            else:
                texts.append((language, str(*found)))
        return Prompt(texts=tuple(texts), recordings=tuple(recordings), pieces=tuple(pieces))

    def prompts(self, parts: SequenceOf[AnyMapping[str, str]], *path: str) -> Prompt:
        """Make one prompt of parts that are heard one after another."""
        if len(parts) == 1:
            return self.prompt(parts[0], *path, *((0,) if isinstance(self._at(path), Sequence) else ()))
        return Prompt(parts=tuple(self.prompt(part, *path, index) for index, part in enumerate(parts)))

    def value(self, text: Template, kind: Kind, *path: str | int) -> Prompt:
        """Make a prompt that is a value alone."""
        try:
            for language in self.languages:
                vocabulary(kind, language)
        except SpokenError as error:
            self.problem(error.message, error.remedy, *path)
            return Prompt()
        shown = f"{text}"
        return Prompt(
            texts=tuple((language, shown) for language in self.languages),
            pieces=tuple((language, (Value(text, kind),)) for language in self.languages),
        )

    def read_back(
        self, variable: str, keys: tuple[str, str], say: AnyMapping[str, str] | None, *path: str
    ) -> Prompt:
        """Make the prompt that reads digits back; in our own words where the admin gives none."""
        if say is not None:
            return self.prompt(say, *path)
        words = {}
        for language in self.languages:
            own = READ_BACK.get(language.partition("-")[0])
            if own is None:
                self.problem(
                    f'Ringhall has no words for a read-back in "{language}"',
                    "Write them: confirm: {say: …}.",
                    *path[:-1],
                )
            else:
                right, wrong = (KEY_NAMES.get((language[:2], key), key) for key in keys)
                words[language] = own.format(variable=variable, right=right, wrong=wrong)
        return self.prompt(words, *path[:-1], whole=False)

    def problem(self, message: str, remedy: str, *path: str | int) -> None:
        """Report something that is wrong at ``path`` within the step."""
        self._builder.problems.append(problem_at(self._at(path), message, remedy=remedy))

    def _at(self, path: Iterable[str | int]) -> Node:
        return node_at(self._node, path)

    def _recording(self, text: str, where: Node, *, whole: bool) -> str:
        file = Path(os.path.realpath(self._builder.folders[where.file] / text))
        problem = recording_problem(file, text)
        if problem and whole:
            self._builder.problems.append(problem_at(where, problem[0], remedy=problem[1]))
        return str(file)

    def _pieces(self, text: str, language: str, where: Node) -> tuple[str | Value, ...]:
        """Read the values in a text; one that has none gives itself."""
        if "{" not in text and "}" not in text:
            return (text,)
        try:
            found = pieces_of(text, language)
        except ExpressionError as error:
            message = f"{error.message} (character {error.column})"
            self._builder.problems.append(problem_at(where, message, remedy=error.remedy))
            return (text,)
        for piece in found:
            if isinstance(piece, Value):
                self._builder.names.read(piece.text.names, where)
        return found

    def branch(self, value: str | list[Any] | None, *path: str) -> str:
        """Give the block that a branch leads to; steps written on the spot become a block of their own."""
        if value is None:
            return ""
        node = node_at(self._node, path)
        if isinstance(value, str):
            return self._builder.menu_named(node) if isinstance(node, Scalar) else ""
        return self._block(node, next((part for part in reversed(path) if part != "then"), "then"))

    def written_branch(self, node: Node, key: str) -> str:
        """Give the block of a branch that no schema has read yet."""
        builder = self._builder
        if isinstance(node, Scalar) and node.text not in BARE_STEPS:
            return builder.menu_named(node)
        if isinstance(node, Sequence) and not node.items:
            remedy = "Write a menu's name, or a list of steps."
            builder.problems.append(problem_at(node, "steps are expected here", remedy=remedy))
            return ""
        return self._block(node, key)

    def _block(self, node: Node, label: str) -> str:
        """Compile steps that are written on the spot."""
        nodes = node.items if isinstance(node, Sequence) else (node,)
        name = f"{self.at.menu}/{self.at.step}/{label}"
        self._builder.add_block(name, nodes, self.following)
        return name
