"""Dialing phones and outside numbers: what is allowed, every way it ends, and nothing left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from callflow.expressions.template import parse_template
from callflow.stages.dial import DialStage, DialStep
from callflow.stages.trunks import TrunkDefinition, TrunksService
from records import events as e
from telephony.ari.fake import Behaviour
from tests.stages.office import Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time
CARRIER = TrunkDefinition(allow=("+86 21 *", "110"), caller_number="+86 21 5550 1000", most_calls=1)


def a_dial(office: Office) -> DialStage:
    return DialStage(office.require(TrunksService))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path, a_dial).open()
    office.trunks.configure({"carrier": CARRIER}, "v1")
    yield office
    await office.close()


def dial(to: str, over: str | None = None, ring: float = 30.0) -> DialStep:
    return DialStep(dial=parse_template(to), over=over, ring=ring)


def outcomes(office: Office) -> list[str]:
    return [event.outcome for event in office.events(e.DialEnded)]


def nothing_left(office: Office) -> None:
    assert not office.asterisk.channels
    assert not [name for name in office.asterisk.bridges if name.startswith("talk-")]


async def test_a_phone_answers_and_the_two_talk(office: Office) -> None:
    office.asterisk.phone("phone-1", Behaviour.answers(3.0))
    caller = await office.call(dial("phone-1"))
    await office.rest(1)
    assert office.asterisk.hears(caller) == "music:default"
    await office.rest(3)
    [agent] = [leg for leg in office.asterisk.channels if leg != caller]
    assert office.asterisk.hears(caller) == f"talk:{agent}"
    await office.rest(20)
    office.asterisk.hang_up(agent)
    await office.ended(caller)
    [ended] = office.events(e.DialEnded)
    assert (ended.outcome, round(ended.talk_s), round(ended.rang_s)) == ("completed", 21, 3)
    nothing_left(office)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.busy(), "busy"),
        (Behaviour.rejects(), "busy"),
        (Behaviour.rings(), "no_answer"),
        (Behaviour.silent(), "no_answer"),
    ],
)
async def test_nobody_is_to_be_had(office: Office, behaviour: Behaviour, outcome: str) -> None:
    office.asterisk.phone("phone-1", behaviour)
    await office.ended(await office.call(dial("phone-1", ring=10.0)))
    assert outcomes(office) == [outcome]
    nothing_left(office)


async def test_a_phone_that_is_not_there(office: Office) -> None:
    await office.ended(await office.call(dial("phone-9")))
    assert outcomes(office) == ["failed"]
    nothing_left(office)


@pytest.mark.parametrize("when", [1.0, 5.0])
async def test_the_caller_hangs_up_while_it_rings_and_while_they_talk(office: Office, when: float) -> None:
    office.asterisk.phone("phone-1", Behaviour.answers(3.0))
    caller = await office.call(dial("phone-1"))
    await office.rest(when)
    office.asterisk.hang_up(caller)
    await office.ended(caller)
    assert outcomes(office) == ["caller_gone"]
    nothing_left(office)


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("+86 21 6666 0000", "completed"),
        ("+86 (21) 6666-0000", "completed"),
        ("{office}", "not_allowed"),
        ("110", "completed"),
        ("1100", "not_allowed"),
        ("+862", "not_allowed"),
        ("+1 900 555 0000", "not_allowed"),
        ("86216666", "not_allowed"),
        ("phone-1", "not_allowed"),
        ("", "not_allowed"),
        ("+862166660000@evil.example", "not_allowed"),
    ],
)
async def test_only_allowed_numbers_are_dialed(office: Office, number: str, outcome: str) -> None:
    for name in ("+862166660000", "110", "1100", "+862", "+19005550000", "86216666"):
        office.asterisk.phone(f"{name}@carrier", Behaviour(answers_after=1.0, refuses_after=5.0))
    office.asterisk.phone("phone-1")
    office.step = dial(number, "carrier")
    caller = office.asterisk.call_in("1000")
    await office.rest(4)
    if outcome == "completed":
        assert office.asterisk.hears(caller).startswith("talk:")
        office.asterisk.hang_up(next(leg for leg in office.asterisk.channels if leg != caller))
    await office.ended(caller)
    assert outcomes(office) == [outcome]
    assert all("6666" not in str(event) for event in office.log.recorded), "numbers are masked in the log"
    called = [leg for phone in office.asterisk.phones.values() for leg in phone.called]
    assert len(called) == (1 if outcome == "completed" else 0)


async def test_nothing_is_allowed_when_the_site_allows_nothing(office: Office) -> None:
    office.trunks.configure({}, "v2")
    await office.ended(await office.call(dial("+862166660000", "carrier")))
    assert outcomes(office) == ["not_allowed"]
    with pytest.raises(ValidationError):
        TrunkDefinition(allow=())
    with pytest.raises(ValidationError):
        TrunkDefinition(allow=("*",))


async def test_the_callee_sees_our_number_and_a_trunk_has_a_limit(office: Office) -> None:
    office.asterisk.phone("110@carrier", Behaviour.answers(1.0))
    first = await office.call(dial("110", "carrier"))
    await office.rest(2)
    [leg] = office.asterisk.phones["110@carrier"].called
    assert office.asterisk.channels[leg].variables["CONNECTEDLINE(num)"] == "+862155501000"
    second = await office.call(dial("110", "carrier"))
    await office.rest(2)
    assert second not in office.asterisk.channels
    assert outcomes(office) == ["failed"]
    office.asterisk.hang_up(first)
    await office.rest(1)
    third = await office.call(dial("110", "carrier"))
    await office.rest(2)
    assert office.asterisk.hears(third).startswith("talk:")


async def test_a_talk_on_a_trunk_is_not_endless(office: Office) -> None:
    office.trunks.configure({"carrier": TrunkDefinition(allow=("110",), longest=60.0)}, "v2")
    office.asterisk.phone("110@carrier", Behaviour.answers(1.0))
    caller = await office.call(dial("110", "carrier"))
    await office.ended(caller)
    [ended] = office.events(e.DialEnded)
    assert (ended.outcome, round(ended.talk_s)) == ("completed", 60)
    nothing_left(office)


@pytest.mark.parametrize("talking", [True, False])
async def test_a_killed_controller(office: Office, talking: bool) -> None:
    office.asterisk.phone("phone-1", Behaviour.answers(5.0))
    caller = await office.call(dial("phone-1"))
    await office.rest(10 if talking else 2)
    after = await office.killed(0.5)
    await after.rest(0.5)
    if talking:
        assert after.asterisk.hears(caller).startswith("talk:"), "the talk was not disturbed"
        assert len(after.asterisk.phones["phone-1"].called) == 1
    else:
        await after.rest(6)
        assert after.asterisk.hears(caller).startswith("talk:"), "it was dialed anew"
    after.asterisk.hang_up(caller)
    await after.ended(caller)
    nothing_left(after)
    await after.close()
