"""Who is told what of a caller's voice, over transfers and restarts, and what conditions read of it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from callflow.protocol import House, Located
from emotion.live.listener import EmotionListener, Terms
from emotion.live.section import EmotionDefinition
from emotion.live.service import EmotionService
from emotion.live.wording import SUGGESTED, in_language
from emotion.signals import STATES
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MORNING = 1_800_000_000.0
TODAY = "heard.emotion.angry_calls_today"


class Floor:
    """A runtime whose log is a list."""

    def __init__(self, **site: Any) -> None:
        self.now = MORNING
        self.clock = SimpleNamespace(now=lambda: self.now)
        self.log: list[e.Recorded] = []
        self._takers: list[Callable[[e.Recorded], None]] = []
        self.service = EmotionService.create(self)  # type: ignore[arg-type]
        self.service.configure({"emotion": EmotionDefinition(**site)}, "v")

    def all_of(self, kind: type[Any]) -> list[Any]:
        return [self] if kind in (House, Located) else []

    def house_language(self) -> str:
        return "en"

    def midnight(self, now: float) -> float:
        return now - now % 86_400.0

    def subscribe(self, taker: Callable[[e.Recorded], None], *_kinds: type[e.Event]) -> None:
        self._takers.append(taker)

    def record(self, *events: Any) -> None:
        for event in events:
            at = datetime.fromtimestamp(self.now, UTC)
            one = e.Recorded(site="s", node="n", stream="x", seq=len(self.log), epoch=1, at=at, event=event)
            self.log.append(one)
            for taker in self._takers:
                taker(one)

    async def day(self, *events: e.Event) -> list[e.Event]:
        """Give what is told after these."""
        if not self._takers:
            await self.service.start()
        before = len(self.log)
        self.record(*events)
        return [one.event for one in self.log[before:] if isinstance(one.event, e.HintGiven | e.EmotionAlarm)]


@pytest.fixture(autouse=True)
def _terms() -> Iterator[None]:
    yield
    EmotionListener.follow(Terms())


def arrives(call: str = "c", subject: str = "p") -> e.Event:
    return e.CallArrived(call=call, leg=call, dialed="2000", trunk="t", subject=subject)


def noted(signal: str, call: str = "c", side: str = "caller", until: float = 0.0, **detail: Any) -> e.Event:
    return e.SignalNoted(
        call=call, listener="emotion", talk="", signal=signal, side=side, at_s=9.0, value=0.9,
        confidence=0.8, detail={"trend": "rising"} | detail, until=until,
    )  # fmt: skip


def connects(agent: str, call: str = "c") -> e.Event:
    return e.CallConnected(offer=f"{call}-{agent}", call=call, queue="cards", agent=agent, wait_s=1.0)


def talk_ends(agent: str) -> e.Event:
    return e.TalkEnded(call="c", queue="cards", agent=agent, by="transfer", talk_s=9.0)


def ends(call: str = "c") -> e.Event:
    return e.CallEnded(call=call, outcome="completed", by="caller", cause="normal")


async def test_who_talks_with_the_caller_is_told() -> None:
    floor = Floor(suggestions={"angry": {"en": "Breathe."}})
    assert await floor.day(arrives(), noted("calm"), connects("1001"), noted("calm")) == []
    [hint] = await floor.day(noted("angry"))
    assert isinstance(hint, e.HintGiven)
    assert (hint.agent, hint.queue, hint.signal, hint.trend) == ("1001", "cards", "angry", "rising")
    assert hint.wording["en"] == "Breathe."  # the site's
    assert hint.wording["de"] == SUGGESTED["angry"]["de"]  # ours
    assert await floor.day(noted("angry")) == []  # told anew is nothing new
    [calmer] = await floor.day(noted("calm"))
    assert isinstance(calmer, e.HintGiven)
    assert calmer.signal == "calm"


async def test_nobody_is_told_while_the_caller_waits_and_the_agent_at_once_when_they_meet() -> None:
    floor = Floor()
    assert await floor.day(arrives(), noted("angry")) == []
    [hint] = await floor.day(connects("1001"))
    assert isinstance(hint, e.HintGiven)
    assert hint.agent == "1001"


async def test_the_next_agent_is_told_and_the_first_one_no_more() -> None:
    floor = Floor()
    await floor.day(arrives(), connects("1001"), noted("angry"))
    assert await floor.day(talk_ends("1001"), noted("raised")) == []
    [hint] = await floor.day(connects("1002"))
    assert isinstance(hint, e.HintGiven)
    assert (hint.agent, hint.signal) == ("1002", "raised")


async def test_lasting_anger_alarms_and_names_no_agent() -> None:
    floor = Floor()
    await floor.day(arrives(), connects("1001"), noted("angry"))
    [alarm] = await floor.day(noted("angry", alarm_s=20.0))
    assert isinstance(alarm, e.EmotionAlarm)
    assert (alarm.call, alarm.queue, alarm.angry_s) == ("c", "cards", 20.0)
    assert "agent" not in e.EmotionAlarm.__struct_fields__


async def test_of_agents_nothing_is_told_to_anybody() -> None:
    floor = Floor(agents={"on": "yes", "reason": "safety of the crew on watch"})
    assert EmotionListener.sides == ("caller", "agent")
    await floor.day(arrives(), connects("1001"))
    assert await floor.day(noted("angry", side="agent"), noted("angry", side="agent", alarm_s=20.0)) == []
    assert floor.service.call_fact("c", TODAY) == "0"


async def test_the_notice_of_agents_is_in_status_and_gone_with_the_setting() -> None:
    floor = Floor(agents={"on": "yes", "reason": "safety of the crew on watch"})
    notice = str(floor.service.in_status()["notices"])
    assert "safety of the crew on watch" in notice
    floor.service.configure({}, "w")
    assert floor.service.in_status() == {}
    assert EmotionListener.sides == ("caller",)


async def test_overlap_hears_when_agents_speak_and_is_off_when_left_out() -> None:
    floor = Floor(overlap="yes")
    assert set(EmotionListener.sides) == {"caller", "agent"}
    assert EmotionListener.terms.overlap
    assert not EmotionListener.terms.agents
    assert floor.service.in_status() == {}
    floor.service.configure({"emotion": EmotionDefinition()}, "w")
    assert set(EmotionListener.sides) == {"caller"}


async def test_earlier_angry_calls_of_the_same_caller_today_are_counted() -> None:
    floor = Floor()
    await floor.day(arrives("a"), noted("angry", "a"), noted("angry", "a"))
    assert floor.service.call_fact("a", TODAY) == "0"  # not itself
    await floor.day(ends("a"), arrives("b"), noted("calm", "b"), ends("b"))
    await floor.day(arrives("other", "somebody"), arrives("c"))
    assert floor.service.call_fact("c", TODAY) == "1"
    assert floor.service.call_fact("other", TODAY) == "0"
    assert floor.service.call_fact("c", "heard.emotion.signal") is None
    floor.now += 86_400.0
    assert floor.service.call_fact("c", TODAY) == "0"


async def test_who_withdraws_consent_has_not_been_angry() -> None:
    floor = Floor()
    await floor.day(arrives("a"), noted("angry", "a"))
    await floor.day(e.ConsentRefused(call="a", to="emotion", how="key 2"), ends("a"), arrives("c"))
    assert floor.service.call_fact("c", TODAY) == "0"


async def test_a_restart_forgets_nothing() -> None:
    floor = Floor()
    await floor.day(arrives("a"), noted("angry", "a"), ends("a"), arrives(), connects("1001"), noted("angry"))
    state = msgspec.json.decode(msgspec.json.encode(floor.service.snapshot()))
    again = Floor()
    again.service.restore(state)
    assert again.service.call_fact("c", TODAY) == "1"
    assert await again.day(noted("angry")) == []
    [hint] = await again.day(noted("calm"))
    assert isinstance(hint, e.HintGiven)
    assert hint.agent == "1001"


def test_what_is_over_is_given_out_no_more() -> None:
    hint = e.HintGiven(
        call="c", agent="1", queue="q", listener="emotion", signal="angry", at_s=1, confidence=1,
        trend="", wording={}, until=MORNING,
    )  # fmt: skip
    alarm = e.EmotionAlarm(
        call="c", queue="q", listener="emotion", at_s=1, angry_s=20, confidence=1, until=MORNING
    )
    for one in (hint, alarm, noted("angry", until=MORNING)):
        assert e.is_withheld(one, MORNING)
        assert not e.is_withheld(one, MORNING - 1)


def test_there_is_a_suggestion_for_every_signal_in_three_languages() -> None:
    assert set(SUGGESTED) == set(STATES)
    assert all(set(texts) == {"en", "de", "zh"} for texts in SUGGESTED.values())
    assert in_language({"en": "a", "de": "b"}, "de-AT") == "b"
    assert in_language({"en": "a", "de": "b"}, "fr") == "a"
    assert in_language({}, "fr") == ""
