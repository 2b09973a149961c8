from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.measuring_caller import CallFailed, MeasuringCaller

if TYPE_CHECKING:
    from .conftest import BareAsterisk

pytestmark = pytest.mark.asterisk


async def test_tells_first_packet_from_first_sound(asterisk: BareAsterisk) -> None:
    measured = await MeasuringCaller(asterisk.server).call("800", "4420")
    assert 0 < measured.answer < 0.5
    # the dialplan's tone begins with half a second of silence, sent as packets
    assert 0.4 < measured.first_sound - measured.first_packet < 0.7


async def test_refused_call_is_told(asterisk: BareAsterisk) -> None:
    with pytest.raises(CallFailed, match="4711 answered 404"):
        await MeasuringCaller(asterisk.server).call("4711", "4420")


async def test_silent_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.measuring_caller._TIMEOUT_S", 0.2)
    with pytest.raises(CallFailed, match="not answered and heard"):
        await MeasuringCaller("127.0.0.1:9").call("1", "4420")
