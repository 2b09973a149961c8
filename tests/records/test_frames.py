"""Journal frames: whatever happens to a file, its untouched frames are read and nothing else is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from records.frames import Damage, Frame, Kind, pack, scan

bodies = st.lists(st.binary(max_size=60), min_size=1, max_size=12)


def framed(contents: list[bytes]) -> list[bytes]:
    return [pack(Kind.EVENT, number, number, 0, body) for number, body in enumerate(contents, 1)]


def readable(data: bytes) -> list[tuple[int, bytes]]:
    return [(item.entry, item.body) for item in scan(data) if isinstance(item, Frame)]


@given(bodies)
def test_whole_files_are_read_back(contents: list[bytes]) -> None:
    assert readable(b"".join(framed(contents))) == list(enumerate(contents, 1))


@given(bodies, st.data())
def test_a_file_cut_anywhere_gives_the_frames_before_the_cut(
    contents: list[bytes], data: st.DataObject
) -> None:
    frames = framed(contents)
    whole = b"".join(frames)
    cut = data.draw(st.integers(0, len(whole)))
    kept, size = 0, 0
    while kept < len(frames) and size + len(frames[kept]) <= cut:
        size += len(frames[kept])
        kept += 1
    items = list(scan(whole[:cut]))
    assert [item.entry for item in items if isinstance(item, Frame)] == list(range(1, kept + 1))
    torn = [item for item in items if isinstance(item, Damage)]
    assert [(item.offset, item.length, item.at_end) for item in torn] == (
        [(size, cut - size, True)] if cut > size else []
    )


@given(bodies, st.data())
def test_flipped_bytes_cost_the_frames_they_are_in_and_no_others(
    contents: list[bytes], data: st.DataObject
) -> None:
    frames = framed(contents)
    whole = bytearray(b"".join(frames))
    places = data.draw(st.sets(st.integers(0, len(whole) - 1), min_size=1, max_size=4))
    for place in places:
        whole[place] ^= data.draw(st.integers(1, 255))
    ends = [sum(map(len, frames[:number])) for number in range(1, len(frames) + 1)]
    hit = {next(number for number, end in enumerate(ends, 1) if place < end) for place in places}
    expected = [(number, body) for number, body in enumerate(contents, 1) if number not in hit]
    assert readable(bytes(whole)) == expected


@given(st.binary(max_size=400))
def test_rubbish_is_reported_and_never_raises(data: bytes) -> None:
    items = list(scan(data))
    assert sum(item.length for item in items if isinstance(item, Damage)) <= len(data)
    if data and not readable(data):
        assert len(items) == 1
