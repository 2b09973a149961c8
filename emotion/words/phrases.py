"""Finding phrases of complaint and anger in a transcript.

Pure.  A phrase is a few words, the last letters left open by ``*``; longer phrases win over shorter ones
within them.  A negation near by takes a phrase back ("I am not angry"), unless it is part of a phrase ("not
good enough") or another clause begins between them ("no, I am angry").  Nothing is learnt here, and a score
is no probability: whoever uses it calibrates it.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["anger", "complaint"]
_STRONGER = 1.3
"""What a word such as "very", right before a phrase or one word further, makes of its weight."""
_HALF = 2.0
"""Weight of which the score is 1 − 1/e: one phrase of plain anger, or two complaints."""
_LEAST_WORDS = 2
_CLAUSE = "|"
_ENDS = ".,;:!?…—。，；：！？、।"
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "´": "'"})


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list of one language."""

    language: str
    phrases: dict[Kind, dict[int, tuple[str, ...]]]
    """Kind → weight (1 annoyed, 2 plainly, 3 strongly, 4 threat or abuse) → phrases."""
    before: dict[str, int] = {}
    """Negation → within how many words before a phrase it takes it back."""
    after: dict[str, int] = {}
    """The same for negations that come after."""
    stronger: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    """What looks like a negation or a phrase and is none: no problem, not only."""


class Found(NamedTuple):
    """A phrase of the list that was said."""

    phrase: str
    """As it is in the list: what callers said stays in the transcript."""
    kind: Kind
    weight: float
    """0 where it was taken back."""
    negated: bool
    at: int
    """Number of its first word."""


class Said(msgspec.Struct, frozen=True):
    """What words tell of a stretch of speech."""

    language: str
    words: int
    score: float
    """0, nothing found, up to 1: rises with the weights, ever more slowly.  Nothing found is not calm."""
    evidence: tuple[Found, ...]


class Lexicon:
    """Phrases of one language, ready to look for."""

    def __init__(self, known: Phrases) -> None:
        self.language = known.language
        self._before, self._after = dict(known.before), dict(known.after)
        self._stronger = set(known.stronger)
        self._starting: dict[str, list[_Phrase]] = defaultdict(list)
        for kind, by_weight in known.phrases.items():
            for weight, phrases in by_weight.items():
                for text in phrases:
                    self._add(_Phrase(text, kind, weight, tuple(words(text, keep="*"))))
        for text in known.neutral:
            self._add(_Phrase(text, None, 0, tuple(words(text, keep="*"))))
        for some in self._starting.values():
            some.sort(key=lambda one: -len(one.words))

    def _add(self, one: _Phrase) -> None:
        self._starting[_start(one.words[0])].append(one)

    def find(self, text: str) -> Said | None:
        """Tell what was found; None, "don't know", when there are too few words to tell."""
        said = words(text)
        count = sum(word != _CLAUSE for word in said)
        if count < _LEAST_WORDS:
            return None
        matches = self._matches(said)
        taken = {place for at, one in matches for place in range(at, at + len(one.words))}
        evidence = tuple(
            self._judged(said, taken, at, one, one.kind) for at, one in matches if one.kind is not None
        )
        weight = sum(found.weight for found in evidence)
        return Said(self.language, count, 1 - math.exp(-weight / _HALF), evidence)

    def _matches(self, said: list[str]) -> list[tuple[int, _Phrase]]:
        """Find phrases from left to right, the longest first, none over another."""
        matches = []
        at = 0
        while at < len(said):
            one = next((one for one in self._starting.get(_start(said[at]), ()) if one.fits(said, at)), None)
            if one is not None:
                matches.append((at, one))
            at += 1 if one is None else len(one.words)
        return matches

    def _judged(self, said: list[str], taken: set[int], at: int, one: _Phrase, kind: Kind) -> Found:
        end = at + len(one.words)
        negated = self._near(said, taken, range(at - 1, -1, -1), self._before) or self._near(
            said, taken, range(end, len(said)), self._after
        )
        stronger = any(word in self._stronger for word in said[max(0, at - 2) : at])
        weight = 0.0 if negated else one.weight * (_STRONGER if stronger else 1.0)
        return Found(one.text, kind, weight, negated, at)

    @staticmethod
    def _near(said: list[str], taken: set[int], places: range, negations: Mapping[str, int]) -> bool:
        """Tell whether a negation stands near enough, in the same clause, and in no phrase itself."""
        for distance, place in enumerate(places, 1):
            if said[place] == _CLAUSE:
                return False
            if place not in taken and negations.get(said[place], 0) >= distance:
                return True
        return False


class _Phrase(NamedTuple):
    text: str
    kind: Kind | None
    """None: neither."""
    weight: int
    words: tuple[str, ...]

    def fits(self, said: list[str], at: int) -> bool:
        """Tell whether it is said from a word on."""
        part = said[at : at + len(self.words)]
        return len(part) == len(self.words) and all(
            heard.startswith(word[:-1]) if word.endswith("*") else heard == word
            for heard, word in zip(part, self.words, strict=True)
        )


def words(text: str, keep: str = "") -> list[str]:
    """Split a text into words, each Chinese character one, and ``|`` where a clause ends.

    Small letters, compatibility forms replaced; ``isn't`` is ``is not``.  ``keep``: more letters.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    spaced = "".join(
        f" {sign} "
        if _is_han(sign)
        else sign
        if sign.isalnum() or sign == "'" or sign in keep or unicodedata.category(sign).startswith("M")
        else f" {_CLAUSE} "
        if sign in _ENDS
        else " "
        for sign in plain
    )
    found: list[str] = []
    for word in spaced.split():
        stripped = word.strip("'")
        if stripped.endswith("n't"):
            found += [part for part in (stripped[:-3], "not") if part]
        elif stripped:
            found.append(stripped)
    return found


def _start(word: str) -> str:
    """Give what phrases are filed under: their first letter, since a word may be left open."""
    return word[0]


def _is_han(sign: str) -> bool:
    return "㐀" <= sign <= "鿿" or "豈" <= sign <= "﫿"
