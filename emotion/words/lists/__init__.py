"""Our own lists of phrases, one language each, and the reading of them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import yaml

from emotion.words.phrases import Lexicon, Phrases

if TYPE_CHECKING:
    from pathlib import Path


class ListError(ValueError):
    """A list that can't be read; the message says which, and what is wrong with it."""


def languages() -> tuple[str, ...]:
    """Give the languages that there are lists of."""
    names = (one.name for one in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def lexicon(language: str) -> Lexicon | None:
    """Give the list of a language (``en``, ``zh-CN``, …); None, "don't know", where there is none."""
    base = language.lower().replace("_", "-").partition("-")[0]
    place = files(__name__) / f"{base}.yaml"
    if base not in languages():
        return None
    return Lexicon(parse(place.read_text(encoding="utf-8"), f"{base}.yaml"))


def read(path: Path) -> Lexicon:
    """Read a list of a site's own.  Raises :class:`ListError`, OSError."""
    return Lexicon(parse(path.read_text(encoding="utf-8"), str(path)))


def parse(text: str, name: str) -> Phrases:
    """Check a list and give it.  Raises :class:`ListError`."""
    try:
        # every scalar is text: "no" is a word here, not false
        known = msgspec.convert(yaml.load(text, Loader=yaml.BaseLoader), Phrases, strict=False)  # noqa: S506
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ListError(f"{name}: {error}") from None
    seen: set[str] = set()
    for by_weight in known.phrases.values():
        for weight, phrases in by_weight.items():
            if not 1 <= weight <= 4:
                raise ListError(f"{name}: a weight is 1, 2, 3 or 4, not {weight}")
            for phrase in phrases:
                if not phrase.strip(" *") or phrase in seen:
                    raise ListError(f"{name}: the phrase {phrase!r} is empty or there twice")
                seen.add(phrase)
    return known
