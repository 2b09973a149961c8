"""EMO-DB: wav/03a01Wa.wav (Burkhardt et al., *A database of German emotional speech*, Interspeech 2005)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from emotion.corpora.layouts.port import BadName, ByName, Recorded, code, most

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

_NAME = re.compile(r"(\d\d)([ab]\d\d)([A-Z])([a-z]?)")
_EMOTIONS = {
    "A": "fear",  # Angst
    "E": "disgust",  # Ekel
    "F": "happy",  # Freude
    "L": "boredom",  # Langeweile
    "N": "neutral",
    "T": "sad",  # Trauer
    "W": "anger",  # Wut
}
_SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}
_MEN = {"03", "10", "11", "12", "15"}
_WOMEN = {"08", "09", "13", "14", "16"}


class EmoDb(ByName):
    """Ten actors, ten sentences, seven emotions."""

    name: ClassVar[str] = "emodb"
    licence: ClassVar[str] = "CC0-1.0, as audeering states, who republish it"

    def __init__(self, root: Path) -> None:
        pass

    @classmethod
    def fits(cls, _root: Path, files: Sequence[PurePosixPath]) -> bool:
        """Speaker, sentence, letter of the emotion, version."""
        return most(sum(_NAME.fullmatch(file.stem) is not None for file in files), files)

    def read(self, file: PurePosixPath) -> Recorded:
        """See :meth:`Layout.read`."""
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise BadName("its name is not as 03a01Wa.wav: speaker, sentence, emotion, version")
        speaker, sentence, emotion, _ = found.groups()
        return Recorded(
            speaker=speaker,
            emotion=code(_EMOTIONS, emotion, "an emotion"),
            language="de",
            sex="m" if speaker in _MEN else "f" if speaker in _WOMEN else "",
            text=code(_SENTENCES, sentence, "a sentence"),
        )
