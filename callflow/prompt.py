"""What a caller hears, before it is rendered; apart from the protocol so that pure cores can name it."""

from __future__ import annotations

import msgspec


class Prompt(msgspec.Struct, frozen=True):
    """Something a caller hears, by language tag: a text to be spoken, or a recording.

    Hashable, so that it can be the key of a table of rendered sounds.
    """

    texts: tuple[tuple[str, str], ...] = ()
    """(language, text) pairs."""
    recordings: tuple[tuple[str, str], ...] = ()
    """(language, absolute path of a WAV file) pairs; a recording wins over a text."""

    @classmethod
    def say(cls, **texts: str) -> Prompt:
        """Make a spoken prompt: ``Prompt.say(en="Hello", zh="你好")``."""
        return cls(texts=tuple(sorted(texts.items())))
