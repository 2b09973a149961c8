"""A call told from the event log: which lines of which version ran, when, and what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ivr.tools.source_lines import SourceLines

Told = dict[str, Any]
"""An event, as JSON."""

_HIDDEN = frozenset({"type", "call", "leg", "subject", "deadline", "until", "since"})


class Beat(msgspec.Struct, frozen=True):
    """One thing that happened."""

    at: str
    """UTC."""
    text: str
    menu: str = ""
    version: str = ""
    file: str = ""
    line: int = 0


def story(
    events: list[Told], values: Mapping[str, str], lines_of: Callable[[str], SourceLines | None]
) -> Iterator[Beat]:
    """Tell a call's events in order.

    ``values`` are masked values of variables; ``lines_of`` gives a version's lines, None when it is not kept.
    """
    for recorded in events:
        event, at = recorded["event"], recorded["at"]
        if event["type"] == "StepEntered":
            lines = lines_of(event["version"])
            written = lines.at(event["file"], event["line"]) if lines is not None else ""
            place = (event["menu"], event["version"], event["file"], event["line"])
            yield Beat(at, written or event["kind"], *place)
        else:
            words = _WORDS.get(event["type"], _plain)(event, values)
            if words:
                yield Beat(at, words)


def clock(at: str) -> str:
    """Give the time of day, to the tenth of a second."""
    return f"{datetime.fromisoformat(at):%H:%M:%S.%f}"[:-5]


def _plain(event: Told, _values: Mapping[str, str]) -> str:
    """Tell an event by its fields."""
    fields = ", ".join(f"{name} {_value(value)}" for name, value in event.items() if name not in _HIDDEN)
    return f"{_spaced(event['type'])}: {fields}" if fields else _spaced(event["type"])


def _spaced(name: str) -> str:
    """Write ``QueueEntered`` as ``queue entered``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={inner}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


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


def _queued(event: Told, _values: Mapping[str, str]) -> str:
    needs = f", needs {_value(event['needs'])}" if event.get("needs") else ""
    return (
        f"waits in queue {event['queue']}, position {event['position']}, priority {event['priority']}{needs}"
    )


_WORDS: dict[str, Callable[[Told, Mapping[str, str]], str]] = {
    "StageEntered": lambda event, _: f"stage {event['stage']}",
    "LanguageChosen": lambda event, _: f"language {event['language']}",
    "ChoiceMade": _chosen,
    "DigitsCollected": _set,
    "VariableSet": _set,
    "NoticeGiven": lambda event, _: f"notice {event['notice']}: {event['result']}",
    "HttpAsked": _asked,
    "QueueEntered": _queued,
    "CallArrived": lambda event, _: f"dials {event['dialed']} by {event['trunk']}",
    "CallAnswered": lambda _event, _values: "answered",
    "CallEnded": lambda event, _: f"ENDS: {event['outcome']}, by {event['by']} ({event['cause']})",
}
