from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from telephony.peers.key_capture import PAYLOAD_TYPE, key_capture, length_ms
from telephony.wav import WavError, pcm_of, write_wav

if TYPE_CHECKING:
    from pathlib import Path


def _packets(capture: bytes) -> list[tuple[float, int, int, int, int, bool, int]]:
    """(seconds, payload type, sequence, timestamp, event, end, duration) of each packet."""
    at, out = 24, []
    while at < len(capture):
        seconds, micros, length, _ = struct.unpack_from("<IIII", capture, at)
        rtp = capture[at + 16 + 14 + 20 + 8 : at + 16 + length]
        _, kind, sequence, ticks, _ = struct.unpack_from("!BBHII", rtp)
        event, flags, duration = struct.unpack_from("!BBH", rtp, 12)
        out.append(
            (seconds + micros / 1e6, kind & 0x7F, sequence, ticks, event, bool(flags & 0x80), duration)
        )
        at += 16 + length
    return out


def test_capture_follows_rfc_4733() -> None:
    packets = _packets(key_capture("1#", key_ms=60, gap_ms=100, first_sequence=7, first_timestamp=800))
    assert [p[1] for p in packets] == [PAYLOAD_TYPE] * 10
    assert [p[2] for p in packets] == list(range(7, 17)), "sequence numbers have no gap"
    assert [p[4] for p in packets] == [1] * 5 + [11] * 5
    assert [p[5] for p in packets[:5]] == [False, False, True, True, True], "the end is sent three times"
    assert [p[6] for p in packets[:5]] == [160, 320, 480, 480, 480]
    assert {p[3] for p in packets[:5]} == {800}, "an event keeps its timestamp"
    assert {p[3] for p in packets[5:]} == {800 + 160 * 8}
    assert packets[-1][0] == pytest.approx(0.22)
    assert length_ms("1#", key_ms=60, gap_ms=100) == 320


def test_wav_of_a_file_still_being_written(tmp_path: Path) -> None:
    pcm = bytes(range(200))
    whole = write_wav(tmp_path / "a.wav", pcm, 16000).read_bytes()
    assert pcm_of(whole) == (16000, pcm)
    unfinished = whole[:40] + bytes(4) + whole[44:]
    assert pcm_of(unfinished) == (16000, pcm)
    assert pcm_of(whole[:101]) == (16000, pcm[:56]), "half a sample is left out"
    with pytest.raises(WavError, match="not a WAV"):
        pcm_of(b"MP3")
