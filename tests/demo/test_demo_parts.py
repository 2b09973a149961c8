from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from callflow.demo import main, proof
from callflow.demo.play import result
from callflow.demo.timeline import Timeline
from records import events as e
from records.events import Recorded
from speech.tones import tone
from telephony.peers.softphone import Heard

if TYPE_CHECKING:
    from records.events import AnyEvent

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _recorded(seq: int, event: AnyEvent) -> Recorded:
    at = NOW + timedelta(seconds=seq)
    return Recorded(site="s", node="n", stream="main", seq=seq, epoch=1, at=at, event=event)


def test_timeline_follows_one_call_and_the_demo_agents() -> None:
    out = StringIO()
    timeline = Timeline(Console(file=out, width=200, color_system=None), frozenset({"1002"}))
    timeline.call = "c1"
    happened: list[AnyEvent] = [
        e.CallArrived(call="c1", leg="l", dialed="1000", trunk="loopback", subject="s"),
        e.CallArrived(call="c2", leg="l", dialed="1000", trunk="loopback", subject="s"),
        e.AgentStateChanged(agent="1002", before="paused", after="ready"),
        e.AgentStateChanged(agent="1009", before="paused", after="ready"),
        e.CallEnded(call="c1", outcome="completed", by="caller", cause="normal"),
    ]
    for seq, event in enumerate(happened):
        timeline.show(_recorded(seq, event))
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert lines == [
        "0.000 caller dials 1000 by way of trunk loopback, and hears ringing",
        "2.000 agent 1002: paused → ready",
        "4.000 end call over: completed, by caller",
    ]


def test_result_names_what_did_not_come_true() -> None:
    told = result(None, None, "the caller hears music: not within 8 s")
    assert told["result"] == "failed"
    assert told["reason"] == "the caller hears music: not within 8 s"
    told = result(None, None, "")
    assert told["result"] == "failed", "nothing was heard"
    assert "caller heard agent: no" in told["reason"]


def test_sound_and_silence() -> None:
    silence = bytes(16000)
    music = tone(500, 1.0).tobytes()
    assert proof.sound_heard(Heard(8000, silence), 0) == 0
    assert proof.sound_heard(Heard(8000, silence + music), 0) == pytest.approx(1.0)
    assert proof.sound_heard(Heard(8000, music + silence), len(music)) == 0
    assert proof.sound_heard(Heard(8000, b""), 0) == 0


def test_tone_counts_from_a_moment_on() -> None:
    heard = Heard(8000, np.concatenate([tone(440, 2.0), tone(1000, 2.0)]).tobytes())
    assert proof.tone_heard(heard, 0, 440)
    assert not proof.tone_heard(heard, 32000, 440)
    assert proof.tone_heard(heard, 32000, 1000)


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "Example: ringhall demo --json" in capsys.readouterr().out


def test_without_a_prefix_the_remedy_is_told(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    monkeypatch.setenv("RINGHALL_PREFIX", str(empty))
    monkeypatch.setenv("RINGHALL_HOME", str(empty / "home"))
    assert main(["--json"]) == 1
    told = capsys.readouterr()
    assert "make setup" in told.out
    assert "Traceback" not in told.out + told.err
