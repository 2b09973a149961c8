"""Are a dialplan's recordings there, and in a form that telephony can play?"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from telephony.wav import WavError, WavFormat, read_format

if TYPE_CHECKING:
    from pathlib import Path

_CONVERT = "Convert it: sox {name} -r 8000 -c 1 -b 16 new.wav"


def recording_problem(file: Path, written: str) -> tuple[str, str] | None:
    """Give what is wrong with a recording and what to do about it; None when it is in order."""
    try:
        found = _format(file)
    except FileNotFoundError:
        return f'there is no recording "{written}"', f"Put it into {file.parent.name}/, or correct its name."
    except WavError as error:
        return f'the recording "{written}" can\'t be used: {error}', _CONVERT.format(name=written)
    except OSError as error:
        return f'the recording "{written}" can\'t be read: {error.strerror}', "Make it readable."
    if not found.playable:
        message = f'the recording "{written}" is {found}; telephony needs 8,000 Hz, mono, 16-bit PCM or μ-law'
        return message, _CONVERT.format(name=written)
    if found.size == 0:
        return f'the recording "{written}" holds no sound', "Record it again."
    return None


def _format(file: Path) -> WavFormat:
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "it is no file")  # opening a pipe would wait for ever
    return read_format(file)
