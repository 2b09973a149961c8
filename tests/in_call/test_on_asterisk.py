"""Who hears whom, in each state of a talk: on a real Asterisk, by the tones of everybody's phone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from callflow.control_client import ControlError
from records import events as e
from tests.harness.talk import Listener
from tests.in_call.house import (
    CALLER,
    FIRST,
    MUSIC,
    NUMBER,
    OUTSIDE,
    SECOND,
    STORY_HZ,
    SUPERVISOR,
    a_house,
    in_order,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk


async def test_hold_consult_conference_and_handing_over(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        await h.ask("hold")
        await h.hear({CALLER: {MUSIC}, FIRST: set()})
        await h.ask("resume")
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}})

        await h.ask("consult", agent=SECOND)
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}})
        await h.state(FIRST, "consult")
        await h.ask("cancel")
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}})
        await h.people[SECOND].over()
        await h.state(SECOND, "ready")

        await h.ask("consult", queue="support")
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}})
        await h.ask("join")
        await h.hear({CALLER: {FIRST, SECOND}, FIRST: {CALLER, SECOND}, SECOND: {CALLER, FIRST}})
        await h.ask("complete")
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
        await h.people[FIRST].over()
        await h.people[CALLER].hang_up()
        await h.sees(e.CallEnded, outcome="completed")
        [record] = await h.server.records()
    assert (record.agent, record.outcome) == (SECOND, "completed")
    assert [(one.kind, one.to) for one in record.transfers] == [("attended", SECOND)]


async def test_a_phones_own_hold_and_transfer_keys(tmp_path: Path, prompts: Path) -> None:
    """By SIP: re-INVITE and REFER; a transfer that is refused is told, and leaves the talk as it was."""
    async with a_house(tmp_path, prompts, desk_phone=True) as h:
        await h.talk()
        phone = h.desk_phone
        await phone.hold()
        await h.state(FIRST, "hold")
        await h.hear({CALLER: {MUSIC}})
        await phone.resume()
        await h.state(FIRST, "talking")

        phone.transfer("sip:9999@127.0.0.1")  # nobody has that number, and it may not be dialed
        assert await phone.transfer_result() == 603
        await h.state(FIRST, "talking")
        assert not phone.hung_up

        await phone.hold()  # as most phones do before
        phone.transfer("sip:82@127.0.0.1")
        assert await phone.transfer_result() == 200
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
        await phone.over()
        assert (await h.sees(e.CallTransferred)).kind == "blind"
        await h.people[SECOND].hang_up()
        await h.sees(e.CallEnded, outcome="completed")


async def test_a_phones_attended_transfer_between_its_two_lines(tmp_path: Path, prompts: Path) -> None:
    """On hold on the first, asked on the second, then REFER with Replaces."""
    async with a_house(tmp_path, prompts, desk_phone=True) as h:
        await h.talk()
        phone = h.desk_phone
        await phone.hold()
        await h.state(FIRST, "hold")
        second = await phone.dial(SECOND, f"secret-{FIRST}")
        await h.state(FIRST, "consult")
        assert (await h.sees(e.ConsultBegan)).to == SECOND
        phone.transfer_to(second)
        assert await phone.transfer_result() == 200
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
        await phone.over()
        await h.people[SECOND].hang_up()
        await h.sees(e.CallEnded, outcome="completed")
        [record] = await h.server.records()
    assert [(one.kind, one.agent, one.to) for one in record.transfers] == [("attended", FIRST, SECOND)]


async def test_keys_in_the_call(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        first = h.people[FIRST]
        await first.press(f"*3{SECOND}#")
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}}, 12.0)
        await first.press("*5")
        await h.hear({CALLER: {FIRST, SECOND}, FIRST: {CALLER, SECOND}, SECOND: {CALLER, FIRST}})
        await first.press("*4")
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
        await first.over()
        await h.people[SECOND].press("*1")
        await h.state(SECOND, "hold")
        await h.people[SECOND].press("*1")
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
        await h.people[CALLER].hang_up()
        await h.sees(e.CallEnded, outcome="completed")


async def test_an_outside_number_is_consulted_joined_and_left_with_the_call(
    tmp_path: Path, prompts: Path
) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        await h.ask("consult", number=NUMBER)
        await h.outside_answers()
        await h.hear({CALLER: {MUSIC}, FIRST: {OUTSIDE}, OUTSIDE: {FIRST}})
        await h.ask("join")
        await h.hear({CALLER: {FIRST, OUTSIDE}, FIRST: {CALLER, OUTSIDE}, OUTSIDE: {CALLER, FIRST}})
        await h.people[FIRST].hang_up()
        await h.hear({CALLER: {OUTSIDE}, OUTSIDE: {CALLER}})
        await h.people[OUTSIDE].hang_up()
        await h.sees(e.CallEnded, outcome="completed")


async def test_blind_to_outside_and_what_may_not_be(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        with pytest.raises(ControlError, match="may not be dialed outside"):
            await h.ask("transfer", number="+1900555")
        with pytest.raises(ControlError, match="has the call already"):
            await h.ask("transfer", agent=FIRST)
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}})
        await h.ask("transfer", number=NUMBER)
        await h.outside_answers()
        await h.hear({CALLER: {OUTSIDE}, OUTSIDE: {CALLER}})
        await h.people[OUTSIDE].hang_up()
        await h.sees(e.CallEnded, outcome="completed")
        with pytest.raises(ControlError, match="nobody talks in call"):
            await h.ask("hold")


async def test_blind_to_a_menu(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        await h.ask("transfer", menu="story")
        await Listener(h.people[CALLER]).expect(STORY_HZ)
        await h.people[FIRST].over()
        await h.sees(e.CallEnded, outcome="completed")


async def test_killed_in_a_consultation(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        await h.ask("consult", agent=SECOND)
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}})
        await h.server.kill_controller()
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}})
        await h.server.start_controller()
        await h.state(FIRST, "consult")
        await h.ask("complete")
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
        await h.people[CALLER].hang_up()
        await h.sees(e.CallEnded, outcome="completed")


async def test_listen_whisper_barge_and_take_over(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        await h.supervisor()
        with pytest.raises(ControlError, match="listen first"):
            await h.ask("take_over", agent=SUPERVISOR)
        await h.ask("listen", agent=SUPERVISOR)
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}, SUPERVISOR: {CALLER, FIRST}})
        await h.ask("whisper", agent=SUPERVISOR)
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER, SUPERVISOR}, SUPERVISOR: {CALLER, FIRST}})
        await h.ask("barge", agent=SUPERVISOR)
        await h.hear({CALLER: {FIRST, SUPERVISOR}, FIRST: {CALLER, SUPERVISOR}, SUPERVISOR: {CALLER, FIRST}})
        await h.ask("listen", agent=SUPERVISOR)
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}, SUPERVISOR: {CALLER, FIRST}})
        await h.ask("consult", agent=SECOND)
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SUPERVISOR: {SECOND, FIRST}})
        await h.ask("complete")  # who listens follows the call
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}, SUPERVISOR: {CALLER, SECOND}})
        await h.ask("take_over", agent=SUPERVISOR)
        await h.hear({CALLER: {SUPERVISOR}, SUPERVISOR: {CALLER}})
        await h.people[SECOND].over()
        await h.state(SUPERVISOR, "talking")
        await h.people[SUPERVISOR].hang_up()
        await h.sees(e.CallEnded, outcome="completed")
        await h.state(SUPERVISOR, "paused")
        [record] = await h.server.records()
    assert [(one.kind, one.agent, one.to) for one in record.transfers] == [
        ("attended", FIRST, SECOND),
        ("takeover", SECOND, SUPERVISOR),
    ]


async def test_a_listener_is_gone_after_a_restart_and_the_talk_is_not(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        await h.supervisor()
        await h.ask("whisper", agent=SUPERVISOR)
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER, SUPERVISOR}})
        await h.server.kill_controller()
        await h.server.start_controller()
        await h.people[SUPERVISOR].over()
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}})
        assert (await h.sees(e.SupervisionEnded)).reason == "restart"
        await h.ask("listen", agent=SUPERVISOR)
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}, SUPERVISOR: {CALLER, FIRST}})
        await h.people[CALLER].hang_up()
        await h.people[SUPERVISOR].over()
        assert (await h.sees(e.SupervisionEnded, reason="talk_over")).supervisor == SUPERVISOR


async def test_the_recording_has_each_side_apart_over_hold_and_transfers(
    tmp_path: Path, prompts: Path
) -> None:
    """To the other agent and back: one of their streams has the lower RTP numbers, a trap of Asterisk's."""
    async with a_house(tmp_path, prompts) as h:
        await h.talk()
        await h.ask("consult", agent=SECOND)
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}})
        await h.ask("complete")
        await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
        await h.state(FIRST, "ready")
        await h.ask("consult", agent=FIRST)
        await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}})
        await h.ask("join")
        await h.hear({CALLER: {FIRST, SECOND}, FIRST: {CALLER, SECOND}, SECOND: {CALLER, FIRST}})
        await h.ask("complete")
        await h.hear({CALLER: {FIRST}, FIRST: {CALLER}})
        await asyncio.sleep(1)  # so that there is enough of it on the recording
        await h.people[CALLER].hang_up()
        left, right = await h.recorded()
        listened = [r.event for r in await h.server.events() if isinstance(r.event, e.ListeningEnded)]
        kept = await h.sees(e.CallRecordingKept)
    assert in_order(left) == [{CALLER}], "the caller, and nobody else"
    assert in_order(right) == [{FIRST}, {MUSIC}, {SECOND}, {MUSIC}, {FIRST, SECOND}, {FIRST}]
    assert right.seconds == pytest.approx(left.seconds, abs=0.05)
    assert kept.agents == [FIRST, SECOND]
    assert [one.agent for one in listened] == [FIRST, SECOND, FIRST], "each talk is listened to"
    assert all(one.heard_s["caller"] > 1 and one.heard_s["agent"] > 1 for one in listened), listened
