"""What changes for callers from one version of a site to another, in words."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic import BaseModel, RootModel

from ivr.steps import Again, StageStep
from ivr.tools.chart import shortened
from ivr.tools.key_paths import key_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping

    from callflow.prompt import Prompt
    from ivr.steps import Site, Step

Steps = tuple["Step", ...]

NEW, GONE, CHANGED = "new", "gone", "changed"
_PLACE = frozenset({"at", "following", "file", "line", "column"})
LONGEST = 70


class Change(msgspec.Struct, frozen=True):
    """One difference."""

    kind: str
    """new, gone or changed."""
    what: str
    """number, menu, step or path."""
    where: str
    """The number, the menu."""
    text: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        sign = {NEW: "+", GONE: "-", CHANGED: "~"}[self.kind]
        place = f"  ({self.file}:{self.line})" if self.file else ""
        return f"{sign} {self.where}: {self.text}{place}"


def differences(old: Site, new: Site, completing: Container[str]) -> list[Change]:
    """Give every difference, in the order in which a caller would meet it.

    ``completing`` names the stages that callers want to come to: those that may end a call by ``completed``.
    """
    return [
        *_header(old, new),
        *_numbers(old, new),
        *_menus(old, new),
        *_sections(old, new),
        *_paths(old, new, completing),
    ]


def _header(old: Site, new: Site) -> Iterator[Change]:
    for name in ("name", "time_zone", "languages"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(CHANGED, "site", "site", _was(name.replace("_", " "), after, before))


def _numbers(old: Site, new: Site) -> Iterator[Change]:
    for number, menu in new.numbers.items():
        before = old.numbers.get(number)
        if before is None:
            yield Change(NEW, "number", number, f"is taken, and leads to {menu}")
        elif before != menu:
            yield Change(CHANGED, "number", number, f"leads to {menu}, no longer to {before}")
    for number, menu in old.numbers.items():
        if number not in new.numbers:
            yield Change(GONE, "number", number, f"is not taken any more; it led to {menu}")


def _menus(old: Site, new: Site) -> Iterator[Change]:
    for name, block in new.blocks.items():
        if "/" in name:
            continue
        if name in old.blocks:
            yield from _Steps(old, new, name).block(name, name, "")
        else:
            first = next(iter(block.steps), None)
            yield Change(NEW, "menu", name, "a new menu", first.file if first else "", _line(first))
    for name in old.blocks:
        if "/" not in name and name not in new.blocks:
            yield Change(GONE, "menu", name, "the menu is gone")


class _Steps:
    """Compares the steps of a menu."""

    def __init__(self, old: Site, new: Site, menu: str) -> None:
        self._old = old
        self._new = new
        self._menu = menu

    def block(self, before: str, after: str, within: str) -> Iterator[Change]:
        """Compare two lists of steps; ``within`` says in which branch they stand."""
        yield from self._steps(
            self._old.blocks[before].steps, self._new.blocks[after].steps, within, (_identity, _kind)
        )

    def _steps(
        self, olds: Steps, news: Steps, within: str, alike: tuple[Callable[[Step], Hashable], ...]
    ) -> Iterator[Change]:
        """Pair steps that are alike, first those that say the same, and tell what is left over."""
        keys = [alike[0](one) for one in olds], [alike[0](one) for one in news]
        for tag, i, j, k, m in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
            ours, theirs = olds[i:j], news[k:m]
            if tag == "equal":
                for one, other in zip(ours, theirs, strict=True):
                    yield from self._step(one, other, within)
                continue
            if alike[1:]:
                yield from self._steps(ours, theirs, within, alike[1:])
                continue
            for one in ours:
                yield Change(GONE, "step", self._menu, f"{within}{_told(one)} is gone")
            for other in theirs:
                yield Change(NEW, "step", self._menu, f"{within}{_told(other)}", other.file, other.line)

    def _step(self, one: Step, other: Step, within: str) -> Iterator[Change]:
        def change(kind: str, text: str) -> Change:
            return Change(kind, "step", self._menu, f"{within}{other.name}: {text}", other.file, other.line)

        for text in _prompts(one, other):
            yield change(CHANGED, text)
        for name, before, after in _fields(one, other):
            yield change(CHANGED, _was(name, after, before))
        before_ways = {way.label: way.to for way in one.ways()}
        after_ways = {way.label: way.to for way in other.ways()}
        for label, to in after_ways.items():
            was = before_ways.get(label)
            if was is None:
                yield change(NEW, f"{_label(label)} {_leads(to)}")
            elif "/" in to and "/" in was:
                yield from self.block(was, to, f"{within}{other.name}, {_label(label)}: ")
            elif was != to:
                yield change(CHANGED, f"{_label(label)} {_leads(to)}; before, it {_led(was)}")
        for label, to in before_ways.items():
            if label not in after_ways:
                yield change(GONE, f"{_label(label)} is gone; it {_led(to)}")


def _prompts(one: Step, other: Step) -> Iterator[str]:
    before, after = list(one.prompts()), list(other.prompts())
    for index, prompt in enumerate(after):
        was = before[index] if index < len(before) else None
        if was is None:
            yield f"says more: {_quoted(_texts(prompt))}"
        elif was != prompt:
            ours, theirs = _texts(was), _texts(prompt)
            for language in {**ours, **theirs}:
                if ours.get(language) != theirs.get(language):
                    said = _text(theirs.get(language))
                    yield f"says ({language}) {said}, no longer {_text(ours.get(language))}"
    for prompt in before[len(after) :]:
        yield f"does not say any more: {_quoted(_texts(prompt))}"


def _texts(prompt: Prompt) -> dict[str, str]:
    languages = {tag for tag, _ in (*prompt.texts, *prompt.recordings)}
    for part in prompt.parts:
        languages |= set(_texts(part))
    return {language: prompt.shown(language) for language in sorted(languages)}


def _fields(one: Any, other: Any, prefix: str = "") -> Iterator[tuple[str, object, object]]:
    """Give the simple settings of a step that differ: name, before, after."""
    for name, before in _settings(one):
        after = getattr(other, name, None)
        if isinstance(before, Again | BaseModel) and type(before) is type(after):
            inner = "" if isinstance(one, StageStep) else f"{prefix}{name} "
            yield from _fields(before, after, inner)
        elif before != after and _is_simple(before) and _is_simple(after):
            yield f"{prefix}{name}".replace("_", " "), before, after


def _settings(of: Any) -> Iterable[tuple[str, Any]]:
    names = type(of).model_fields if isinstance(of, BaseModel) else of.__struct_fields__
    skip = _PLACE | ({"then"} if isinstance(of, Again) else set())
    skip |= _branch_fields(of)
    return [(name, getattr(of, name)) for name in names if name not in skip]


def _branch_fields(of: Any) -> set[str]:
    """Name the fields that hold where a step leads: they are compared as ways."""
    ways = {way.to for way in of.ways() if way.to} if hasattr(of, "ways") else set()
    fields = getattr(of, "__struct_fields__", ())
    return {name for name in fields if isinstance(value := getattr(of, name), str) and value in ways}


def _is_simple(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | tuple) or hasattr(value, "source")


def _sections(old: Site, new: Site) -> Iterator[Change]:
    """Compare queues, hours and whatever else services define."""
    for section in {**old.sections, **new.sections}:
        ours: Mapping[str, Any] = old.sections.get(section, {})
        theirs: Mapping[str, Any] = new.sections.get(section, {})
        for name in {**ours, **theirs}:
            where = f"{section} {name}"
            if name not in theirs:
                yield Change(GONE, "definition", where, "is gone")
            elif name not in ours:
                yield Change(NEW, "definition", where, "is new")
            elif ours[name] != theirs[name]:
                before, after = _entries(ours[name]), _entries(theirs[name])
                if not isinstance(after, dict) or not isinstance(before, dict):
                    yield Change(CHANGED, "definition", where, _was("it", after, before))
                    continue
                for key, now, was in _changed(before, after):
                    yield Change(CHANGED, "definition", where, _was(key, now, was))


def _changed(
    before: dict[str, Any], after: dict[str, Any], within: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Give what differs between two definitions: its name, now, and before."""
    for key in {**before, **after}:
        was, now = before.get(key), after.get(key)
        name = f"{within}{key.replace('_', ' ')}"
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _changed(was, now, f"{name} ")
        elif was != now:
            yield name, now, was


def _entries(definition: BaseModel) -> Any:
    """Give a definition's keys and values; one that is no mapping gives itself."""
    if isinstance(definition, RootModel):
        return definition.model_dump()
    return {name: getattr(definition, name) for name in type(definition).model_fields}


def _paths(old: Site, new: Site, completing: Container[str]) -> Iterator[Change]:
    """Compare what callers can come to by keys, for the numbers that both versions have."""
    for number in new.numbers:
        if number in old.numbers:
            before, after = key_paths(old, number, completing), key_paths(new, number, completing)
            if before is not None and after is not None:
                yield from _changed_paths(before, after)


def _changed_paths(before: dict[str, str], after: dict[str, str]) -> Iterator[Change]:
    for path, end in after.items():
        if path not in before:
            yield Change(NEW, "path", path, f"leads to {end}")
        elif before[path] != end:
            yield Change(CHANGED, "path", path, f"leads to {end}, no longer to {before[path]}")
    for path, end in before.items():
        if path not in after:
            yield Change(GONE, "path", path, f"leads nowhere any more; it led to {end}")


def _kind(step: Step) -> tuple[str, object]:
    """Give by what a step is the same in both versions: its name, and what it names."""
    named = getattr(step.step, step.name, "") if isinstance(step, StageStep) else ""
    return step.name, named if isinstance(named, str) else ""


def _identity(step: Step) -> tuple[object, ...]:
    return *_kind(step), *step.prompts()


def _told(step: Step) -> str:
    first = next(iter(step.prompts()), None)
    return f"{_kind(step)[0]} {_kind(step)[1]}".rstrip() + (f" {_quoted(_texts(first))}" if first else "")


def _quoted(texts: Mapping[str, str]) -> str:
    return " / ".join(f"“{shortened(text, LONGEST)}”" for text in texts.values())


def _text(text: str | None) -> str:
    return "nothing" if text is None else f"“{shortened(text, LONGEST)}”"


def _label(label: str) -> str:
    if not label:
        return "the way on"
    return f"key {label}" if len(label) == 1 and label in "0123456789*#" else label


def _leads(to: str) -> str:
    if not to:
        return "goes on below"
    return "has steps of its own" if "/" in to else f"leads to {to}"


def _led(to: str) -> str:
    if not to:
        return "went on below"
    return "had steps of its own" if "/" in to else f"led to {to}"


def _was(name: str, after: object, before: object) -> str:
    return f"{name} is {_value(after)}, no longer {_value(before)}"


def _value(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items()) or "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _line(step: Step | None) -> int:
    return step.line if step else 0
