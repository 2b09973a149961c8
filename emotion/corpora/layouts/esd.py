"""ESD: 0011/Angry/0011_000351.wav, or with train/, test/, evaluation/ below; English and Mandarin.

Zhou et al.: *Emotional voice conversion: theory, databases and ESD* (Speech Communication 137, 2022).
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, ClassVar

from emotion.corpora.layouts.port import BadName, ByName, Recorded, code, most

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

_NAME = re.compile(r"(\d{4})_(\d{6})")
_EMOTIONS = {
    "Angry": "anger",
    "Happy": "happy",
    "Neutral": "neutral",
    "Sad": "sad",
    "Surprise": "surprise",
}
_SPLITS = {"train", "test", "evaluation"}
_MEN = {"0004", "0005", "0006", "0008", "0010", "0011", "0012", "0013", "0014", "0020"}
_SPEAKERS = {f"{number:04}" for number in range(1, 21)}
_MANDARIN = {f"{number:04}" for number in range(1, 11)}


class Esd(ByName):
    """Twenty speakers, 350 sentences in each of five emotions; ``0011/0011.txt``, if there, has the words."""

    name: ClassVar[str] = "esd"
    licence: ClassVar[str] = "research only, under the publishers' agreement"

    def __init__(self, root: Path) -> None:
        self._texts: dict[str, str] = {}
        for table in sorted(root.rglob("[0-9][0-9][0-9][0-9].txt")):
            for line in _text(table.read_bytes()).splitlines():
                columns = line.split("\t")
                if len(columns) >= 2:
                    self._texts[columns[0].strip()] = columns[1].strip()

    @classmethod
    def fits(cls, _root: Path, files: Sequence[PurePosixPath]) -> bool:
        """Speaker and number, in a folder named for the emotion."""
        hits = sum(_NAME.fullmatch(file.stem) is not None and _folder(file) in _EMOTIONS for file in files)
        return most(hits, files)

    def read(self, file: PurePosixPath) -> Recorded:
        """See :meth:`Layout.read`."""
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise BadName("its name is not as 0011_000351.wav: speaker, number")
        speaker = found[1]
        if speaker not in _SPEAKERS:
            raise BadName(f"there is no speaker {speaker}; they go from 0001 to 0020")
        return Recorded(
            speaker=speaker,
            emotion=code(_EMOTIONS, _folder(file), "a folder of an emotion"),
            language="zh" if speaker in _MANDARIN else "en",
            sex="m" if speaker in _MEN else "f",
            text=self._texts.get(file.stem, ""),
        )


def _folder(file: PurePosixPath) -> str:
    above = file.parent
    return above.parent.name if above.name in _SPLITS else above.name


def _text(data: bytes) -> str:
    """Decode a table; the release has it in several encodings."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
