"""Calls of one phone that follow each other: what counts as heard since a moment, and which is over."""

from __future__ import annotations

import shutil

import pytest

from speech.tones import tone
from telephony.peers.softphone import PhoneCall, Softphone, SoftphoneError
from telephony.wav import write_wav
from tests.harness.talk import Listener


def test_a_call_that_began_since_counts_from_its_beginning() -> None:
    phone = Softphone("phone-1", "127.0.0.1:9")
    dump = "dump-2026-11-26-00-52-{}-dec.wav"
    try:
        write_wav(phone._folder / dump.format(22), tone(600, 3.0).tobytes())
        listener = Listener(phone)
        write_wav(phone._folder / dump.format(27), tone(440, 1.2).tobytes())
        (phone._folder / dump.format(22)).touch()  # the last of the old call is written late
        assert listener.hears(440)
        assert not listener.hears(600)
        assert listener.seconds == pytest.approx(1.2)
        assert not Listener(phone).hears(440), "that was before"
    finally:
        shutil.rmtree(phone._folder)


async def test_a_call_is_over_while_the_next_one_rings() -> None:
    phone = Softphone("phone-1", "127.0.0.1:9")
    try:
        first = phone.calls["a"] = PhoneCall("a", incoming=False, peer="sip:*72@h", state="over")
        phone.calls["b"] = PhoneCall("b", incoming=True, peer="sip:4420@h", state="ringing")
        assert await phone.over(1.0, first) is first
        with pytest.raises(SoftphoneError, match="no end of the call"):
            await phone.over(0.01)
    finally:
        shutil.rmtree(phone._folder)
