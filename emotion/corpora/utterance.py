"""What is known of a piece of labelled speech, whichever corpus it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

Sex = Literal["f", "m", ""]
"""Of the voice, as the corpus says; empty where it does not."""

EMOTIONS = ("anger", "neutral", "happy", "sad", "fear", "disgust", "surprise", "boredom", "calm")
"""What a label may be."""


class Utterance(msgspec.Struct, frozen=True):
    """One file of a corpus."""

    name: str
    """Its path within the corpus, with forward slashes."""
    corpus: str
    speaker: str
    """Unique over all corpora: the corpus' name comes first."""
    language: str
    """ISO 639: en, zh, de, bn, …"""
    emotion: str
    """One of :data:`EMOTIONS`; empty where it is not labelled."""
    sex: Sex = ""
    text: str = ""
    """What is said, or the name of the sentence where its words are not known."""

    def __repr__(self) -> str:
        # what people said is in no log line
        return f"Utterance({self.name!r}, {self.corpus!r}, {self.speaker!r}, {self.emotion!r})"


class Trouble(msgspec.Struct, frozen=True):
    """A file that was left out."""

    name: str
    why: str
    """What is wrong with it, and the remedy where there is one."""


class Corpus(msgspec.Struct, frozen=True):
    """What a folder holds."""

    name: str
    layout: str
    root: Path
    utterances: tuple[Utterance, ...]
    troubles: tuple[Trouble, ...]
    left_out: int = 0
    """Files that are sound but not asked for: songs, video."""
    licence: str = ""
    """Of the published corpus, as far as it is known; of a site's own calls, nothing."""

    def path(self, utterance: Utterance) -> Path:
        """Tell where an utterance lies."""
        return self.root / utterance.name
