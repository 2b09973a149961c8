"""What a campaign is besides dialling: previews, dispositions, promised callbacks, callers who go first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from acd.config import QueueDefinition
from acd.core import inputs as i
from acd.core.states import State
from callflow.stages.trunks import TrunkDefinition
from outbound.dialer.errors import CampaignError
from outbound.dialer.floor_view import floor_of
from outbound.leads.lead import HIGHEST_PRIORITY, PROMISED
from outbound.leads.numbers import read_number
from outbound.ledger.entry import Disposed, Refusal
from outbound.store import do_not_call
from outbound.store import leads as stored
from outbound.store.lists import delete_list
from records import events as e
from telephony.ari.fake import Behaviour
from tests.outbound.house import Dialing, a_dialing_house, campaign

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


async def hang_up(house: Dialing) -> None:
    """Let those who were called hang up."""
    for leg in [leg for leg in house.asterisk.channels if leg.endswith("-p")]:
        house.asterisk.hang_up(leg)
    await asyncio.sleep(0.2)


async def test_in_preview_the_agent_is_there_first(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path, spring=campaign(mode="preview", message=None)) as house:
        [number] = house.leads(1, Behaviour.answers(4.0), name="Ada", more={"plan": "gold"})
        house.seat(1, Behaviour.answers(6.0))  # who reads before they take it
        await house.begin()
        await house.until(lambda: house.events(e.OfferMade))
        [begun], [placed] = house.events(e.AttemptBegun), house.events(e.CallPlaced)
        screen = house.service.screen(placed.call)
        assert (screen.name, screen.more, screen.number) == ("Ada", {"plan": "gold"}, number)
        attempt = house.service.attempts.of_call(placed.call)
        assert attempt is not None
        assert house.service.agent_of(attempt) == "1001"
        await asyncio.sleep(5.0)
        assert not house.called(number), "the agent has not taken it yet"
        await house.until(lambda: house.events(e.CallConnected))
        assert house.called(number) == 1
        await hang_up(house)
        [entry] = await house.until_over(1)
        assert (entry.outcome, entry.attempt) == ("ANSWERED", begun.call)


async def test_what_the_agent_says_counts_during_the_talk_and_after_it(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        first, second = house.leads(2, Behaviour.answers(2.0))
        house.seat()
        await house.begin()
        await house.until(lambda: len(house.events(e.CallConnected)) == 1)
        house.service.dispose(house.events(e.CallPlaced)[0].call, "SALE", "1001")
        await hang_up(house)
        await house.until(lambda: len(house.events(e.CallConnected)) == 2)
        await hang_up(house)
        sale, other = await house.until_over(2)
        assert [sale.outcome, other.outcome] == ["SALE", "ANSWERED"]
        house.service.dispose(house.events(e.CallPlaced)[1].call, "DNC", "1001")
        await house.until(lambda: house.lead(second).last_outcome == "DNC")
        [said] = [entry for entry in house.entries() if isinstance(entry, Disposed)]
        assert (said.attempt, said.outcome, said.by) == (other.attempt, "DNC", "1001")
        assert house.lead(first).last_outcome == "SALE"
        house.leads(
            2, Behaviour.answers(2.0), priority=PROMISED
        )  # even a promise to somebody who wants no call
        await house.begin()
        await house.until(lambda: house.called(first) == 2, 120)
        await hang_up(house)
        await asyncio.sleep(60)
        assert house.called(second) == 1
        with pytest.raises(CampaignError, match="no call of a campaign"):
            house.service.dispose("nonsense", "SALE", "1001")


async def test_a_promised_callback_is_made_when_its_agent_is_there(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        [number] = house.leads(1, Behaviour.answers(2.0))
        house.seat(2)
        await house.begin()
        await house.until(lambda: house.events(e.CallConnected))
        [connected] = house.events(e.CallConnected)
        acd, now = house.house.controller.acd, house.service.now()
        house.service.dispose(
            connected.call, "CALLBK", connected.agent, again_at=now + 600.0, for_agent=connected.agent
        )
        await hang_up(house)
        await house.until_over(1)
        assert house.lead(number).owner == connected.agent
        await asyncio.sleep(10)
        acd.submit(i.Pause(connected.agent, "lunch"))
        await asyncio.sleep(700)
        assert house.called(number) == 1, "the other agent is free, but it is not theirs"
        acd.submit(i.Ready(connected.agent))
        await house.until(lambda: len(house.events(e.CallConnected)) == 2, 60)
        assert house.events(e.CallConnected)[1].agent == connected.agent
        await hang_up(house)
        _, again = await house.until_over(2)
        assert again.outcome == "ANSWERED"
        await house.until(lambda: house.lead(number).state == "over")


async def test_no_priority_of_a_list_frees_from_consent(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        [asked_for] = house.leads(1, Behaviour.busy(), consent="", priority=PROMISED)
        [cold] = house.leads(1, Behaviour.busy(), first=1, consent="", priority=HIGHEST_PRIORITY)
        house.seat()
        await house.begin()
        await house.until(lambda: house.called(asked_for))
        await asyncio.sleep(60)
        assert not house.called(cold)


async def test_callers_go_first(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path, spring=campaign(blend={"keep_idle": 1})) as house:
        house.leads(20, Behaviour.answers(2.0))
        house.seat(1)
        await house.begin()
        await asyncio.sleep(30)
        assert not house.events(e.DialStarted), "one agent is kept for callers"
        house.seat(2)
        await house.until(lambda: house.events(e.CallConnected))
        caller = house.asterisk.call_in("1000")
        await house.until(lambda: len(house.events(e.CallConnected)) == 2)
        waiting = house.asterisk.call_in("1000")
        await hang_up(house)
        await house.until(lambda: len(house.events(e.CallConnected)) == 3)
        assert len(house.events(e.DialStarted)) == 1, "the caller who waited has the agent"
        for leg in (caller, waiting):
            house.asterisk.hang_up(leg)
        await house.until(lambda: len(house.events(e.DialStarted)) == 2)


async def test_who_gave_up_waiting_is_called_unless_they_called_again_or_it_is_too_late(
    tmp_path: Path,
) -> None:
    abandoned = {"queues": ["sales"], "after": "10s", "rest": "60s", "within": "20m"}
    async with a_dialing_house(tmp_path, spring=campaign(abandoned=abandoned)) as house:
        called, reached, hasty, late = house.leads(4, Behaviour.answers(3.0), consent="")
        await house.begin()

        async def gives_up(number: str, waits_s: float) -> None:
            leg = house.asterisk.call_in("1000", number=number)
            await asyncio.sleep(waits_s + 3.0)
            house.asterisk.hang_up(leg)
            await asyncio.sleep(0.5)

        await gives_up(late, 30.0)
        await asyncio.sleep(1200)
        await gives_up(called, 30.0)
        await gives_up(reached, 30.0)
        await gives_up(hasty, 2.0)
        house.seat()
        again = house.asterisk.call_in("1000", number=reached)
        await house.until(lambda: house.events(e.CallConnected))
        house.asterisk.hang_up(again)
        await house.until(lambda: house.called(called), 120)
        await hang_up(house)
        await asyncio.sleep(120)
        assert [house.called(one) for one in (called, reached, hasty, late)] == [1, 0, 0, 0]
        outcomes = {
            one: house.lead(number).last_outcome for one, number in (("reached", reached), ("late", late))
        }
        assert outcomes == {"reached": "CALLED_IN", "late": "EXPIRED"}


async def test_who_is_erased_is_on_no_list_any_more_also_after_a_kill(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path, spring=campaign(attempts=9)) as house:
        talked, never = house.leads(2, Behaviour.busy())
        house.seat()
        await house.begin()
        await house.until(lambda: len(house.ledger()) == 2)
        vault = house.house.controller.log.vault
        assert vault.erase_number(talked) == 1
        assert vault.erase_number(never) == 1
        await house.house.killed(0.1)  # before anything of it was done
        await house.until(lambda: len(house.events(e.LeadsErased)) == 2)
        with house.store.reading() as connection:
            left = connection.exec_driver_sql("SELECT count(*) FROM leads").scalar_one()
            kept = connection.exec_driver_sql("SELECT count(*), count(person) FROM dial_attempts").one()
        assert (left, *kept) == (0, 2, 0)
        assert not house.service.attempts.state.to_erase


async def test_hours_that_the_law_never_lets_open_are_told_of(tmp_path: Path) -> None:
    """French law ends at eight in the evening; this campaign begins at nine."""
    async with a_dialing_house(tmp_path, spring=campaign(hours={"mon-sun": "21:00-23:00"})) as house:
        number = read_number("+33 6 12 34 56 78", "FR", ["FR"])
        stored.add_lead(house.store, "march", number, consent="form 7")
        house.seat()
        await house.begin()
        await asyncio.sleep(30)
        assert "no time in common" in house.house.controller.runtime.alarms["campaign_spring"]
        assert house.service.why_idle(house.service.runs["spring"]) == "its hours never open"
        await asyncio.sleep(1800)
        assert not house.events(e.AttemptBegun)
        assert house.lead(number.e164).state == "open", "whoever mends the hours finds the lead"


async def test_a_campaign_that_leaves_the_site_lets_its_talk_go_on_also_over_a_restart(
    tmp_path: Path,
) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.leads(5, Behaviour.answers(2.0))
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.CallConnected))
        house.definitions.clear()
        house.service.configure({}, "v2")
        await house.house.killed(0.5)
        await asyncio.sleep(60)
        [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
        assert house.asterisk.hears(leg).startswith("talk")
        await hang_up(house)
        [attempt] = await house.until_over(1)
        assert (attempt.outcome, len(house.events(e.DialStarted))) == ("ANSWERED", 1)
        assert house.service.state("spring") == "stopped", "it does not begin by itself when it comes back"


class Almanac:
    """Foresees callers, and knows of one complaint."""

    low = False
    complains = ""

    def is_low(self, queue: str, now: float) -> bool:
        return self.low

    def has_open(self, subject: str) -> bool:
        return subject == self.complains


async def test_low_tide_and_open_tickets_are_waited_for_where_somebody_knows(tmp_path: Path) -> None:
    almanac = Almanac()
    async with a_dialing_house(tmp_path, spring=campaign(blend={"low_tide": "yes"})) as house:
        runtime = house.house.controller.runtime
        runtime.add(almanac)
        first, second = house.leads(2, Behaviour.busy())
        almanac.complains = house.house.controller.log.vault.subject_for(first)
        house.seat()
        await house.begin()
        await asyncio.sleep(20)
        assert not house.events(e.DialStarted)
        assert house.service.why_idle(house.service.runs["spring"]) == "many callers are foreseen"
        almanac.low = True
        await house.until(lambda: house.called(second))
        await asyncio.sleep(20)
        assert not house.called(first)


async def test_nobody_is_called_by_two_campaigns_on_a_day(tmp_path: Path) -> None:
    campaigns = {"spring": campaign(), "autumn": campaign(weight=3)}
    async with a_dialing_house(tmp_path, None, **campaigns) as house:
        people = house.leads(6, Behaviour.answers(3.0))
        house.seat(2)
        await house.begin("spring")
        await house.begin("autumn")
        for _ in range(12):
            await asyncio.sleep(10)
            await hang_up(house)
        await asyncio.sleep(60)
        assert [house.called(number) for number in people] == [1] * 6
        assert len(house.ledger()) == 6


async def test_somebody_who_is_on_the_line_is_not_called(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        [number] = house.leads(1, Behaviour.answers(3.0))
        caller = house.asterisk.call_in("1002", number=number)  # waits with us for something else
        await asyncio.sleep(1)
        house.seat()
        await house.begin()
        await asyncio.sleep(30)
        assert not house.called(number)
        [refusal] = [entry for entry in house.entries() if isinstance(entry, Refusal)]
        assert [verdict.rule for verdict in refusal.verdicts if not verdict.allowed] == ["waits"]
        house.asterisk.hang_up(caller)
        await house.until(lambda: house.called(number), 120)


async def test_a_list_that_is_deleted_is_not_dialled_on(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        people = house.leads(10, Behaviour.answers(2.0))
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.CallConnected))
        assert len(house.service.runs["spring"].hopper) == 9
        assert delete_list(house.store, "march")
        await hang_up(house)
        await asyncio.sleep(120)
        assert sum(house.called(number) for number in people) == 1


async def test_without_the_database_nobody_is_dialled(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.leads(40, Behaviour.answers(2.0))
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.CallConnected))
        store = house.store
        store.engine.dispose()
        moved = (tmp_path / "ringhall.db").rename(tmp_path / "away.db")
        (tmp_path / "ringhall.db").mkdir()  # can be no database
        await hang_up(house)
        await asyncio.sleep(30)
        dialled = len(house.events(e.DialStarted))
        assert dialled == 1
        assert "campaign_books" in house.house.controller.runtime.alarms
        (tmp_path / "ringhall.db").rmdir()
        moved.rename(tmp_path / "ringhall.db")
        await house.until(lambda: len(house.events(e.DialStarted)) > dialled, 60)
        assert "campaign_books" not in house.house.controller.runtime.alarms
        assert house.ledger(), "what could not be written is"


async def test_agents_who_never_wrap_up_are_waited_for(tmp_path: Path) -> None:
    """Their wrap-up lasts as long as they like: nobody is dialled for them, however long that is."""
    queues = {"sales": QueueDefinition(needs={"sales": 2}, auto_answer=True, wrap_up=7 * 24 * 3600.0)}
    async with a_dialing_house(tmp_path, queues, spring=campaign(mode="predictive")) as house:
        house.leads(30, Behaviour.answers(2.0))
        house.seat(2)
        await house.begin()
        for _ in range(2):
            await asyncio.sleep(10)
            await hang_up(house)
        await asyncio.sleep(1200)
        assert len(house.ledger()) == 2
        assert not [one for one in house.ledger() if one.dropped]
        assert {house.house.controller.acd.core.agent(n).state for n in ("1001", "1002")} == {State.WRAP_UP}


async def test_agents_who_leave_after_their_call_are_reckoned_with_no_more(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.leads(2, Behaviour.answers(4.0))
        house.seat(2)
        await house.begin()
        acd = house.house.controller.acd
        await house.until(lambda: len(acd.core.state.talks) == 2)

        def staff() -> int:
            return floor_of(acd.core, ["1001", "1002"], [], house.service.now()).staff

        assert staff() == 2
        acd.submit(i.LogOut("1001"))
        assert staff() == 1
        acd.submit(i.Pause("1002", "lunch"))
        assert staff() == 0
        acd.submit(i.Ready("1002"))
        assert staff() == 1


def books_die(house: Dialing) -> None:
    """Let nothing more be written, as in the instant of a kill."""
    books = house.service.books
    books.trouble = "dying"
    assert books._writing is not None
    books._writing.cancel()


async def test_no_more_calls_and_what_an_agent_said_are_kept_over_a_kill(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        talked, dropped, _ = house.leads(3, Behaviour.answers(2.0))
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.CallConnected))
        [connected] = house.events(e.CallConnected)
        await hang_up(house)
        await house.until_over(1)
        books_die(house)
        house.service.dispose(connected.call, "CALLBK", "1001", again_at=house.service.now() + 9000.0)
        await house.house.killed(0.1)
        await house.until(lambda: house.lead(talked).last_outcome == "CALLBK")
        assert house.lead(talked).priority == PROMISED
        house.seat()
        await house.until(lambda: len(house.events(e.AttemptBegun)) == 2)
        house.house.controller.acd.submit(i.LogOut("1001"))
        await house.until(lambda: house.events(e.AttemptMessage))
        [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
        books_die(house)
        house.asterisk.press(leg, "9")
        await house.until(lambda: house.events(e.RemovalAsked))
        await house.house.killed(0.1)
        person = house.store.sealer.person_of(dropped)
        await house.until(lambda: do_not_call.has(house.store, person, ""))
        await house.until(lambda: not house.service.attempts.state.removals)
        said = [entry for entry in house.entries() if isinstance(entry, Disposed)]
        assert [one.outcome for one in said] == ["CALLBK"]
        await house.house.killed(0.1)
        await asyncio.sleep(5)
        assert len([entry for entry in house.entries() if isinstance(entry, Disposed)]) == 1


async def test_a_vault_that_does_not_answer_lets_nobody_be_called_twice(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path, spring=campaign(spacing={"B": "60s"}, attempts=2)) as house:
        [number] = house.leads(1, Behaviour.busy())
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.DialStarted))
        reader = house.house.controller.log.vault._reader
        reader._rest_until = float("inf")  # as after an answer that took too long
        await house.until_over(1)
        await house.until(lambda: house.lead(number).attempts == 1)
        await asyncio.sleep(40)
        assert house.called(number) == 1


async def test_a_fault_of_the_books_stops_the_dialling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.leads(30, Behaviour.busy())
        house.seat()
        with monkeypatch.context() as broken:
            broken.setattr(house.service.books, "_settled", lambda one: 1 / 0)
            await house.begin()
            await house.until(lambda: house.service.books.trouble)
            dialled = len(house.events(e.DialStarted))
            await asyncio.sleep(60)
            assert len(house.events(e.DialStarted)) <= dialled + 1
            assert "ZeroDivisionError" in house.house.controller.runtime.alarms["campaign_books"]
        await house.until(lambda: len(house.ledger()) > dialled + 1, 60)
        assert "campaign_books" not in house.house.controller.runtime.alarms


async def test_a_trunk_with_no_line_free_is_asked_seldom(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        few = TrunkDefinition(allow=("+46 *",), most_calls=1)
        house.house.controller.trunks.configure({"carrier": few}, "v2")
        house.leads(40, Behaviour.rings())
        house.seat(2)
        await house.begin()
        await asyncio.sleep(20)
        assert len(house.events(e.DialStarted)) == 1
        assert len(house.events(e.CallPlaced)) < 12
        assert house.service.why_idle(house.service.runs["spring"]) in {
            "no line of the trunks is free (most_calls)", "",
        }  # fmt: skip


async def test_numbers_that_no_trunk_may_dial_are_probed_one_at_a_time(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.house.controller.trunks.configure({"carrier": TrunkDefinition(allow=("+47 *",))}, "v2")
        house.leads(100, Behaviour.rings())
        house.seat(2)
        await house.begin()
        await asyncio.sleep(120)
        assert not house.events(e.DialStarted)
        assert 5 <= len(house.events(e.CallPlaced)) < 15


async def test_a_promise_is_kept_in_time_though_many_others_are_at_hand(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.leads(90, Behaviour.rings())
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.DialStarted))
        assert len(house.service.runs["spring"].hopper) > 40
        house.asterisk.phone("+46709199999@carrier", Behaviour.busy())
        await house.service.add_lead("march", "+46709199999", "SE", at=house.service.now(), promised=True)
        house.service.runs["spring"].look_at = float("inf")  # only the regular look finds it
        await house.until(lambda: house.called("+46709199999"), 45)
        assert len(house.events(e.DialStarted)) <= 3, "as soon as a line is free"


async def test_at_closing_time_leads_at_hand_are_let_go(tmp_path: Path) -> None:
    """It is nine in Stockholm; the campaign ends at five past."""
    async with a_dialing_house(tmp_path, spring=campaign(hours={"mon-fri": "08:00-09:05"})) as house:
        house.leads(50, Behaviour.answers(2.0))
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.CallConnected))
        await asyncio.sleep(300)
        assert len(house.service.runs["spring"].hopper) > 20
        await hang_up(house)
        await asyncio.sleep(60)
        assert len(house.events(e.AttemptBegun)) == 1
        assert len([entry for entry in house.entries() if isinstance(entry, Refusal)]) == 1


async def test_budgets_and_what_was_learnt_are_there_after_a_restart(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.leads(2, Behaviour.answers(2.0))
        house.seat()
        await house.begin()
        await house.until(lambda: house.events(e.DialStarted))
        house.house.controller.acd.submit(i.LogOut("1001"))
        await house.until(lambda: house.events(e.AttemptMessage))
        await hang_up(house)
        await house.until_over(1)
        await house.until(lambda: not house.service.attempts.state.ended)
        kept = house.service.snapshot()
        await house.house.killed(1.0)
        assert (house.service.runs["spring"].budget.answers, house.service.runs["spring"].budget.drops) == (
            1,
            1,
        )
        assert house.service.state("spring") == "running"
        house.service.restore(kept)
        assert house.service.runs["spring"].chances._model.learnt == 1


async def test_an_agent_who_picks_up_late_costs_a_drop_and_is_offered_others(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path) as house:
        house.leads(1, Behaviour.answers(2.0))
        house.seat(1, Behaviour.rings())
        await house.begin()
        [attempt] = await house.until_over(1)
        assert attempt.dropped
        assert attempt.message_at - attempt.answered_at < 2.0
        assert house.house.controller.acd.core.agent("1001").state is State.READY
