"""Files that go live or are refused, versions that are kept, and the way back to one of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.live_site import NoSuchVersion, SiteBroken
from ivr.load import Source
from ivr.versions import MOST_KEPT, GoneLive, Live, Versions
from records.events import SiteLoaded, SiteRefused
from tests.ivr.site_homes import BROKEN, GOOD, Place

NEWER, NEWEST = GOOD.replace("Hello", "Good day"), GOOD.replace("Hello", "Welcome")


def history(place: Place) -> list[tuple[str, str]]:
    """Who brought about each change of the live site, and how."""
    return [(event.who, event.how) for event in place.runtime.events if isinstance(event, SiteLoaded)]


# ── going live ───────────────────────────────────────────────────────────────────────────────────


async def test_a_good_site_goes_live(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    version = service.site.version
    assert len(version) == 12
    assert place.runtime.queues.configured == [(["sales"], version)]
    assert place.runtime.book.languages == ("zh", "en")
    assert len(place.runtime.book.prepared) == 1
    assert place.runtime.events == [
        SiteLoaded(version=version, files=list(service.site.files), who="start", how="start", time_zone="UTC")
    ]
    assert not place.runtime.alarms


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


async def test_a_broken_edit_leaves_the_live_site_and_says_so(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    version = service.site.version
    place.file.write_text(BROKEN)
    change = await service.live.load("ada", "reload")
    assert (change.result, change.version) == ("refused", version)
    assert service.site.version == version
    assert 'no queue "sale"' in place.runtime.alarms["dialplan"]
    refused = service.live.state.refused
    assert refused is not None
    assert (refused.who, refused.problems) == ("ada", change.problems)
    event = place.runtime.events[-1]
    assert isinstance(event, SiteRefused)
    assert (event.errors, event.version) == (1, refused.version)
    assert event.first.endswith('there is no queue "sale". Did you mean "sales"? '
                                "Add it under queues:, or correct the name.")  # fmt: skip

    place.file.write_text(BROKEN.replace("play:", "plya:"))
    await service.live.load("watch", "saved")
    assert "plya" in place.runtime.alarms["dialplan"]  # the alarm tells how it stands now

    place.file.write_text(NEWER)
    assert (await service.live.load("watch", "saved")).result == "live"
    assert service.site.version != version
    assert not place.runtime.alarms
    assert service.live.state.refused is None
    assert history(place) == [("start", "start"), ("watch", "saved")]


async def test_a_broken_edit_taken_back_is_no_change(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    for text, result in ((BROKEN, "refused"), (GOOD, "unchanged"), (GOOD, "unchanged")):
        place.file.write_text(text)
        assert (await service.live.load("watch", "saved")).result == result
    assert not place.runtime.alarms
    assert service.live.state.refused is None
    assert len(place.runtime.queues.configured) == 1
    assert history(place) == [("start", "start")]


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
    assert (await service.live.load("watch", "saved")).result == "refused"
    assert service.site.version == version
    assert "make setup" in place.runtime.alarms["dialplan"]


async def test_a_full_disk_does_not_stop_a_good_site(place: Place) -> None:
    place.file.write_text(GOOD)
    place.home.mkdir()
    (place.home / "dialplans-good").write_text("in the way")
    service = place.controller()
    await service.start()
    assert service.menu_for("1000") == "main"
    assert "dialplan_kept" in place.runtime.alarms


async def test_changes_at_the_same_time_take_turns(place: Place) -> None:
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    place.file.write_text(NEWER)
    changes = await asyncio.gather(*(service.live.load(f"user {n}", "reload") for n in range(3)))
    assert [change.result for change in changes] == ["live", "unchanged", "unchanged"]
    assert history(place)[1:] == [("user 0", "reload")]


# ── the way back ─────────────────────────────────────────────────────────────────────────────────


async def three_versions(place: Place) -> list[str]:
    """Let three versions go live, one after another."""
    found = []
    place.file.write_text(GOOD)
    service = place.controller()
    await service.start()
    for text in (GOOD, NEWER, NEWEST):
        place.file.write_text(text)
        await service.live.load("watch", "saved")
        found.append(service.site.version)
    return found


async def test_rollbacks_go_back_step_by_step(place: Place) -> None:
    first, second, third = await three_versions(place)
    service = place.controller()
    await service.start()
    assert service.site.version == third
    for expected in (second, first):
        assert (await service.live.rollback("", "ada")).version == expected
        assert service.site.version == expected
        assert service.live.state.instead_of == third
    with pytest.raises(NoSuchVersion, match=f"no version before the live one, {first}, is kept"):
        await service.live.rollback("", "ada")
    assert service.site.version == first
    assert history(place) == [("start", "start"), ("ada", "rollback"), ("ada", "rollback")]


async def test_a_rollback_to_a_version_by_its_first_digits(place: Place) -> None:
    first, second, _ = await three_versions(place)
    service = place.controller()
    await service.start()
    await service.live.rollback(first[:6], "ada")
    assert service.site.version == first
    with pytest.raises(
        NoSuchVersion, match=f"no kept version begins with zz. There are: .*{second}.*ringhall"
    ):
        await service.live.rollback("zz", "ada")
    with pytest.raises(NoSuchVersion, match="no kept version begins with"):
        await service.live.rollback("../..", "ada")


async def test_a_rollback_holds_until_the_files_change(place: Place) -> None:
    _, second, third = await three_versions(place)
    service = place.controller()
    await service.start()
    await service.live.rollback("", "ada")
    place.file.write_text(place.file.read_text())  # touched, not changed
    assert (await service.live.load("watch", "saved")).result == "rolled_back"
    assert service.site.version == second

    after_restart = place.controller()
    await after_restart.start()
    assert after_restart.site.version == second
    assert after_restart.live.state.instead_of == third
    assert not place.runtime.alarms

    place.file.write_text(BROKEN)  # broken files change nothing …
    assert (await after_restart.live.load("watch", "saved")).result == "refused"
    assert after_restart.site.version == second
    place.file.write_text(NEWEST)  # … and neither do those that were rolled back
    assert (await after_restart.live.load("watch", "saved")).result == "rolled_back"
    assert not place.runtime.alarms
    place.file.write_text(NEWEST + "# mended\n")
    assert (await after_restart.live.load("watch", "saved")).result == "live"
    assert after_restart.live.state.instead_of == ""


async def test_a_reload_ends_a_rollback(place: Place) -> None:
    _, second, third = await three_versions(place)
    service = place.controller()
    await service.start()
    await service.live.rollback("", "ada")
    assert service.site.version == second
    assert (await service.live.load("ada", "reload")).result == "live"
    assert service.site.version == third
    restarted = place.controller()
    await restarted.start()
    assert restarted.site.version == third


async def test_a_rollback_while_the_files_are_broken_outlasts_a_restart(place: Place) -> None:
    _, second, _ = await three_versions(place)
    place.file.write_text(BROKEN)
    service = place.controller()
    await service.start()
    await service.live.rollback("", "ada")
    restarted = place.controller()
    await restarted.start()
    assert restarted.site.version == second
    assert 'no queue "sale"' in place.runtime.alarms["dialplan"]


async def test_a_version_that_can_not_be_used_any_more(place: Place) -> None:
    _, second, third = await three_versions(place)
    service = place.controller()
    await service.start()
    place.runtime.book.broken = "Good day"
    with pytest.raises(NoSuchVersion, match=f"the prompts of version {second} are lost: .*make setup"):
        await service.live.rollback("", "ada")
    (place.home / "dialplans-good" / second / "000.yaml").write_text(BROKEN)
    with pytest.raises(NoSuchVersion, match=rf'(?s){second} can\'t be used any more:.*no queue "sale"'):
        await service.live.rollback("", "ada")
    assert service.site.version == third


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────


async def test_versions_tell_when_and_by_whom(place: Place) -> None:
    first, second, third = await three_versions(place)
    service = place.controller()
    await service.start()
    await service.live.rollback(first, "ada")
    kept = service.live.versions()
    assert [one.version for one in kept] == [third, second, first]
    assert [(time.who, time.how) for time in kept[2].times] == [("start", "start"), ("ada", "rollback")]
    assert all(one.files == service.site.files for one in kept)
    assert kept[2].written < kept[1].written < kept[0].written < kept[2].last.at


def test_versions_are_kept_within_bounds(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    assert versions.live() == Live()
    assert versions.all() == []
    assert versions.sources("0123456789ab") == []
    assert versions.sources("../../etc") == []
    start = datetime(2026, 11, 23, tzinfo=UTC)
    for number in range(MOST_KEPT + 5):
        time = GoneLive(start + timedelta(seconds=number), "ada", "saved")
        versions.keep(Live(f"{number:012x}"), [Source("a.yaml", tmp_path, b"x")], time)
    assert [one.version for one in versions.all()] == [f"{n:012x}" for n in range(MOST_KEPT + 4, 4, -1)]
    assert versions.live() == Live(f"{MOST_KEPT + 4:012x}")
    assert versions.sources(f"{MOST_KEPT:012x}") == [Source("a.yaml", tmp_path, b"x")]


def test_damaged_files_are_as_good_as_none(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    versions.keep(Live("a1"), [], GoneLive(datetime.now(UTC), "ada", "saved"))
    (tmp_path / "dialplans-good" / "live.json").write_text('"a1"')
    (tmp_path / "dialplans-good" / "a1" / "manifest.json").write_text("[{}]")
    assert versions.live() == Live()
    assert versions.all() == []
    assert versions.sources("a1") == []
