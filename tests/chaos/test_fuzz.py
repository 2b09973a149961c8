"""What comes over wires and from disks, cut, flipped and reordered; ``make proof`` tries 100,000 of each."""

from __future__ import annotations

import random

import pytest

from benchmarks.fuzzing_wire import WIRE

ROUNDS = 1000
SEEN = {
    "ari events": ("translated", "unknown"),
    "media frames": ("samples",),
    "key sequences": ("wishes",),
    "journals": ("whole", "damage_told"),
    "snapshots": ("older_taken",),
}
"""What must have come about, or the mutations are too tame or too wild."""


@pytest.mark.parametrize("what", WIRE)
def test_nothing_fails(what: str) -> None:
    told = WIRE[what](ROUNDS, random.Random(2))
    assert told["tried"] == ROUNDS
    assert all(told[name] > 0 for name in SEEN[what]), told
