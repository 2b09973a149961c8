"""A caller's way through the menus, told from the event log: which lines of which version ran, and how."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callflow.explaining import Beat, written
from ivr.tools.source_lines import SourceLines
from ivr.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from callflow.explaining import CallFile
    from records.history import History

Told = dict[str, Any]
"""An event, as JSON."""


class MenuStory:
    """The explainer of menus.

    ``lines_of`` gives a version's lines, None when it is not kept.
    """

    def __init__(self, lines_of: Callable[[str], SourceLines | None]) -> None:
        self._lines_of = lines_of

    @classmethod
    def create(cls, history: History, home: Path) -> MenuStory:  # noqa: ARG003 - the port's shape
        """Read the lines from the versions that went live."""
        kept = Versions(home)

        @lru_cache(maxsize=16)
        def lines_of(version: str) -> SourceLines | None:
            sources = kept.sources(version)
            return SourceLines(sources) if sources else None

        return cls(lines_of)

    def call(self, known: CallFile) -> Iterator[Beat]:
        """Tell a call's way, in order."""
        for recorded in known.events:
            event, at = recorded.event, written(recorded.at)
            kind = type(event).__name__
            if kind not in self.tells:
                continue
            told = msgspec.to_builtins(event)
            if kind == "StepEntered":
                lines = self._lines_of(told["version"])
                line = lines.at(told["file"], told["line"]) if lines is not None else ""
                yield Beat(
                    at, line or told["kind"], recorded.seq,
                    menu=told["menu"], version=told["version"], file=told["file"], line=told["line"],
                )  # fmt: skip
            else:
                yield Beat(at, _WORDS[kind](told, known.values), recorded.seq)

    tells: ClassVar[frozenset[str]]


def _chosen(event: Told, _values: Mapping[str, str]) -> str:
    result = str(event["result"])
    if result == "chosen":
        return f"presses {event['key']}"
    if result == "invalid":
        return f"presses {event.get('key') or 'something'}: invalid"
    return "presses nothing" if result == "no_input" else result


def _set(event: Told, values: Mapping[str, str]) -> str:
    name = event["variable"]
    shown = "(secret)" if event.get("secret") else values.get(name, "(not kept)")
    count = f", {event['count']} digits" if "count" in event else ""
    return f"{name} = {shown}{count}"


def _asked(event: Told, values: Mapping[str, str]) -> str:
    status = f" {event['status']}" if event.get("status") else ""
    detail = f" ({event['detail']})" if event.get("detail") else ""
    saved = "".join(f", {name} = {values.get(name, '')}" for name in event.get("variables", ()))
    tries = f", {event['tries']} tries" if event.get("tries", 1) > 1 else ""
    how = "from the cache" if event.get("cached") else f"after {event['took_s']:g} s{tries}"
    return f"{event['method']} {event['host']}:{status} {event['outcome']}{detail} {how}{saved}"


_WORDS: dict[str, Callable[[Told, Mapping[str, str]], str]] = {
    "LanguageChosen": lambda event, _: f"language {event['language']}",
    "ChoiceMade": _chosen,
    "DigitsCollected": _set,
    "VariableSet": _set,
    "NoticeGiven": lambda event, _: f"notice {event['notice']}: {event['result']}",
    "HttpAsked": _asked,
}
MenuStory.tells = frozenset({"StepEntered", *_WORDS})
