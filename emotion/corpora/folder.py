"""Reading a corpus' folder: which layout it has, what each file is, and which can't be used and why."""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from emotion.corpora.layouts import LAYOUTS, BadName, LeftOut
from emotion.corpora.layouts.seven_codes import split
from emotion.corpora.sound import SoundError, check
from emotion.corpora.utterance import Corpus, Trouble, Utterance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emotion.corpora.layouts import Layout, Recorded

_OTHER_SOUND = {".flac", ".mp3", ".ogg", ".opus", ".m4a", ".sph", ".aif", ".aiff", ".wma"}


class CorpusError(Exception):
    """A folder that is no corpus; the message says why, and the remedy."""


def load(root: Path, layout: str = "", told: Callable[[int, int], None] | None = None) -> Corpus:
    """Read what a folder holds; no sound yet, but every file's header.

    Files that can't be used are in ``troubles`` of the result, each with its reason.  ``layout`` is one of
    :data:`LAYOUTS`; empty: found by the names of the files.  ``told`` is called with how many files are done,
    and of how many.  Raises :class:`CorpusError` when nothing can be used.
    """
    if not root.is_dir():
        raise CorpusError(f"{root} is no folder; name the one that the corpus was unpacked into")
    files, others = _files(root)
    kind = _named(layout) if layout else _found(root, files)
    try:
        reader = kind(root)
    except (BadName, OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{root}: {error}") from None
    here = root.resolve().name
    utterances: list[Utterance] = []
    troubles = [Trouble(str(other), "it is no WAV file; make one of it: sox IN OUT.wav") for other in others]
    left_out = 0
    wanted = reader.wanted(files)
    for done, file in enumerate(wanted, 1):
        try:
            known = reader.read(file)
            check(root / file)
        except LeftOut:
            left_out += 1
        except (BadName, SoundError) as error:
            troubles.append(Trouble(str(file), str(error)))
        else:
            utterances.append(_utterance(file, known, here if kind.name == "labelled" else kind.name))
        if told is not None:
            told(done, len(wanted))
    if not utterances:
        first = f"; the first: {troubles[0].name}: {troubles[0].why}" if troubles else ""
        raise CorpusError(f"{root}: none of {len(wanted)} files can be used as {kind.name}{first}")
    return Corpus(here, kind.name, root, tuple(utterances), tuple(troubles), left_out, kind.licence)


def data_hash(corpora: Iterable[Corpus], used: Callable[[Utterance], bool] = lambda _: True) -> str:
    """Give the SHA-256 that vouches for the data: names, labels and contents of the files used, in any order.

    Of each file a line ``name NUL speaker NUL emotion NUL SHA-256 of its bytes``, in the order of the lines.
    """
    lines = sorted(
        "\0".join((each.name, each.speaker, each.emotion, _file_hash(corpus.path(each))))
        for corpus in corpora
        for each in corpus.utterances
        if used(each)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(root: Path) -> tuple[list[PurePosixPath], list[PurePosixPath]]:
    """Give the WAV files below a folder and the other sound files, by name; hidden ones are passed over."""
    waves, others = [], []
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith((".", "__MACOSX"))]
        for name in names:
            file = PurePosixPath((Path(folder) / name).relative_to(root).as_posix())
            if name.startswith("."):
                continue
            if file.suffix.lower() == ".wav":
                waves.append(file)
            elif file.suffix.lower() in _OTHER_SOUND:
                others.append(file)
    return sorted(waves), sorted(others)


def _named(layout: str) -> type[Layout]:
    try:
        return LAYOUTS[layout]
    except KeyError:
        raise CorpusError(f"there is no layout {layout!r}; there are {', '.join(LAYOUTS)}") from None


def _found(root: Path, files: Sequence[PurePosixPath]) -> type[Layout]:
    if not files:
        raise CorpusError(f"there is no WAV file in {root} or below")
    for kind in LAYOUTS.values():
        if kind.fits(root, files):
            return kind
    if all(map(split, files)):
        raise CorpusError(
            f"{root}: the names of its files could be RAVDESS' or BanglaSER's; "
            "say which: --layout ravdess, or --layout banglaser"
        )
    raise CorpusError(
        f"{root}: its files are named as in none of {', '.join(LAYOUTS)} (the first is {files[0]}); write a "
        "labels.csv beside them: path,speaker,emotion (docs/emotion-training.md)"
    )


def _utterance(file: PurePosixPath, known: Recorded, name: str) -> Utterance:
    corpus = known.corpus or name
    speaker = known.speaker if known.speaker.startswith(f"{corpus}_") else f"{corpus}_{known.speaker}"
    return Utterance(str(file), corpus, speaker, known.language, known.emotion, known.sex, known.text)
