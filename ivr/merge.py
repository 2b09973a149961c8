"""Several files, one site: their trees put together, with overlaps reported at both places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.yaml_tree import Mapping, Node, Scalar, Sequence, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.problems import Problem

_LISTS = frozenset({"skills"})
"""Keys whose lists of several files add up."""
OVERLAP = '"{what}" is written in {place} too'


class Merged:
    """The top of all files of a site."""

    def __init__(self, trees: Iterable[Mapping], header: Iterable[str], single: Iterable[str] = ()) -> None:
        """``single``: sections that are one definition, rather than names with one each."""
        self.problems: list[Problem] = []
        self._trees = tuple(trees)
        self._header = frozenset(header)
        self._whole = frozenset(single)
        self._items: dict[str, list[tuple[Scalar, Node]]] = {}
        self._single: dict[str, tuple[Scalar, Node]] = {}
        for tree in self._trees:
            for key, node in tree.items:
                self._take(key, node)

    def _take(self, key: Scalar, node: Node) -> None:
        if isinstance(node, Scalar) and node.empty and key.text not in self._header:
            remedy = "Write something under it, or remove it."
            self.problems.append(problem_at(key, f'nothing is written for "{key.text}"', remedy=remedy))
            self._items.setdefault(key.text, [])
        elif key.text in self._header:
            self._take_single(key, node)
        elif key.text in self._whole:
            self._take_whole(key, node)
        elif isinstance(node, Mapping):
            self._take_items(key.text, node)
        else:
            self._items.setdefault(key.text, [])
            remedy = 'Write "name: …" lines under it, indented.'
            self.problems.append(
                problem_at(node, f'pairs of name and definition are expected in "{key.text}"', remedy=remedy)
            )

    def _take_single(self, key: Scalar, node: Node) -> None:
        first = self._single.get(key.text)
        if first is None:
            self._single[key.text] = (key, node)
        elif key.text in _LISTS and isinstance(first[1], Sequence) and isinstance(node, Sequence):
            both = Sequence((*first[1].items, *node.items), first[1].file, first[1].line, first[1].column)
            self._single[key.text] = (first[0], both)
        else:
            self._overlap(key, key.text, first[0])

    def _take_whole(self, key: Scalar, node: Node) -> None:
        if written := self._items.get(key.text):
            self._overlap(key, key.text, written[0][0])
        else:
            self._items[key.text] = [(key, node)]

    def _take_items(self, name: str, node: Mapping) -> None:
        items = self._items.setdefault(name, [])
        known = {key.text: key for key, _ in items}
        for key, value in node.items:
            if key.text in known:
                self._overlap(key, f"{name}: {key.text}", known[key.text])
            else:
                items.append((key, value))

    def _overlap(self, key: Scalar, what: str, first: Scalar) -> None:
        message = OVERLAP.format(what=what, place=f"{first.file}:{first.line}")
        self.problems.append(problem_at(key, message, remedy="Remove or rename one of them."))

    def top_keys(self) -> Iterator[Scalar]:
        """Give every key at the top of every file."""
        for tree in self._trees:
            for key, _ in tree.items:
                yield key

    def key(self, name: str) -> Scalar | None:
        """Give the first place at which a key at the top is written."""
        return next((key for key in self.top_keys() if key.text == name), None)

    def items(self, name: str) -> list[tuple[Scalar, Node]]:
        """Give the entries of a section."""
        return self._items.get(name, [])

    def names(self, name: str) -> dict[str, Scalar]:
        """Give the names of a section's entries, each with its place."""
        return {key.text: key for key, _ in self.items(name)}

    def words(self, name: str) -> tuple[str, ...]:
        """Give the texts of a list at the top, such as ``languages``."""
        found = self._single.get(name)
        if found is None or not isinstance(found[1], Sequence):
            return ()
        return tuple(item.text for item in found[1].items if isinstance(item, Scalar) and item.text)

    def header(self) -> Mapping:
        """Give what is written once for the whole site."""
        first = self._trees[0]
        return Mapping(tuple(self._single.values()), first.file, 1, 1)
