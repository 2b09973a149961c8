"""Names of seven two-digit codes, as RAVDESS and BanglaSER have them: 03-01-05-01-02-01-12.wav."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from emotion.corpora.layouts.port import BadName, LeftOut

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from emotion.corpora.utterance import Sex

_NAME = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")


class SevenCodes(NamedTuple):
    """The codes of a name, in their order."""

    modality: str
    channel: str
    emotion: str
    intensity: str
    statement: str
    repetition: str
    actor: str

    @property
    def sex(self) -> Sex:
        """Actors of odd numbers are men."""
        return "m" if int(self.actor) % 2 else "f"


def split(file: PurePosixPath) -> SevenCodes | None:
    """Give the codes of a file's name, or None when it has others."""
    found = _NAME.fullmatch(file.stem)
    return SevenCodes(*found.groups()) if found else None


def speech(file: PurePosixPath) -> SevenCodes:
    """Give the codes of a recording of speech without picture.

    Raises :class:`BadName`, or :class:`LeftOut` for songs and films.
    """
    codes = split(file)
    if codes is None:
        raise BadName("its name is not seven two-digit codes such as 03-01-05-01-02-01-12.wav")
    if codes.modality in {"01", "02"} or codes.channel == "02":
        raise LeftOut
    if (codes.modality, codes.channel) != ("03", "01"):
        raise BadName(f"it begins with {codes.modality}-{codes.channel}; speech without picture is 03-01")
    return codes
