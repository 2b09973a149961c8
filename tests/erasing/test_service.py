"""Erasing on a real log and database: by number in any form, by call, over the control socket's route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from callflow.clock import SteadyClock
from callflow.erasing.forms import WrongNumber
from callflow.erasing.service import Erasing, NoSuchCall
from callflow.live_calls import LiveCalls
from callflow.runtime import LiveRuntime
from callflow.stages.trunks import TrunkDefinition, TrunksService
from records import events as e
from records.queries import Queries
from records.vault import NUMBER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from records.log import EventLog
    from telephony.switch import Switch
    from tests.records.homes import Home

SHOWN = ("+46708123456", "0708123456", "0046708123456", "46708123456")
OTHER = "+46708123457"


class House:
    """Knows where it is."""

    def house_country(self) -> str:
        return "DE"

    def midnight(self, now: float) -> float:
        return now


class Site:
    """A log with people in it, and the service."""

    def __init__(self, log: EventLog, erasing: Erasing) -> None:
        self.log = log
        self.erasing = erasing
        self.ids = {number: log.vault.subject_for(number) for number in (*SHOWN, OTHER)}
        self.noted: list[e.PersonErased] = []
        log.subscribe(
            lambda recorded: self.noted.append(cast("e.PersonErased", recorded.event)), e.PersonErased
        )

    def known(self) -> set[str]:
        return {number for number, subject in self.ids.items() if self.log.vault.get(subject, NUMBER)}

    def arrives(self, call: str, subject: str) -> None:
        self.log.append(e.CallArrived(call=call, leg=call, dialed="1", trunk="carrier", subject=subject))

    def ends(self, call: str) -> None:
        self.log.append(e.CallEnded(call=call, outcome="completed", by="caller", cause="normal"))


@pytest.fixture
async def site(home: Home) -> AsyncIterator[Site]:
    log = (await home.open()).log
    live = LiveCalls()
    log.subscribe(live.replay)
    parts: list[Any] = [live, Queries(home.engine), House()]
    runtime = LiveRuntime(
        clock=SteadyClock(), switch=cast("Switch", None), log=log, home=home.folder, parts=parts
    )
    trunks = TrunksService.create(runtime)
    trunks.configure({"carrier": TrunkDefinition.model_validate({"allow": ["+46*"], "country": "SE"})}, "v1")
    runtime.add(trunks)
    yield Site(log, Erasing.create(runtime))
    await log.close()


@pytest.mark.parametrize("written", [SHOWN[0], SHOWN[2], "+46 70-812 34 56"])
async def test_a_number_in_any_form_erases_all_that_called_from_it(site: Site, written: str) -> None:
    told: list[str] = []
    site.log.vault.on_erased(lambda subject, _: told.append(subject))
    done = await site.erasing.erase_number(written, "admin")
    assert done.people == len(SHOWN)
    assert site.known() == {OTHER}
    assert {site.ids[number] for number in SHOWN} <= set(told)
    assert site.noted == [e.PersonErased(people=len(SHOWN), by="admin")]
    again = await site.erasing.erase_number(written, "admin")
    assert again.people == 0


async def test_by_call_on_or_over(site: Site) -> None:
    site.arrives("on", site.ids[SHOWN[1]])
    assert (await site.erasing.erase_caller("on", "admin")).people == len(SHOWN)
    assert site.known() == {OTHER}
    site.arrives("over", site.ids[OTHER])
    site.ends("over")
    await site.log.flush()
    assert (await site.erasing.erase_caller("over", "admin")).people == 1
    assert site.known() == set()


async def test_somebody_without_a_number_by_their_call(site: Site) -> None:
    hidden = site.log.vault.subject_for("")
    site.log.vault.put(hidden, "said", "a secret")
    site.arrives("hidden", hidden)
    assert (await site.erasing.erase_caller("hidden", "admin")).people == 1
    assert site.log.vault.get(hidden, "said") is None
    assert (await site.erasing.erase_caller("hidden", "admin")).people == 0
    assert site.known() == {*SHOWN, OTHER}


async def test_what_is_wrong_erases_nobody(site: Site) -> None:
    with pytest.raises(NoSuchCall, match="ringhall calls"):
        await site.erasing.erase_caller("unknown", "admin")
    for wrong in ("Alice", SHOWN[1]):  # the latter may be German or Swedish
        with pytest.raises(WrongNumber):
            await site.erasing.erase_number(wrong, "admin")
    assert site.known() == {*SHOWN, OTHER}
    assert site.noted == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"number": SHOWN[0]}, 200),
        ({"call": "on"}, 200),
        ({"call": "unknown"}, 404),
        ({"number": "Alice"}, 400),
        ({}, 400),
        ([1], 400),
    ],
)
async def test_over_the_control_socket(site: Site, asked: Any, status: int) -> None:
    site.arrives("on", site.ids[OTHER])
    app = web.Application()
    app.add_routes(site.erasing.control_routes())
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/control/erasures", data=msgspec.json.encode(asked))
        assert answer.status == status
        text = await answer.text()
    assert "Traceback" not in text
    assert (status == 200) == bool(site.noted)
