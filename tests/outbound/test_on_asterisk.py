"""Campaigns on a real Asterisk with real SIP and sound (benchmarks/campaign.py, in short)."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.campaign import SITE, Effort, Trial, wrong
from speech.espeak import EspeakNg
from speech.tones import tone
from telephony.programs import private_prefix
from telephony.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk


async def test_a_campaign_with_a_kill_in_its_middle_and_a_log_out_at_its_end(
    tmp_path: Path, prompts: Path
) -> None:
    figures = await Trial(tmp_path, Effort(6, 24.0, 600, 5.0), prompts=prompts, all_answer=True).run()
    print(figures)  # noqa: T201 - shown with a test that failed
    assert wrong(figures) == []
    assert figures["dropped"] > 0, "with lines that ring when the agents leave, somebody has no agent"
    assert set(figures["outcomes"]) >= {"ANSWERED", "DROP"}


async def test_networks_and_fax_machines_are_told_from_people(tmp_path: Path, prompts: Path) -> None:
    """People say a hello-long tone here, since only who is no person is to be found out."""
    site = tmp_path / "site"
    shutil.copytree(SITE, site)
    written = (site / "site.yaml").read_text()
    (site / "site.yaml").write_text(
        written.replace("    ring: 15s\n", "    ring: 15s\n    machines: timing\n")
    )
    quiet = np.zeros(1600, dtype=np.int16)
    sit = np.concatenate([tone(950, 0.33), tone(1400, 0.33), tone(1800, 0.33), quiet, tone(400, 4.0)])
    fax = tone(2100, 4.0)
    hello = np.concatenate([quiet, tone(310, 0.35), quiet])
    sounds = {
        f"{place:02}": write_wav(tmp_path / f"{place}.wav", sound.astype("<i2").tobytes())
        for place in range(35)
        for sound in [sit if place % 3 == 0 else fax if place % 3 == 1 else hello]
    }
    trial = Trial(
        tmp_path, Effort(4, 12.0, 120, 3.0), prompts=prompts, site=site, sounds=sounds,
        all_answer=True, kill=False,
    )  # fmt: skip
    figures = await asyncio.wait_for(trial.run(), 150)
    print(figures)  # noqa: T201
    assert {"AM", "FAX", "ANSWERED"} <= set(figures["outcomes"])
    assert figures["judged"]["machine"] == figures["outcomes"]["AM"] + figures["outcomes"]["FAX"]
    assert figures["dnc_called"] == figures["dialled_twice"] == figures["after_log_out"] == 0


async def test_asterisk_tells_machines_from_people(tmp_path: Path, prompts: Path) -> None:
    """By its own detector, and through a kill in the middle of judgements."""
    site = tmp_path / "site"
    shutil.copytree(SITE, site)
    written = (site / "site.yaml").read_text()
    (site / "site.yaml").write_text(
        written.replace("    ring: 15s\n", "    ring: 15s\n    machines: asterisk\n")
    )
    espeak = EspeakNg(private_prefix())
    machine = await espeak.synthesize(
        "You have reached the voice mail of Jane Smith, please leave words.", "en"
    )
    hello = bytes(4800) + await espeak.synthesize("Hello?", "en")
    sounds = {
        f"{place:02}": write_wav(tmp_path / f"{place}.wav", machine if place % 2 else hello)
        for place in range(35)
    }
    trial = Trial(
        tmp_path, Effort(4, 16.0, 200, 6.0), prompts=prompts, site=site, sounds=sounds, all_answer=True
    )  # fmt: skip
    figures = await asyncio.wait_for(trial.run(), 150)
    print(figures)  # noqa: T201
    assert {"AM", "ANSWERED"} <= set(figures["outcomes"])
    assert figures["judged"]["machine"] == figures["outcomes"]["AM"]
    assert figures["judged"]["human"] >= figures["outcomes"]["ANSWERED"]
    assert figures["lost_outcomes"] == figures["drops_without_message"] == 0
    assert figures["dnc_called"] == figures["dialled_twice"] == figures["after_log_out"] == 0
