"""What mobile and thrifty coders leave of a voice: real coders, run by SoX.

``gsm``: GSM full rate (GSM 06.10, 13 kbit/s, libgsm).  ``amr``: AMR narrow band at 7.95 kbit/s (3GPP TS
26.090, opencore-amr), which stands in for G.729: both are algebraic CELP coders of about 8 kbit/s, and SoX
has no encoder of G.729.  It shows what such a coder does to a voice, not G.729's own figures.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np

from telephony.programs import find_program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

_RAW = ("-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer", "-L")
_AMR_MODE = "5"
"""SoX counts AMR's modes from 0: 7.95 kbit/s."""
CODECS = {"gsm": ("-t", "gsm"), "amr": ("-t", "amr-nb", "-C", _AMR_MODE)}
_LONGEST_S = 60.0


class CodecError(Exception):
    """SoX can't do it; the message is SoX' own."""


def coded(samples: Samples, codec: str) -> Samples:
    """Pass 8 kHz samples, shape (n,), through one of :data:`CODECS`; the result has the same shape.

    Raises :class:`CodecError`, and :class:`~telephony.programs.ProgramMissing` where there is no SoX.
    """
    if not len(samples):
        return samples.copy()
    form = CODECS[codec]
    small = _sox((*_RAW, "-", *form, "-"), samples.astype("<i2").tobytes())
    heard = np.frombuffer(_sox((*form[:2], "-", *_RAW, "-"), small), "<i2")
    whole = np.zeros(len(samples), np.int16)
    whole[: len(heard)] = heard[: len(samples)]
    return whole


def _sox(words: tuple[str, ...], data: bytes) -> bytes:
    # -D: without dither, which would be another noise each time
    command = [str(find_program("sox")), "-D", "-V1", *words]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=_LONGEST_S)  # noqa: S603
    except subprocess.CalledProcessError as error:
        raise CodecError(f"SoX: {error.stderr.decode(errors='replace').strip()}") from None
    except subprocess.TimeoutExpired:
        raise CodecError(f"SoX has not answered for {_LONGEST_S:.0f} s") from None
    return done.stdout
