"""BanglaSER: Actor_12/03-01-03-02-02-01-12.wav (Das et al., Data in Brief 42, 2022); Bangla."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from emotion.corpora.layouts.port import ByName, Recorded, code, most
from emotion.corpora.layouts.ravdess import only_banglaser, only_ravdess
from emotion.corpora.layouts.seven_codes import speech, split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

_EMOTIONS = {"01": "happy", "02": "sad", "03": "anger", "04": "surprise", "05": "neutral"}
_STATEMENTS = {"01": "১২ টা বেজে গেছে", "02": "আমি জানতাম এমন কিছু হবে", "03": "এ কেমন উপহার"}


class BanglaSer(ByName):
    """34 speakers, three sentences, five emotions, recorded on phones and laptops."""

    name: ClassVar[str] = "banglaser"
    licence: ClassVar[str] = "believed CC BY 4.0 (Mendeley Data t9h6p943xy): look there before you rely on it"

    def __init__(self, root: Path) -> None:
        pass

    @classmethod
    def fits(cls, _root: Path, files: Sequence[PurePosixPath]) -> bool:
        """Seven codes: some name can't be RAVDESS', and every name can be BanglaSER's."""
        codes = [found for found in map(split, files) if found]
        return (
            most(len(codes), files) and any(map(only_banglaser, codes)) and not any(map(only_ravdess, codes))
        )

    def read(self, file: PurePosixPath) -> Recorded:
        """See :meth:`Layout.read`."""
        codes = speech(file)
        return Recorded(
            speaker=codes.actor,
            emotion=code(_EMOTIONS, codes.emotion, "an emotion"),
            language="bn",
            sex=codes.sex,
            text=code(_STATEMENTS, codes.statement, "a statement"),
        )
