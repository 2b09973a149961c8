"""Listeners to whole calls: when they begin, whom they hear, when they end, and what a restart leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from callflow.listening.ears import NOTHING
from callflow.listening.service import DIED
from records import events as e
from records.folds.call_record import CallRecordFold
from tests.listening.house import Noting, Office, WholeCall, arrived, ends, talk_ends, talks, waits
from tests.listening.logs import SINCE

if TYPE_CHECKING:
    from callflow.protocol import About

CALLER, FIRST, SECOND = 1, 2, 3
"""Sounds."""


@pytest.fixture(autouse=True)
def _forget() -> None:
    Noting.made.clear()


async def office(rule: dict[str, Any] | None = None, **more: Any) -> Office:
    kinds = {"emotion": WholeCall, "voice": Noting}
    made = Office({"emotion": rule or {}}, kinds, **more)
    await made.service.start()
    return made


def listener() -> WholeCall:
    one = Noting.made[-1]
    assert isinstance(one, WholeCall)
    return one


async def test_one_listener_hears_menu_wait_and_talks() -> None:
    house = await office()
    await house.happens(*arrived())
    house.say("c-leg", CALLER)
    await house.happens(waits("cards"))
    house.say("c-leg", CALLER)
    await house.happens(talks("cards"))
    house.say("c-leg", CALLER)
    house.say("c-1001", FIRST)
    await house.happens(talk_ends("cards", by="transfer"))
    await house.happens(waits("sales"))
    house.say("c-1001", FIRST)  # who is not heard any more
    await house.happens(talks("sales", "1002"))
    house.say("c-1002", SECOND)
    assert house.media.legs == ["c-1002", "c-leg"]
    await house.happens(talk_ends("sales", "1002"), ends())
    assert len(Noting.made) == 1
    answered = SINCE + 1
    assert listener().heard == [
        ("caller", round((SINCE + at - answered) * 8000), CALLER) for at in (1, 2, 3)
    ] + [("agent", 16000, FIRST), ("agent", 40000, SECOND)]
    assert listener().moves == ["cards", "sales"]
    [began] = house.all(e.ListeningBegan)
    assert (began.talk, began.sides, began.resumed) == ("", {"caller": "c-leg"}, False)
    [ended] = house.all(e.ListeningEnded)
    assert (ended.talk, ended.agent, ended.early, ended.failed) == ("", "", "", "")
    assert ended.result == {"frames": 5, "seconds": 6.0}
    assert ended.heard_s == {"caller": 0.06, "agent": 0.04}
    assert house.media.taps == []
    assert len(house.service._calls) == 0
    assert house.service._ears == {}
    assert house.service._reported == {}


async def test_an_agent_who_comes_back_is_heard_again() -> None:
    house = await office()
    await house.happens(*arrived())
    for _ in range(2):  # the same line
        await house.happens(talks("cards"))
        house.say("c-1001", FIRST)
        await house.happens(talk_ends("cards"))
    assert [sound for side, _, sound in listener().heard if side == "agent"] == [FIRST, FIRST]


async def test_a_line_that_opens_too_late_is_closed() -> None:
    house = await office()
    await house.happens(*arrived())
    house.media.slow = asyncio.Event()
    await house.happens(talks("cards"))
    await house.happens(talk_ends("cards"))
    await house.happens(talks("sales", "1002"))
    house.media.slow.set()
    await house.happens()
    await house.happens()
    assert house.media.legs == ["c-1002", "c-leg"]
    house.say("c-1002", SECOND)
    assert listener().heard[-1][2] == SECOND


async def test_it_knows_its_call() -> None:
    house = await office()
    house.numbers["c-person"] = "+4930123456"
    await house.happens(*arrived())
    about: About = listener().about
    assert (about.call, about.language, about.queue, about.country) == ("c", "en", "", "DE")


async def test_phones_of_the_house_are_not_heard() -> None:
    house = await office()
    await house.happens(
        e.CallArrived(call="c", leg="l", dialed="*11", trunk="phone-1", subject="s"), e.CallAnswered(call="c")
    )
    placed = e.CallPlaced(
        call="p", leg="p-p", purpose="agent", reference="r", to="1002", trunk="", subject="s", phone="x"
    )
    await house.happens(placed, e.CallAnswered(call="p"))
    assert house.all(e.ListeningBegan) == []


async def test_placed_calls_are_heard_from_the_answer_on() -> None:
    house = await office()
    placed = e.CallPlaced(
        call="p", leg="p-p", purpose="callback", reference="r", to="…42", trunk="t", subject="s"
    )
    await house.happens(placed)
    await house.happens(e.DialStarted(call="p", leg="p-p2", to="…42"))
    assert house.all(e.ListeningBegan) == []
    await house.happens(e.CallAnswered(call="p"))
    assert house.media.legs == ["p-p2"]


async def test_who_moves_to_where_it_is_off_is_heard_no_more() -> None:
    house = await office({"not_queues": ["vip"]})
    await house.happens(*arrived())
    house.say("c-leg", CALLER)
    await house.happens(waits("vip"))
    assert house.media.taps == []
    await house.happens(waits("cards"))  # each listener hears a call once
    await house.happens(ends())
    [ended] = house.all(e.ListeningEnded)
    assert (ended.early, ended.result) == ("not_queues", {"frames": 1, "seconds": 1.0})
    assert len(house.all(e.ListeningBegan)) == 1


async def test_it_begins_where_it_is_first_allowed() -> None:
    house = await office({"queues": ["cards"]})
    await house.happens(*arrived())
    assert house.all(e.ListeningBegan) == []
    await house.happens(waits("cards"), after=9.0)
    house.say("c-leg", CALLER)
    assert listener().heard == [("caller", 72000, CALLER)]  # counted from the answer all the same
    assert listener().about.queue == "cards"


async def test_consent_opens_and_closes_its_ears() -> None:
    house = await office({"consent": True})
    await house.happens(*arrived())
    assert house.media.taps == []
    await house.happens(e.ConsentGiven(call="c", to="emotion", how="key 1"))
    house.say("c-leg", CALLER)
    assert house.media.legs == ["c-leg"]
    await house.happens(e.ConsentRefused(call="c", to="emotion", how="key 2"))
    assert house.media.taps == []
    [ended] = house.all(e.ListeningEnded)
    assert (ended.early, ended.result["frames"]) == ("consent", 1)


async def test_events_that_come_together_make_one_listener() -> None:
    house = await office()
    await house.happens(*arrived(), waits("cards"), talks("cards"), talk_ends("cards"), ends())
    assert len(house.all(e.ListeningBegan)) == len(house.all(e.ListeningEnded)) == 1


async def test_talks_are_heard_beside_it() -> None:
    kinds = {"emotion": WholeCall, "voice": Noting}
    house = Office({"emotion": {}, "voice": {"queues": ["cards"]}}, kinds)
    await house.service.start()
    await house.happens(*arrived())
    await house.happens(talks("cards"))
    assert house.service.in_status() == {"talks_listened_to": 1, "calls_listened_to": 1}
    await house.happens(talk_ends("cards"))
    assert [(one.listener, one.talk) for one in house.all(e.ListeningEnded)] == [("voice", "c-1001")]
    await house.happens(ends())
    assert [(one.listener, one.talk) for one in house.all(e.ListeningEnded)][1:] == [("emotion", "")]


async def test_the_next_controller_listens_on() -> None:
    dead = await office()
    await dead.happens(*arrived())
    await dead.happens(talks("cards"))
    house = await office(log=dead.log)
    for _ in range(3):
        await house.happens()
    assert house.media.legs == ["c-1001", "c-leg"]
    began = house.all(e.ListeningBegan)
    assert [(one.resumed, sorted(one.sides)) for one in began] == [
        (False, ["caller"]),
        (True, ["agent", "caller"]),
    ]
    house.say("c-leg", CALLER)
    await house.happens(talk_ends("cards"), ends())
    [ended] = house.all(e.ListeningEnded)
    assert (ended.failed, ended.heard_s) == ("", {"caller": 0.02})


async def test_a_call_that_was_answered_just_before_the_kill_is_heard_after_it() -> None:
    dead = Office({}, {})
    await dead.service.start()
    await dead.happens(*arrived())
    house = await office(log=dead.log)
    assert [one.resumed for one in house.all(e.ListeningBegan)] == [False]


async def test_a_call_that_ended_meanwhile_is_reported() -> None:
    dead = await office()
    await dead.happens(*arrived())
    house = await office(log=[*dead.log[:-1], dead.log[-1]])
    house.media.gone.add("c-leg")
    await house.happens(ends())
    assert [one.failed for one in house.all(e.ListeningEnded)] == [NOTHING]
    killed = [one for one in house.log if not isinstance(one.event, e.ListeningEnded)]
    last = await office(log=killed)  # it died between the call's end and the report
    assert [one.failed for one in last.all(e.ListeningEnded)] == [DIED]
    assert len(last.service._calls) == 0


async def test_a_rule_that_is_gone_leaves_nobody_listening() -> None:
    dead = await office()
    await dead.happens(*arrived())
    house = Office({}, {}, log=dead.log)
    await house.service.start()
    assert [one.failed for one in house.all(e.ListeningEnded)] == [DIED]


async def test_a_snapshot_holds_it_all() -> None:
    dead = await office({"consent": True})
    await dead.happens(*arrived(), e.ConsentGiven(call="c", to="emotion", how="key 1"))
    await dead.happens(waits("cards"))
    state = msgspec.json.decode(msgspec.json.encode(dead.service.snapshot()))
    house = Office({"emotion": {"consent": True}}, {"emotion": WholeCall})
    house.service.restore(state)
    for one in dead.log:
        house.live.replay(one)
    await house.service.start()
    assert [one.resumed for one in house.all(e.ListeningBegan)] == [True]
    assert listener().about.queue == "cards"
    house.service.restore({"talks": [], "consulted": {}})  # of a version that knew of talks alone


async def test_the_record_has_what_it_made_of_the_call() -> None:
    house = await office()
    await house.happens(*arrived())
    house.say("c-leg", CALLER)
    await house.happens(ends())
    fold = CallRecordFold()
    records = [record for one in house.log for record in fold.apply(one)]
    assert records[-1].listening == {"emotion": {"frames": 1, "seconds": 1.0}}


async def test_one_that_raises_when_it_is_told_has_failed() -> None:
    class Angry(WholeCall):
        def moved(self, queue: str) -> None:
            raise ValueError(f"not {queue}")

    house = Office({"emotion": {}}, {"emotion": Angry})
    await house.service.start()
    await house.happens(*arrived())
    await house.happens(waits("cards"))
    await house.happens(ends())
    assert [one.failed for one in house.all(e.ListeningEnded)] == ["ValueError: not cards"]
