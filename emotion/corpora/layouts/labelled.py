"""A folder with ``labels.csv``: a site's own calls, or several corpora (docs/emotion-training.md)."""

from __future__ import annotations

import csv
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from emotion.corpora.layouts.port import BadName, Recorded
from emotion.corpora.utterance import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emotion.corpora.utterance import Sex

TABLE = "labels.csv"
_NEEDED = ("path", "speaker", "emotion")
_SEXES: dict[str, Sex] = {"f": "f", "female": "f", "m": "m", "male": "m", "": ""}
_NOTED = re.compile(r"(?:^|;)\s*(?:gender|sex)=(\w+)")


class Labelled:
    """A line for each file: path, speaker, emotion; also dataset, language, sex, text, note."""

    name: ClassVar[str] = "labelled"
    licence: ClassVar[str] = ""

    def __init__(self, root: Path) -> None:
        self._rows: dict[PurePosixPath, tuple[int, dict[str, str]]] = {}
        self._again: set[PurePosixPath] = set()
        """Files with two lines."""
        with (root / TABLE).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            try:
                self._take(reader)
            except (UnicodeDecodeError, csv.Error) as error:
                raise BadName(f"{TABLE}:{reader.line_num + 1}: {error}; save it as UTF-8") from None

    def _take(self, reader: csv.DictReader[str]) -> None:
        lacking = [column for column in _NEEDED if column not in (reader.fieldnames or ())]
        if lacking:
            raise BadName(
                f"{TABLE}:1: there is no column {', '.join(lacking)}; the first line names the columns: "
                "path,dataset,speaker,language,emotion,sex,text,note"
            )
        for row in reader:
            path = PurePosixPath((row["path"] or "").strip())
            if path in self._rows:
                self._again.add(path)
            self._rows[path] = reader.line_num, {key: (row[key] or "").strip() for key in row if key}

    @classmethod
    def fits(cls, root: Path, _files: Sequence[PurePosixPath]) -> bool:
        """Tell whether the table is there."""
        return (root / TABLE).is_file()

    def wanted(self, _files: Sequence[PurePosixPath]) -> Sequence[PurePosixPath]:
        """Give the files of the table, whether they are there or not."""
        return list(self._rows)

    def read(self, file: PurePosixPath) -> Recorded:
        """See :meth:`Layout.read`."""
        line, row = self._rows[file]
        emotion, speaker = row["emotion"].lower(), row["speaker"]
        if file in self._again:
            raise BadName(f"{TABLE}:{line}: it has a line already; which one is right?")
        if file.is_absolute() or ".." in file.parts:
            raise BadName(f"{TABLE}:{line}: the path leads out of the folder")
        if emotion and emotion not in EMOTIONS:
            raise BadName(
                f"{TABLE}:{line}: {emotion!r} is no emotion; there are {', '.join(EMOTIONS)}, or nothing"
            )
        if not speaker:
            raise BadName(f"{TABLE}:{line}: no speaker; who speaks must be known, if only by a number")
        noted = _NOTED.search(row.get("note", ""))
        sex = (row.get("sex") or (noted[1] if noted else "")).lower()
        if sex not in _SEXES:
            raise BadName(f"{TABLE}:{line}: the sex is f, m or nothing, not {sex!r}")
        return Recorded(
            speaker=speaker,
            emotion=emotion,
            language=row.get("language", ""),
            sex=_SEXES[sex],
            text=row.get("text", ""),
            corpus=row.get("dataset", ""),
        )
