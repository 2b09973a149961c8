"""A step's place while it is compiled: turns its prompts and branches into parts of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callflow.prompt import Prompt
from ivr.schema.common import BARE_STEPS
from ivr.sounds import recording_problem
from ivr.translate import node_at
from ivr.yaml_tree import Node, Scalar, Sequence, problem_at

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping

    from ivr.build import SiteBuilder
    from ivr.steps import Position


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

    def prompt(self, say: AnyMapping[str, str], *path: str, whole: bool = True) -> Prompt:
        """Make a prompt; ``whole`` asks that no language of the site lacks."""
        node = node_at(self._node, path)
        lacking = [language for language in self.languages if language not in say] if whole else []
        if lacking:
            remedy = f"Add {', '.join(f'{language}: …' for language in lacking)}."
            self._builder.problems.append(
                problem_at(node, f"this is not said in {' and '.join(lacking)}", remedy=remedy)
            )
        texts, recordings = [], []
        for language, text in say.items():
            if not text.endswith(".wav"):
                texts.append((language, text))
                continue
            where = node_at(node, (language,))
            file = (self._builder.folders[where.file] / text).resolve()
            problem = recording_problem(file, text)
            if problem and whole:
                self._builder.problems.append(problem_at(where, problem[0], remedy=problem[1]))
            recordings.append((language, str(file)))
        return Prompt(texts=tuple(texts), recordings=tuple(recordings))

    def branch(self, value: str | list[Any] | None, *path: str) -> str:
        """Give the block that a branch leads to; steps written on the spot become a block of their own."""
        if value is None:
            return ""
        node = node_at(self._node, path)
        if isinstance(value, str):
            return self._builder.menu_named(node) if isinstance(node, Scalar) else ""
        return self._block(node, next(part for part in reversed(path) if part != "then"))

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
