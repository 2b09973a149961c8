"""The site that is live: loading, the last good version, numbers, versions of calls taken over."""

from pathlib import Path

import pytest

from callflow.protocol import Entrance
from ivr.service import SiteBroken, SiteService
from ivr.stage import MenuStart
from ivr.steps import Position
from ivr.versions import MOST_KEPT, Versions
from records.events import SiteLoaded
from telephony.switch import LegKind
from tests.ivr.fakes import FakeRuntime

GOOD = """
site: Test
languages: [zh, en]
numbers: {"1000": main, "+86 21 5550 1000": other}
skills: [sales]
queues: {sales: {needs: {sales: 1}}}
menus:
  main:
    - play: {zh: 你好, en: Hello}
    - queue: sales
  other:
    - hangup
"""
BROKEN = GOOD.replace("queue: sales", "queue: sale")


class Place:
    """A home and a dialplans folder, and controllers that come and go on them."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "var"
        self.dialplans = folder / "dialplans"
        self.dialplans.mkdir()
        self.file = self.dialplans / "site.yaml"
        self.runtime = FakeRuntime(self.home, self.dialplans)

    def controller(self) -> SiteService:
        self.runtime = FakeRuntime(self.home, self.dialplans)
        return SiteService.create(self.runtime)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_a_good_site_goes_live(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    version = service.site.version
    assert len(version) == 12
    assert place.runtime.queues.configured == [(["sales"], version)]
    assert place.runtime.book.languages == ("zh", "en")
    assert len(place.runtime.book.prepared) == 1
    assert place.runtime.events == [SiteLoaded(version=version, files=list(service.site.files))]
    assert not place.runtime.alarms


@pytest.mark.parametrize(
    ("dialed", "menu"),
    [
        ("1000", "main"),
        ("+862155501000", "other"),
        ("862155501000", "other"),
        ("+1000", "main"),
        ("9", None),
        ("s", None),
    ],
)
async def test_numbers(place: Place, dialed: str, menu: str | None) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    assert isinstance(service, Entrance)
    assert service.menu_for(dialed) == menu
    expected = ("menu", MenuStart(menu=menu)) if menu else None
    assert service.first_stage(LegKind.TRUNK, dialed) == expected
    assert service.first_stage(LegKind.PHONE, dialed) is None


async def test_a_default_number_takes_all_others(place: Place) -> None:
    place.file.write_text(GOOD.replace('"1000": main', "default: main"))
    service = place.controller()
    await service.start()
    assert service.menu_for("12345") == "main"
    assert service.menu_for("anonymous") == "main"


async def test_a_broken_site_at_the_first_start_lists_every_reason(place: Place) -> None:
    place.file.write_text(BROKEN)
    with pytest.raises(SiteBroken) as caught:
        await place.controller().start()
    assert 'error: there is no queue "sale". Did you mean "sales"?' in str(caught.value)
    assert "ringhall check" in str(caught.value)


@pytest.mark.parametrize("what", ["no folder", "empty folder"])
async def test_no_dialplan_at_all(place: Place, what: str) -> None:
    if what == "no folder":
        place.dialplans.rmdir()
    with pytest.raises(SiteBroken, match=r"the folder can't be read|there is no dialplan"):
        await place.controller().start()


async def test_a_broken_edit_leaves_the_live_site(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    version = service.site.version
    place.file.write_text(BROKEN)
    loaded = await service.load()
    assert loaded.site is None
    assert service.site.version == version
    assert 'no queue "sale"' in place.runtime.alarms["dialplan"]
    place.file.write_text(GOOD + "# mended\n")
    await service.load()
    assert service.site.version != version
    assert not place.runtime.alarms


async def test_a_restart_with_a_broken_site_brings_the_last_good_one_back(place: Place) -> None:
    place.file.write_text(GOOD)
    first = place.controller()
    await first.start()
    place.file.write_text(BROKEN)
    second = place.controller()
    await second.start()
    assert second.site == first.site
    assert second.menu_for("1000") == "main"
    assert place.runtime.queues.configured == [(["sales"], first.site.version)]
    assert f"Version {first.site.version} stays live" in place.runtime.alarms["dialplan"]


async def test_a_prompt_that_can_not_be_rendered_keeps_the_old_site(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    version = service.site.version
    place.file.write_text(GOOD.replace("Hello", "Horror"))
    place.runtime.book.broken = "Horror"
    await service.load()
    assert service.site.version == version
    assert "make setup" in place.runtime.alarms["dialplan"]


async def test_a_call_taken_over_goes_on_in_its_version(place: Place) -> None:
    place.file.write_text(GOOD)
    first = place.controller()
    await first.start()
    old = first.site.version
    place.file.write_text(GOOD.replace("- queue: sales", "- play: {zh: 新, en: New}\n    - queue: sales"))
    second = place.controller()
    await second.start()
    assert second.site.version != old
    site, at = await second.place_for("main", ("main", 1, old))
    assert (site.version, at) == (old, Position("main", 1))
    step = site.step(at)
    assert step is not None
    assert step.name == "queue"
    assert set(site.prompts()) <= place.runtime.book.prepared
    assert await second.place_for("main", None) == (second.site, Position("main", 0))


async def test_a_call_taken_over_from_a_forgotten_version_begins_its_menu_anew(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    assert await service.place_for("main", ("other", 7, "abcdef123456")) == (
        service.site,
        Position("other", 0),
    )
    assert await service.place_for("main", ("gone", 1, "abcdef123456")) == (service.site, Position("main", 0))
    assert await service.place_for("main", ("other", 7, service.site.version)) == (
        service.site,
        Position("other", 0),
    )


async def test_a_version_whose_prompts_are_lost_gives_way_to_the_live_one(place: Place) -> None:
    place.file.write_text(GOOD.replace("Hello", "Horror"))
    first = place.controller()
    await first.start()
    place.file.write_text(GOOD)
    second = place.controller()
    await second.start()
    place.runtime.book.broken = "Horror"
    assert await second.place_for("main", ("main", 1, first.site.version)) == (
        second.site,
        Position("main", 0),
    )


async def test_a_call_within_a_branch_is_found_again(place: Place) -> None:
    place.file.write_text(
        GOOD.replace("- queue: sales", "- queue: sales\n      on_empty: [{play: {zh: 无, en: No}}, hangup]")
    )
    service = place.controller()
    await service.start()
    site, at = await service.place_for("main", ("main/1/on_empty", 1, service.site.version))
    step = site.step(at)
    assert step is not None
    assert step.name == "hangup"


async def test_a_full_disk_does_not_stop_a_good_site(place: Place) -> None:
    place.file.write_text(GOOD)
    place.home.mkdir()
    (place.home / "dialplans-good").write_text("in the way")
    service = place.controller()
    await service.start()
    assert service.menu_for("1000") == "main"
    assert "dialplan_kept" in place.runtime.alarms


def test_versions_are_kept_within_bounds(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    assert versions.live() == ""
    assert versions.sources("0123456789ab") == []
    assert versions.sources("../../etc") == []
    for number in range(MOST_KEPT + 5):
        versions.keep(f"{number:012x}", [])
    kept = [path for path in (tmp_path / "dialplans-good").iterdir() if path.is_dir()]
    assert len(kept) == MOST_KEPT
    assert versions.live() == f"{MOST_KEPT + 4:012x}"
