"""The examples of docs/listeners.md work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from callflow import parts
from ivr.load import Source, load
from speech.tones import tone
from telephony.media import Frame

DOC = (Path(__file__).parents[2] / "docs" / "listeners.md").read_text("utf-8")
SITE = """
site: S
time_zone: UTC
languages: [en]
numbers: {{"1": sales, "2": support, "3": vip, "4": operator}}
skills: [s]
queues:
  sales: {{needs: {{s: 1}}}}
  support: {{needs: {{s: 1}}}}
  vip: {{needs: {{s: 1}}}}
menus:
  sales:
    - consent: {{to: {asks}, say: Agree, yes: "1"}}
{steps}
    - queue: sales
  support: [queue: support]
  vip: [queue: vip]
  operator: [hangup]
{listeners}
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOC, re.DOTALL)


def problems(listeners: str, steps: str = "", asks: str = "recording") -> list[str]:
    written = "".join(f"    {line}\n" for line in steps.splitlines())
    text = SITE.format(listeners=listeners, steps=written.rstrip(), asks=asks)
    found = load([Source("site.yaml", Path(), text.encode())], parts.stage_types(), parts.sections()).problems
    return [f"{one.line}: {one.message}. {one.remedy}" for one in found if one.severity == "error"]


def test_the_listener_hears() -> None:
    names: dict[str, Any] = {}
    exec(blocks("python")[0], names)  # noqa: S102 - our own page
    listener = names["Loudness"].create()
    quiet, loud = tone(440, 2.0, level_db=-40.0).tobytes(), tone(440, 2.0, level_db=-3.0).tobytes()
    signals = []
    for place in range(100):
        part = slice(place * 320, (place + 1) * 320)
        signals += listener.feed("caller", Frame(place * 160, loud[part]))
        signals += listener.feed("agent", Frame(place * 160, quiet[part]))
    assert [(one.signal, one.side, one.at_s) for one in signals] == [
        ("shouting", "caller", 0.98),
        ("shouting", "caller", 1.98),
    ]
    assert listener.result(2.0) == pytest.approx({"caller_db": -6.0, "agent_db": -43.0}, abs=0.2)


def test_the_dialplan_is_right() -> None:
    listeners, steps = blocks("yaml")
    assert problems(listeners, steps, "voice_activity") == []


def test_mistakes_are_told_with_the_nearest_name() -> None:
    assert problems("listeners: {voice_activty: {}}") == [
        '19: no listener "voice_activty" is installed.'
        ' Did you mean "voice_activity"? There are: emotion, voice_activity.'
    ]
    [wrong] = problems("listeners: {voice_activity: {queues: [sails]}}")
    assert wrong.startswith("19: there is no queue")
    [wrong] = problems("listeners: {voice_activity: {numbers: [all]}}")
    assert '"all" is no phone number' in wrong
