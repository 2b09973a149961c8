"""The service's shell: one timer, the log, the directory, the control socket and the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web
from pydantic import ValidationError
from typer.testing import CliRunner

from acd import commands
from acd.agent_line import AgentLineStep
from acd.config import QueueDefinition
from acd.core import inputs as i
from acd.service import AcdService
from callflow import protocol
from records import events as e
from records.database import migrate, open_engine
from records.directory import Directory
from telephony.switch import LegKind
from tests.acd.house import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telephony.switch import Survey


@pytest.mark.virtual_time
async def test_deadlines_are_kept_by_one_timer() -> None:
    house = await House().open()
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    house.ring("c1-a1")
    await house.rest(19.9)
    assert house.state("1001") == "ringing"
    await house.rest(0.2)
    assert house.state("1001") == "missed(no_answer)"
    await house.rest(40)
    assert house.state("1001") == "unreachable(lapsed)"
    house.acd.phone_seen("p1001")
    assert house.state("1001") == "missed(no_answer)"
    await house.acd.stop()


@pytest.mark.virtual_time
async def test_facts_are_recorded_before_anything_is_done() -> None:
    house = await House().open()
    await house.seat("1001")
    order: list[str] = []
    house.subscribe(lambda recorded: order.append(type(recorded.event).__name__))
    post = house.post

    def noted(call: str, message: object) -> bool:
        order.append(type(message).__name__)
        return post(call, message)

    house.post = noted  # type: ignore[method-assign]
    house.begin("c1")
    await house.rest()
    assert order == ["CallAnswered", "QueueEntered", "OfferMade", "AgentStateChanged", "MakeOffer"]


@pytest.mark.virtual_time
async def test_a_subscriber_that_asks_in_the_middle_comes_after() -> None:
    house = await House().open()
    await house.seat("1001")

    def meddle(recorded: e.Recorded) -> None:
        if isinstance(recorded.event, e.OfferMade):
            house.acd.submit(i.Pause("1001", "lunch"))

    house.subscribe(meddle)
    house.begin("c1")
    await house.rest()
    replayed = await House(log=house.log).open()
    assert replayed.acd.snapshot() == house.acd.snapshot()
    assert house.state("1001") == "paused(lunch)"
    assert house.fake.legs.keys() == {"leg.c1"}


@pytest.mark.virtual_time
async def test_an_event_that_does_not_fit_is_an_alarm_not_a_crash() -> None:
    house = House()
    house.log.append(e.OfferEnded(offer="x", call="c", queue="q", agent="1", outcome="busy", rang_s=0.0))
    await house.open()
    assert house.alarms == ["acd_log"]
    await house.seat("1001")


@pytest.mark.virtual_time
async def test_queues_that_could_not_begin_are_an_alarm_and_begin_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = await House().open()
    await before.seat("1001")
    before.begin("c1")
    await before.rest()
    survey, failures = before.fake.survey, 3

    async def broken() -> Survey:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise ValueError("what no one expected")
        return await survey()

    monkeypatch.setattr(before.fake, "survey", broken)
    house = await before.killed()
    await house.rest(1.0)
    assert house.alarms == ["acd_closed"]
    assert not house.acd.core.is_open
    await house.rest(60.0)
    assert house.alarms == []
    house.acd.phone_seen("p1001")
    await house.rest()
    assert house.acd.core.state.tickets["c1"].offer, "the caller who waited is offered"


@pytest.mark.virtual_time
async def test_a_snapshot_and_the_tail_give_the_same_state() -> None:
    house = await House().open()
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    snapshot, covered = json.loads(json.dumps(house.acd.snapshot())), len(house.log.recorded)
    await house.talk("c1")
    fresh = House(house.fake)
    fresh.acd.restore(snapshot)
    for recorded in house.log.recorded[covered:]:
        fresh.acd.replay(recorded)
    assert fresh.acd.snapshot() == house.acd.snapshot()


@pytest.mark.virtual_time
async def test_views() -> None:
    house = await House().open()
    await house.seat("1001")
    house.begin("c1")
    house.begin("c2")
    await house.rest(1)
    ada, lin = house.acd.agents()
    assert (ada.number, ada.state, ada.phone, ada.reachable, ada.call) == (
        "1001", "reserved", "p1001", True, "c1"
    )  # fmt: skip
    assert (lin.state, lin.since) == ("logged_out", None)
    sales, support = house.acd.queues()
    assert (sales.name, sales.waiting, sales.ringing, sales.agents, sales.ready) == ("sales", 2, 1, 1, 0)
    assert sales.longest_wait_s == pytest.approx(1.0, abs=0.01)
    assert (support.waiting, support.longest_wait_s) == (0, 0.0)
    house.acd.configure({}, "v2")
    assert [queue.name for queue in house.acd.queues()] == ["sales"], "as long as somebody waits"


def test_the_service_fits_every_door() -> None:
    service = House().acd
    for door in (
        protocol.Service, protocol.Restorable, protocol.Configurable, protocol.Entrance,
        protocol.PhoneWatcher, protocol.CallWatcher, protocol.Controllable,
    ):  # fmt: skip
        assert isinstance(service, door), door
    assert service.first_stage(LegKind.PHONE, "*72") == ("agent_line", AgentLineStep(code="*72"))
    assert service.first_stage(LegKind.TRUNK, "*72") is None


def test_a_queue_as_an_admin_writes_it() -> None:
    written = {"needs": {"cards": "2"}, "priority": "3", "ring": "15s", "wrap_up": "1m", "max_wait": "10m"}
    spec = QueueDefinition.model_validate(written).spec("cards")
    assert (spec.needs, spec.priority, spec.ring_s, spec.wrap_up_s) == ({"cards": 2}, 3, 15.0, 60.0)
    with pytest.raises(ValidationError, match='no strategy "longest idle"'):
        QueueDefinition.model_validate({"strategy": "longest idle"})
    for wrong in ({"needs": {"a": "6"}}, {"ring": "20"}, {"ring": "1s"}, {"music": "a b"}, {"wait": "1"}):
        with pytest.raises(ValidationError):
            QueueDefinition.model_validate(wrong)


# ── the control socket and the command line ──────────────────────────────────────────────────────


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house whose directory is a real one, with its control socket open."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'ringhall.db'}"
    await migrate(url)
    engine = open_engine(url)
    house = House()
    directory = Directory(engine, b"k" * 32)
    await directory.save_agent("1001", "Ada", {"sales": 4}, pin="4711")
    house.acd = AcdService(house, directory)
    house.clock = cast("Any", _RealClock())
    await house.open()
    app = web.Application()
    app.add_routes(house.acd.control_routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "control.sock")).start()
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))
    yield house
    await runner.cleanup()
    await house.acd.stop()
    await engine.dispose()


class _RealClock:
    def now(self) -> float:
        return datetime.now(UTC).timestamp()


async def ringhall(*words: str, keys: str = "") -> tuple[int, str]:
    """Run ``ringhall agents …`` and give status and output."""
    result = await asyncio.to_thread(CliRunner().invoke, commands.app, list(words), input=keys)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


async def test_agents_from_the_command_line(office: House) -> None:
    assert await ringhall("add", "1002", "Lin", "--skill", "sales=2", "--skill", "support=5") == (
        0, "added: agent 1002 Lin is logged_out\n"
    )  # fmt: skip
    office.acd.phone_seen("p2")
    assert await ringhall("login", "1002", "p2") == (0, "agent 1002 Lin is paused (login) on p2\n")
    assert await ringhall("ready", "1002") == (0, "agent 1002 Lin is ready on p2\n")
    assert await ringhall("pause", "1002", "--reason", "lunch") == (
        0,
        "agent 1002 Lin is paused (lunch) on p2\n",
    )
    status, output = await ringhall("list", "--json")
    listed = {agent["number"]: agent for agent in json.loads(output)}
    assert status == 0
    assert (listed["1002"]["state"], listed["1002"]["skills"]) == ("paused", {"sales": 2, "support": 5})
    assert "lunch" in (await ringhall("list"))[1]
    assert (await ringhall("set", "1002", "--skill", "sales=5"))[0] == 0
    assert office.acd.agents()[1].skills == {"sales": 5}
    assert (await ringhall("logout", "1002"))[1] == "agent 1002 Lin is logged_out\n"
    assert (await ringhall("remove", "1002"))[1] == "agent 1002 removed\n"
    assert [agent.number for agent in office.acd.agents()] == ["1001"]


async def test_ranks_and_wrap_ups_from_the_command_line(office: House) -> None:
    office.acd.configure({"sales": QueueDefinition(needs={"sales": 2}, wrap_up_most=40.0)}, "v2")
    status, output = await ringhall("set", "1001", "--rank", "sales=2", "--rank", "night shift=9", "--json")
    assert status == 0
    assert json.loads(output)["ranks"] == {"sales": 2, "night shift": 9}
    assert "sales=2" in (await ringhall("list"))[1]
    assert (await ringhall("set", "1001", "--name", "Ada B."))[0] == 0
    assert office.acd.agents()[0].ranks == {"sales": 2, "night shift": 9}, "what is not named stays"
    await office.seat("1001")
    office.begin("c1")
    await office.rest()
    await office.talk("c1")
    office.hang_up("c1")
    await office.rest()
    ends = office.acd.core.agent("1001").until
    status, output = await ringhall("extend", "1001", "20", "--json")
    assert (status, json.loads(output)["state"]) == (0, "wrap_up")
    assert json.loads(output)["until"] == pytest.approx((ends or 0.0) + 20)
    assert (await ringhall("extend", "1001", "3600"))[0] == 0
    assert office.acd.core.agent("1001").until == pytest.approx((ends or 0.0) + 30)
    status, output = await ringhall("extend", "1001", "1")
    assert status == 1
    assert output == (
        "ringhall: the wrap-up of agent 1001 can't be extended further; pause the agent, or let the queue "
        "allow more (wrap_up_most)\n"
    )
    asked = [event for event in office.events(e.AgentStateChanged) if event.after == event.before]
    assert [event.by for event in asked] == ["command line"] * 2


async def test_a_pin_is_asked_for_unseen_and_works(office: House) -> None:
    status, output = await ringhall("set", "1001", "--pin", keys="135790\n")
    assert status == 0
    assert "135790" not in output
    office.acd.phone_seen("p1")
    await office.acd.log_in("1001", "p1", "135790")
    assert office.state("1001") == "paused(login)"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ready", "1001"), "agent 1001 is not logged in (logged_out): ready is not possible now"),
        (("login", "1001", "p9"), "phone p9 is not registered; switch it on"),
        (("login", "1101", "p9"), "there is no agent 1101 (near: 1001); 'ringhall agents list' shows them"),
        (("finish", "1001"), "agent 1001 is not logged in (logged_out): finish_wrap_up is not possible now"),
        (("add", "1001", "Bo"), "agent 1001 exists already; change it with 'ringhall agents set 1001'"),
        (("add", "x", "Bo"), "x"),
        (
            ("add", "1005", "Bo", "--skill", "sales=9"),
            "'sales=9' is no skill with a level; write it as sales=4",
        ),
        (("set", "1001"), "nothing to change; give --name, --skill, --rank or --pin"),
        (("set", "2001", "--name", "Bo"), "there is no agent 2001"),
        (("remove", "2001"), "there is no agent 2001"),
        (("set", "1001", "--rank", "sales"), "'sales' is no queue with a rank; write it as sales=2"),
        (("set", "1001", "--rank", "sales=0"), "with a rank from 1 to 99"),
        (("set", "1001", "--rank", "sales=100"), "with a rank from 1 to 99"),
        (("extend", "1001", "60"), "agent 1001 is not logged in (logged_out): extend_wrap_up is not"),
        (("block", "2001", "+4670"), "there is no agent 2001"),
        (("block", "1001", "Bo"), "it is not said which caller is meant; give the caller's telephone number"),
        (("pause", "1001", "--reason", "<b>"), "can't be a reason"),
    ],
)
async def test_mistakes_are_told_in_one_line(office: House, words: tuple[str, ...], message: str) -> None:
    status, output = await ringhall(*words)
    assert status == 1
    assert message in output
    assert output.startswith("ringhall: ")
    assert output.count("\n") == 1


async def test_no_controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))
    status, output = await ringhall("list")
    assert status == 1
    assert "no controller answers" in output
    assert "Traceback" not in output
