"""CASIA: wangzhe/angry/201.wav (Institute of Automation, Chinese Academy of Sciences, 2005); Mandarin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from emotion.corpora.layouts.port import BadName, ByName, Recorded, code, most

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

_EMOTIONS = {
    "angry": "anger",
    "fear": "fear",
    "happy": "happy",
    "neutral": "neutral",
    "sad": "sad",
    "surprise": "surprise",
}


class Casia(ByName):
    """A folder for each speaker, one for each emotion in it, files named by the number of the sentence.

    The release names no speaker's sex, and its sentences' words are not in it.
    """

    name: ClassVar[str] = "casia"
    licence: ClassVar[str] = "by agreement with the institute"

    def __init__(self, root: Path) -> None:
        pass

    @classmethod
    def fits(cls, _root: Path, files: Sequence[PurePosixPath]) -> bool:
        """A number, in a folder of an emotion, in a folder."""
        hits = sum(
            file.stem.isdecimal() and len(file.parts) >= 3 and file.parent.name.lower() in _EMOTIONS
            for file in files
        )
        return most(hits, files)

    def read(self, file: PurePosixPath) -> Recorded:
        """See :meth:`Layout.read`."""
        if len(file.parts) < 3 or not file.stem.isdecimal():
            raise BadName(
                "it does not lie as wangzhe/angry/201.wav: speaker, emotion, number of the sentence"
            )
        return Recorded(
            speaker=file.parts[-3].lower(),
            emotion=code(_EMOTIONS, file.parent.name.lower(), "a folder of an emotion"),
            language="zh",
            text=f"sentence {file.stem}",
        )
