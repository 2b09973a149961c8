"""Campaigns defined over the API: files of the site's folder, checked as those are."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from acd.section import QUEUES
from callflow.api import ApiError, Asked, Role
from callflow.dialing.definitions import ROUTES, TRUNKS
from ivr.live_site import RELOAD, LiveSite
from ivr.reader import DirectReader
from ivr.service import SiteService
from outbound.campaigns.definition import CAMPAIGNS
from outbound.dialer.definition_routes import DefinitionRoutes, Wanted
from records import events as e
from tests.ivr.parts import STAGES
from tests.ivr.site_homes import Place

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

SITE = """
site: Test
languages: [en]
numbers: {"1000": main}
skills: [sales]
queues: {sales: {needs: {sales: 1}, auto_answer: yes}}
menus: {main: [{queue: sales}]}
campaigns:
  autumn: {queue: sales, list: june, mode: preview}
"""
SPRING: dict[str, Any] = {
    "queue": "sales",
    "list": "march",
    "mode": "predictive",
    "caller_number": "+44 20 7946 0100",
    "hours": {"mon-fri": "09:00-20:00"},
    "attempts": 4,
    "once_a_day": False,
    "drop_cap": "2.5%",
    "message": {"en": "This is Acme: 10:30 # no"},
    "script": "Say hello.\nThen: *listen*",
}
ANY = Wanted()
ASKED = Asked("crm", Role.INTEGRATION, "", None, "r1", cast("Any", None))


class Desk:
    """A site's folder, its live site, and the routes."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder)
        self.place.file.write_text(SITE)
        reader = DirectReader(STAGES, [QUEUES, CAMPAIGNS, TRUNKS, ROUTES])
        self.site = SiteService(
            LiveSite(self.place.runtime, self.place.dialplans, reader=reader, watching=False)
        )
        self.on: list[object] = []
        self.states: dict[str, str] = {}
        campaigns = SimpleNamespace(
            runs={"spring", "autumn"},
            state=lambda name: self.states.get(name, "stopped"),
            attempts=SimpleNamespace(on=lambda name: self.on),
        )
        self.routes = DefinitionRoutes(cast("Any", campaigns), self.site)

    @property
    def file(self) -> Path:
        return self.place.dialplans / "campaigns-spring.yaml"

    def live(self) -> dict[str, Any]:
        return dict(self.site.site.sections["campaigns"])

    async def put(self, name: str = "spring", query: Wanted = ANY, **changes: Any) -> Any:
        return await self.routes.define(ASKED, name, query, SPRING | changes)


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    await desk.site.start()
    return desk


async def refused(work: Awaitable[Any]) -> tuple[str, str, str]:
    """Give an error's id, place and message, and hold it to have a remedy."""
    with pytest.raises(ApiError) as caught:
        await work
    assert caught.value.remedy
    return caught.value.kind.id, caught.value.where, str(caught.value)


async def test_defined_read_changed_and_removed(desk: Desk) -> None:
    made = await desk.put()
    assert (made.campaign, made.file, made.definition) == (
        "spring",
        "dialplans/campaigns-spring.yaml",
        SPRING,
    )
    live = desk.live()["spring"]
    assert (live.attempts, live.once_a_day, live.drop_cap) == (4, False, 0.025)
    assert live.script == SPRING["script"]
    assert desk.file.read_text().splitlines()[:4] == [
        "# Written over the API (PUT /campaigns/spring/definition); edit it as you like, a later PUT replaces"
        " it.",
        "campaigns:",
        "  spring:",
        "    queue: sales",
    ]
    loaded = [event for event in desk.place.runtime.events if isinstance(event, e.SiteLoaded)]
    assert loaded[-1].who == "crm"
    assert await desk.routes.definition(ASKED, "spring") == made
    await desk.put(attempts=7)
    assert desk.live()["spring"].attempts == 7
    assert not list(desk.place.dialplans.glob(".*"))
    await desk.routes.undefine(ASKED, "spring")
    assert "spring" not in desk.live()
    assert not desk.file.exists()
    assert (await refused(desk.routes.undefine(ASKED, "spring")))[0] == "not-defined-here"
    assert "admin's own" in (await refused(desk.routes.definition(ASKED, "autumn")))[2]


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"queue": "sale"}, "body.queue", 'there is no queue "sale". Did you mean "sales"?'),
        ({"hours": {"mon-fri": "9 to 5"}}, "body.hours.mon-fri", ""),
        ({"weigth": 3}, "body.weigth", 'Did you mean "weight"?'),
        ({"spacing": {"NA": "4h", "XX": "1h"}}, "body.spacing.XX", '"XX" is not possible here'),
        ({"mode": "rude"}, "body.mode", '"rude" is not possible here'),
        ({"script": None}, "body.script", "nothing is written"),
        ({"caller_number": "12 monkeys"}, "body.caller_number", ""),
        ({"message": "Press {nine.ninety}"}, "body.message", ""),
        ({"script": {"a": [[]]}}, "body.script.a", "a text is expected"),
    ],
)
async def test_the_sites_checks_name_the_field(
    desk: Desk, changes: dict[str, Any], where: str, said: str
) -> None:
    before = desk.site.site.version
    kind, place, message = await refused(desk.put(**changes))
    assert (kind, place) == ("definition-wrong", where)
    assert said in message
    assert not desk.file.exists()
    assert desk.site.site.version == before
    assert not desk.place.runtime.alarms


async def test_all_that_is_wrong_is_told_at_once(desk: Desk) -> None:
    _, where, message = await refused(desk.put(queue="sale", attempts=0, mode="rude"))
    assert where == "body.queue"
    assert "\nbody.mode: " in message
    assert "\nbody.attempts: " in message


async def test_what_is_nested_without_end_is_no_fault_of_ours(desk: Desk) -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert (await refused(desk.put(script=deep)))[:2] == ("definition-wrong", "body")


async def test_an_admins_own_file_is_left_alone(desk: Desk) -> None:
    kind, where, _ = await refused(desk.put("autumn"))
    assert (kind, where) == ("defined-elsewhere", "dialplans/site.yaml:9")
    assert not (desk.place.dialplans / "campaigns-autumn.yaml").exists()
    await desk.put()
    own = desk.file.read_text()
    for theirs in (own.split("\n", 1)[1], own + "menus: {other: [hangup]}\n"):
        desk.file.write_text(theirs)
        for work in (
            desk.put(),
            desk.routes.undefine(ASKED, "spring"),
            desk.routes.definition(ASKED, "spring"),
        ):
            kind, where, _ = await refused(work)
            assert (kind, where) == ("defined-elsewhere", "dialplans/campaigns-spring.yaml")
        assert desk.file.read_text() == theirs


async def test_an_edit_by_hand_is_seen_and_not_lost_unseen(desk: Desk) -> None:
    made = await desk.put()
    desk.file.write_text(desk.file.read_text().replace("attempts: 4", "attempts: 5 # says Ada"))
    await desk.site.live.load("ada", RELOAD)
    assert desk.live()["spring"].attempts == 5
    found = await desk.routes.definition(ASKED, "spring")
    assert found.definition["attempts"] == 5
    kind, _, message = await refused(desk.put(query=Wanted(made.version)))
    assert kind == "defined-elsewhere"
    assert "changed since" in message
    await desk.put(query=Wanted(found.version), attempts=6)
    assert desk.live()["spring"].attempts == 6


async def test_another_files_fault_is_told_with_its_place(desk: Desk) -> None:
    desk.place.file.write_text(SITE.replace("queue: sales, list", "queue: sails, list"))
    kind, where, message = await refused(desk.put())
    assert (kind, where) == ("definition-wrong", "dialplans/site.yaml:9:19")
    assert "sails" in message
    assert not desk.file.exists()


async def test_a_prompt_that_cannot_be_rendered_leaves_all_as_it_was(desk: Desk) -> None:
    await desk.put()
    before, version = desk.file.read_bytes(), desk.site.site.version
    desk.place.runtime.book.broken = "Another"
    kind, _, message = await refused(desk.put(message={"en": "Another text"}))
    desk.place.runtime.book.broken = ""
    assert kind == "definition-wrong"
    assert message
    assert desk.file.read_bytes() == before
    assert desk.site.site.version == version
    await desk.site.live.load("ada", RELOAD)
    assert not desk.place.runtime.alarms


@pytest.mark.skipif(os.geteuid() == 0, reason="a superuser may write anywhere")
async def test_a_folder_that_cannot_be_written(desk: Desk) -> None:
    desk.place.dialplans.chmod(0o500)
    try:
        kind, where, message = await refused(desk.put())
    finally:
        desk.place.dialplans.chmod(0o700)
    assert (kind, where) == ("site-folder-closed", "dialplans")
    assert "can't be written: Permission denied" in message


async def test_a_folder_that_is_read_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root can meet it: the place of the new file can't be opened."""
    (desk.place.dialplans / ".campaigns-spring.yaml.new").mkdir()
    kind, _, message = await refused(desk.put())
    assert kind == "site-folder-closed"
    assert "can't be written" in message
    assert "spring" not in desk.live()


async def test_not_removed_while_it_dials(desk: Desk) -> None:
    await desk.put()
    desk.states["spring"] = "running"
    assert (await refused(desk.routes.undefine(ASKED, "spring")))[0] == "campaign-dials"
    desk.states["spring"], desk.on = "stopped", [object()]
    assert (await refused(desk.routes.undefine(ASKED, "spring")))[0] == "campaign-dials"
    assert desk.file.exists()


async def test_a_rollback_is_not_undone_by_a_program(desk: Desk) -> None:
    await desk.put()
    await desk.site.live.rollback("", "ada")
    assert "spring" not in desk.live()
    kind, _, message = await refused(desk.put(attempts=9))
    assert kind == "site-folder-closed"
    assert "rollback" in message
    assert "spring" not in desk.live()
