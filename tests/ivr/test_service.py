"""Which menu a number leads to, and which version a call is served by."""

import pytest

from callflow.protocol import Controllable, Entrance, House, InStatus
from ivr.stage import MenuStart
from ivr.steps import Position
from telephony.switch import LegKind
from tests.ivr.site_homes import GOOD, Place


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
    assert isinstance(service, House)
    assert isinstance(service, Controllable)
    assert isinstance(service, InStatus)
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


async def test_a_menu_that_vanishes_between_a_calls_arrival_and_its_first_step(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    old = service.site
    found = service.first_stage(LegKind.TRUNK, "+862155501000")
    assert found == ("menu", MenuStart(menu="other"))
    place.file.write_text(GOOD.replace("other", "another"))
    await service.live.load("ada", "reload")
    assert await service.place_for("other", None) == (old, Position("other", 0))
    assert await service.place_for("another", None) == (service.site, Position("another", 0))


async def test_what_the_status_tells(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    first = service.site.version
    told = service.in_status()["dialplans"]
    assert isinstance(told, dict)
    assert (told["version"], told["who"], told["refused"]) == (first, "start", None)
    place.file.write_text(GOOD + "menu: x\n")
    await service.live.load("watch", "saved")
    refused = service.in_status()["dialplans"]
    assert isinstance(refused, dict)
    assert refused["version"] == first
    assert refused["refused"] not in {None, first}
