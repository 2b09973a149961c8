from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soxr

from telephony.programs import find_program
from telephony.wav import pcm_of, write_wav
from tests.harness.fixtures import make_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from callflow.private_server import PrivateServer
    from tests.harness.fixtures import ServerMaker

__all__ = ["make_server"]

SITE = Path(__file__).parent / "site"
SPEECH_S, PAUSE_S = 4.0, 4.0


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four seconds of somebody who does not stop speaking, 8 kHz."""
    path = tmp_path_factory.mktemp("speech") / "spoken.wav"
    text = "Good morning I am calling about the order that I made last week and which has not come until now"
    subprocess.run([find_program("espeak-ng"), "-v", "en-us", "-s", "150", "-w", path, text], check=True)
    rate, pcm = pcm_of(path.read_bytes())
    spoken = soxr.resample(np.frombuffer(pcm, dtype="<i2"), rate, 8000)[: int(8000 * SPEECH_S)]
    assert len(spoken) == 8000 * SPEECH_S
    return bytes(spoken.astype("<i2").tobytes())


@pytest.fixture(scope="session")
def speaks(speech: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a phone plays whose owner speaks for four seconds, is silent for four, and so on."""
    pcm = speech + bytes(int(16000 * PAUSE_S))
    return write_wav(tmp_path_factory.mktemp("speech") / "speaks.wav", pcm)


@pytest.fixture
async def server(make_server: ServerMaker) -> AsyncIterator[PrivateServer]:
    async with make_server(dialplans=SITE) as server:
        yield server
