"""Who has somebody new to hear, also after a restart."""

from __future__ import annotations

import pytest

from telephony.asterisk.newcomers import Newcomers

TALK = "talk-1"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def newcomers(told: list[str]) -> Newcomers:
    newcomers = Newcomers()
    newcomers.takers.append(told.append)
    return newcomers


def test_the_first_talk_is_heard_anyway(newcomers: Newcomers, told: list[str]) -> None:
    newcomers.joined(TALK, ["caller", "agent-1"])
    assert told == []


def test_the_next_agent_is_new_to_the_caller(newcomers: Newcomers, told: list[str]) -> None:
    newcomers.joined(TALK, ["caller", "agent-1"])
    newcomers.joined("talk-2", ["caller", "agent-2"])
    assert told == ["caller"]


def test_a_restart_in_the_first_talk_forgets_nobody(newcomers: Newcomers, told: list[str]) -> None:
    newcomers.found(TALK, ["caller", "agent-1"])
    assert told == []
    newcomers.joined("talk-2", ["caller", "agent-2"])
    assert told == ["caller"]


def test_what_a_gap_hid_is_found(newcomers: Newcomers, told: list[str]) -> None:
    newcomers.joined(TALK, ["caller", "agent-1"])
    newcomers.found(TALK, ["caller", "agent-2"])
    assert told == ["caller"]
    newcomers.found(TALK, ["caller", "agent-2"])
    assert told == ["caller"]
