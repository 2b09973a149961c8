"""CREMA-D: AudioWAV/1001_DFA_ANG_XX.wav (Cao et al., IEEE Trans. Affective Computing 5, 2014); English."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, ClassVar

from emotion.corpora.layouts.port import BadName, ByName, Recorded, code, most

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

    from emotion.corpora.utterance import Sex

_NAME = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{1,2})")
_EMOTIONS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
_SENTENCES = {
    "DFA": "Don't forget a jacket",
    "IEO": "It's eleven o'clock",
    "IOM": "I'm on my way to the meeting",
    "ITH": "I think I have a doctor's appointment",
    "ITS": "I think I've seen this before",
    "IWL": "I would like a new alarm clock",
    "IWW": "I wonder what this is about",
    "MTI": "Maybe tomorrow it will be cold",
    "TAI": "The airplane is almost full",
    "TIE": "That is exactly what happened",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}
_PEOPLE = "VideoDemographics.csv"
_SEXES: dict[str, Sex] = {"Male": "m", "Female": "f"}


class CremaD(ByName):
    """91 actors, twelve sentences, six emotions.  ``VideoDemographics.csv``, if there, tells the sex."""

    name: ClassVar[str] = "crema-d"
    licence: ClassVar[str] = "Open Database License 1.0"

    def __init__(self, root: Path) -> None:
        table = next((place / _PEOPLE for place in (root, root.parent) if (place / _PEOPLE).is_file()), None)
        self._sexes: dict[str, Sex] = {}
        if table is not None:
            with table.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    self._sexes[row.get("ActorID", "")] = _SEXES.get(row.get("Sex", ""), "")

    @classmethod
    def fits(cls, _root: Path, files: Sequence[PurePosixPath]) -> bool:
        """Four digits and three groups of capitals."""
        return most(sum(_NAME.fullmatch(file.stem) is not None for file in files), files)

    def read(self, file: PurePosixPath) -> Recorded:
        """See :meth:`Layout.read`."""
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise BadName("its name is not as 1001_DFA_ANG_XX.wav: actor, sentence, emotion, level")
        actor, sentence, emotion, _ = found.groups()
        return Recorded(
            speaker=actor,
            emotion=code(_EMOTIONS, emotion, "an emotion"),
            language="en",
            sex=self._sexes.get(actor, ""),
            text=code(_SENTENCES, sentence, "a sentence"),
        )
