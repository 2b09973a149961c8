"""RAVDESS: Actor_12/03-01-05-01-02-01-12.wav (Livingstone and Russo, PLoS ONE 13, 2018); English."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from emotion.corpora.layouts.port import ByName, Recorded, code, most
from emotion.corpora.layouts.seven_codes import SevenCodes, speech, split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
_STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}


class Ravdess(ByName):
    """24 actors, two sentences, eight emotions.  Songs and films are left out."""

    name: ClassVar[str] = "ravdess"
    licence: ClassVar[str] = "CC BY-NC-SA 4.0 (non-commercial)"

    def __init__(self, root: Path) -> None:
        pass

    @classmethod
    def fits(cls, _root: Path, files: Sequence[PurePosixPath]) -> bool:
        """Seven codes: some name can't be BanglaSER's, and every name can be RAVDESS'."""
        codes = [found for found in map(split, files) if found]
        return (
            most(len(codes), files) and any(map(only_ravdess, codes)) and not any(map(only_banglaser, codes))
        )

    def read(self, file: PurePosixPath) -> Recorded:
        """See :meth:`Layout.read`."""
        codes = speech(file)
        return Recorded(
            speaker=codes.actor,
            emotion=code(_EMOTIONS, codes.emotion, "an emotion"),
            language="en",
            sex=codes.sex,
            text=code(_STATEMENTS, codes.statement, "a statement"),
        )


def only_ravdess(codes: SevenCodes) -> bool:
    """Tell whether BanglaSER has no such name: songs, films, emotions beyond the fifth."""
    return (codes.modality, codes.channel) != ("03", "01") or codes.emotion > "05"


def only_banglaser(codes: SevenCodes) -> bool:
    """Tell whether RAVDESS has no such name: a third statement or repetition, an actor beyond the 24th."""
    return codes.statement > "02" or codes.repetition > "02" or codes.actor > "24"
