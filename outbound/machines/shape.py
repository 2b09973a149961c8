"""What can be told from when somebody spoke since the answer: the figures of people and of machines."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING, NamedTuple

from outbound.machines.port import FRAME_S

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 4
"""Frames of speech that make an utterance; fewer are a click."""
GAP = 10
"""Frames without speech that end an utterance: shorter gaps are those within words."""
RANGE_DB = 15.0
"""What lies farther below the loudest speech is its reverberation, or somebody else in the room."""
QUIETEST_DB = -55.0
_LOUDEST_OF = 3
"""The level of speech is that of its third loudest frame: a click is shorter."""


class Shape(NamedTuple):
    """Figures of what was heard; seconds unless said otherwise."""

    heard_s: float
    """Since the answer."""
    begin_s: float
    """When the first word began; all that was heard if there was none."""
    end_s: float
    """When the last word was over, so far; as above."""
    first_s: float
    """Length of the first utterance, so far."""
    speech_s: float
    """All utterances, without the gaps between them."""
    pause_s: float
    """The longest gap between first and last word, however short."""
    bursts: int
    """Utterances."""
    level_db: float
    """Of speech; a full-scale sine has 0 dB."""
    over_noise_db: float
    """How much louder that is than the quietest tenth of the frames."""

    @property
    def quiet_s(self) -> float:
        """Silence since the last word."""
        return self.heard_s - self.end_s


def shape(levels: Sequence[float], voiced: Sequence[bool]) -> Shape:
    """Give the figures of the frames since the answer: each one's level, dB, and if it is speech."""
    loudest = heapq.nlargest(
        _LOUDEST_OF, (level for level, voice in zip(levels, voiced, strict=True) if voice)
    )
    level = loudest[-1] if loudest else QUIETEST_DB
    least = max(QUIETEST_DB, level - RANGE_DB)
    loud = [voice and heard >= least for heard, voice in zip(levels, voiced, strict=True)]
    utterances = _utterances([number for number, one in enumerate(loud) if one])
    heard_s = len(levels) * FRAME_S
    over_noise = level - sorted(levels)[len(levels) // 10] if levels else 0.0
    if not utterances:
        return Shape(heard_s, heard_s, heard_s, 0.0, 0.0, 0.0, 0, level, over_noise)
    begin, end = utterances[0][0], utterances[-1][-1] + 1
    words = [number for one in utterances for number in one]
    gaps = (after - before - 1 for before, after in itertools.pairwise(words))
    return Shape(
        heard_s=heard_s,
        begin_s=begin * FRAME_S,
        end_s=end * FRAME_S,
        first_s=(utterances[0][-1] + 1 - begin) * FRAME_S,
        speech_s=sum(one[-1] + 1 - one[0] for one in utterances) * FRAME_S,
        pause_s=max(gaps, default=0) * FRAME_S,
        bursts=len(utterances),
        level_db=level,
        over_noise_db=over_noise,
    )


def _utterances(loud: Sequence[int]) -> list[list[int]]:
    """Group the numbers of frames with speech; a group is an utterance when it is more than a click."""
    groups: list[list[int]] = []
    for number in loud:
        if groups and number - groups[-1][-1] <= GAP:
            groups[-1].append(number)
        else:
            groups.append([number])
    return [group for group in groups if len(group) >= LEAST]
