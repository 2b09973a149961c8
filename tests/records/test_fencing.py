"""Two owners of one stream: the second takes over, the first can't write any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from records import events as e
from records.errors import Fenced, JournalInUse

if TYPE_CHECKING:
    from tests.records.homes import Home


async def test_an_owner_that_lost_its_lease_is_refused(home: Home) -> None:
    first = await home.open()
    first.log.append(e.CallAnswered(call="before"))
    await first.log.flush()
    second = await home.open(journal=home.folder / "other", node="node-2")
    assert second.log.epoch == first.log.epoch + 1
    first.log.append(e.CallAnswered(call="too late"))
    with pytest.raises(Fenced, match="epoch 1 is over"):
        await first.log.flush()
    await first.alarms.until("lease_lost")
    assert first.log.fenced
    with pytest.raises(Fenced):
        first.log.append(e.CallAnswered(call="later still"))
    second.log.append(e.CallAnswered(call="after"))
    await first.log.close()
    await second.log.close()

    third = await home.open(journal=home.folder / "other", node="node-2")
    assert [(r.epoch, r.node, r.event) for r in third.tail] == [
        (1, "node-1", e.CallAnswered(call="before")),
        (2, "node-2", e.CallAnswered(call="after")),
    ]
    await third.log.close()


async def test_what_a_fenced_owner_had_only_in_its_journal_is_set_aside(home: Home) -> None:
    first = await home.open()
    first.log.append(e.CallAnswered(call="before"))
    await first.log.flush()
    second = await home.open(journal=home.folder / "other", node="node-2")
    first.log.append(e.CallAnswered(call="too late"))
    await first.log.abandon()
    second.log.append(e.CallAnswered(call="after"))
    await second.log.close()

    back = await home.open()
    assert [r.event for r in back.tail] == [e.CallAnswered(call="before"), e.CallAnswered(call="after")]
    await back.alarms.until("events_refused")
    (kept,) = (home.journal / "main").glob("*.refused")
    assert b"too late" in kept.read_bytes()
    assert home.journal_files() == []
    assert back.log.append(e.CallAnswered(call="new")).seq == 3
    await back.log.close()


async def test_one_journal_folder_is_not_shared(home: Home) -> None:
    first = await home.open()
    with pytest.raises(JournalInUse):
        await home.open()
    await first.log.close()
