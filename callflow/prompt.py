"""What a caller hears, before it is rendered; apart from the protocol so that pure cores can name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callflow.expressions.errors import ExpressionError
from callflow.expressions.expression import Expression
from callflow.expressions.template import Template, parse_with
from callflow.spoken import Kind, SpokenError, fragments, kind_of, speakable, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callflow.expressions import Hole, Lookup


class Value(msgspec.Struct, frozen=True):
    """A value's place in a prompt, and how it is spoken."""

    text: Expression | Template
    """Gives the value."""
    kind: Kind


class Prompt(msgspec.Struct, frozen=True):
    """Something a caller hears, by language tag: a text to be spoken, or a recording.

    Hashable, so that it can be the key of a table of rendered sounds.  A prompt with values in it is
    :attr:`open` until :meth:`filled` puts the call's values in.
    """

    texts: tuple[tuple[str, str], ...] = ()
    """(language, text) pairs; a text as it was written, its values' places included."""
    recordings: tuple[tuple[str, str], ...] = ()
    """(language, absolute path of a WAV file) pairs; a recording wins over a text."""
    pieces: tuple[tuple[str, tuple[str | Value, ...]], ...] = ()
    """(language, texts and values in order) pairs, for the languages whose text holds values."""
    parts: tuple[Prompt, ...] = ()
    """Prompts heard one after another; there is nothing else then."""

    @classmethod
    def say(cls, **texts: str) -> Prompt:
        """Make a spoken prompt: ``Prompt.say(en="Hello", zh="你好")``."""
        return cls(texts=tuple(sorted(texts.items())))

    @property
    def open(self) -> bool:
        """True when values must be put in before it can be played."""
        return bool(self.pieces) or any(part.open for part in self.parts)

    def values(self) -> Iterator[Value]:
        """Give every value that is spoken in it."""
        for part in self.parts:
            yield from part.values()
        for _, pieces in self.pieces:
            yield from (piece for piece in pieces if isinstance(piece, Value))

    def sounds(self) -> Iterator[Prompt]:
        """Give the prompts without values or parts that must be rendered for this one."""
        for part in self.parts:
            yield from part.sounds()
        spoken = dict(self.pieces)
        fixed = tuple((language, text) for language, text in self.texts if language not in spoken)
        if fixed or self.recordings:
            yield Prompt(texts=fixed, recordings=self.recordings)
        for language, pieces in self.pieces:
            for piece in pieces:
                if isinstance(piece, str):
                    yield _text(language, piece)
                else:
                    yield from (_text(language, word) for word in vocabulary(piece.kind, language))

    def filled(self, look_up: Lookup, language: str) -> Prompt:
        """Put values in, as they are spoken in a language: all that is left is :attr:`parts`.

        A value that is not of its kind, or not known, is not spoken.
        """
        if not self.open:
            return self
        if self.parts:
            return Prompt(parts=tuple(part.filled(look_up, language) for part in self.parts))
        spoken = dict(self.pieces)
        heard = language if language in spoken else language.partition("-")[0]
        if heard not in spoken:
            rest = tuple(pair for pair in self.texts if pair[0] not in spoken)
            if any(tag in {language, heard} for tag, _ in (*rest, *self.recordings)):
                return Prompt(texts=rest, recordings=self.recordings)
            heard = self.pieces[0][0]
        words: list[Prompt] = []
        for piece in spoken[heard]:
            if isinstance(piece, str):
                words.append(_text(heard, piece))
            else:
                found = fragments(piece.kind, piece.text.text(look_up), heard)
                words += [_text(heard, word) for word in found or ()]
        return Prompt(parts=tuple(words))

    def complete(self, look_up: Lookup, language: str) -> bool:
        """Tell whether each value can be spoken now."""
        return all(
            fragments(value.kind, value.text.text(look_up), language if speakable(language) else "en")
            for value in self.values()
        )

    def shown(self, language: str) -> str:
        """Write it down as a caller would hear it in a language, for people who read it."""
        if self.parts:
            return " ".join(filter(None, (part.shown(language) for part in self.parts)))
        recordings, texts = dict(self.recordings), dict(self.texts)
        for tag in (language, language.partition("-")[0]):
            if tag in recordings:
                return f"[{recordings[tag].rpartition('/')[2]}]"
            if tag in texts:
                return texts[tag]
        return next(iter(texts.values()), "") or "".join(f"[{path}]" for path in recordings.values())


def _text(language: str, text: str) -> Prompt:
    return Prompt(texts=((language, text),))


def pieces_of(text: str, language: str) -> tuple[str | Value, ...]:
    """Read a text with values such as ``{amount|money CNY}``; a text without any gives itself, alone.

    Raises :class:`ExpressionError`: also for a value without a kind, and a language that values can't be
    spoken in.
    """
    template = parse_with(text)
    pieces: list[str | Value] = []
    for part in template.parts:
        if isinstance(part, str):
            # what is between two values is heard only if it has a letter or a digit in it
            if any(character.isalnum() for character in part):
                pieces.append(part.strip())
        else:
            pieces.append(_value(part, language))
    return tuple(pieces)


def _value(hole: Hole, language: str) -> Value:
    if not hole.filter:
        remedy = (
            f"Say how: {{{hole.expression}|number}}, {{…|digits}}, {{…|money EUR}}, {{…|date}}, {{…|time}}."
        )
        raise ExpressionError(f"it is not said how {hole.expression} is spoken", hole.column, remedy)
    try:
        kind = kind_of(hole.filter, hole.argument)
        if not speakable(language):
            vocabulary(kind, language)  # says why
    except SpokenError as error:
        near = f'Did you mean "{error.near}"? ' if error.near else ""
        raise ExpressionError(error.message, hole.column, f"{near}{error.remedy}") from None
    return Value(hole.expression, kind)
