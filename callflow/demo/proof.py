"""What was heard: each side's tone at the other, and music while waiting.

The one place where ``callflow`` looks into ``speech``: the demo listens with its ears, no call does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speech.tones import has_tone, tone
from telephony.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from telephony.peers.softphone import Heard

CALLER_HZ = 440.0
AGENT_HZ = 1000.0
_AUDIBLE = 150.0
"""Root mean square (of 32,768) over which a tenth of a second is not silence."""


def write_tone(path: Path, hz: float) -> Path:
    """Write two seconds of a tone as a WAV file and give its path."""
    return write_wav(path, tone(hz, 2.0).tobytes())


def tone_heard(heard: Heard, since: int, hz: float) -> bool:
    """Tell whether a tone was heard for two seconds after byte ``since``: no music holds a note so long."""
    return has_tone(heard.pcm[since:], heard.rate, hz, seconds=2.0)


def sound_heard(heard: Heard, since: int) -> float:
    """Give how many seconds after byte ``since`` were not silent."""
    samples = np.frombuffer(heard.pcm[since:], dtype="<i2").astype(np.float64)
    window = heard.rate // 10
    count = len(samples) // window
    loudness = np.sqrt((samples[: count * window].reshape(count, window) ** 2).mean(axis=1))
    return float((loudness > _AUDIBLE).sum()) / 10
