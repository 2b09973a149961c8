"""Agents, phones and tokens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from records.directory import AgentAccount, Directory, PhoneRow
from records.errors import DirectoryError, VaultKeyError
from tests.records.homes import MASTER_KEY

if TYPE_CHECKING:
    from tests.records.homes import Home


@pytest.fixture
def directory(home: Home) -> Directory:
    return Directory(home.engine, MASTER_KEY)


async def test_an_agent_is_saved_changed_and_removed(directory: Directory) -> None:
    ada = await directory.save_agent("1001", "Ada", {"sales": 4, "german": 2}, pin="246810")
    assert ada == AgentAccount("1001", "Ada", {"sales": 4, "german": 2}, has_pin=True)
    await directory.save_agent("1002", "Lin", {})
    await directory.save_agent("1001", "Ada Byron", {"sales": 5})
    assert await directory.agents() == [
        AgentAccount("1001", "Ada Byron", {"sales": 5}, has_pin=True),
        AgentAccount("1002", "Lin", {}, has_pin=False),
    ]
    assert await directory.check_pin("1001", "246810"), "a change without a PIN keeps the present one"
    assert await directory.remove_agent("1001") == []
    assert await directory.remove_agent("1001") is None
    assert await directory.agent("1001") is None


async def test_ranks_are_kept_until_others_are_given(directory: Directory) -> None:
    ada = await directory.save_agent("1001", "Ada", {}, ranks={"sales": 2, "night shift": 99})
    assert ada.ranks == {"sales": 2, "night shift": 99}
    assert (await directory.save_agent("1001", "Ada Byron", {})).ranks == ada.ranks
    assert (await directory.save_agent("1001", "Ada", {}, ranks={"cards": 1})).ranks == {"cards": 1}
    assert [agent.ranks for agent in await directory.agents()] == [{"cards": 1}]
    assert (await directory.save_agent("1001", "Ada", {}, ranks={})).ranks == {}
    for wrong in ({"sales": 0}, {"sales": 100}, {"sales": True}):
        with pytest.raises(DirectoryError, match="ranks are 1"):
            await directory.save_agent("1001", "Ada", {}, ranks=wrong)
    await directory.save_agent("1001", "Ada", {}, ranks={"sales": 3})
    await directory.remove_agent("1001")
    assert (await directory.save_agent("1001", "Another Ada", {})).ranks == {}, "nothing is inherited"


async def test_agents_are_kept_from_callers(directory: Directory) -> None:
    for number in ("1001", "1002"):
        await directory.save_agent(number, "Ada", {})
    assert await directory.blocked_pairs() == {}
    for subject, number in (("s2", "1001"), ("s1", "1002"), ("s1", "1001"), ("s1", "1001")):
        await directory.block_pair(subject, number)
    assert await directory.blocked_pairs() == {"s1": ["1001", "1002"], "s2": ["1001"]}
    assert await directory.unblock_pair("s1", "1002")
    assert not await directory.unblock_pair("s1", "1002")
    await directory.remove_agent("1001")
    assert await directory.blocked_pairs() == {}, "who is gone is kept from nobody"


@pytest.mark.parametrize(
    (("agent"), "message"),
    [
        (("1", "Ada", {}, None), "2 to 12 digits"),
        (("10a1", "Ada", {}, None), "2 to 12 digits"),
        (("1001", "  ", {}, None), "needs a name"),
        (("1001", "Ada\n", {}, None), "needs a name"),
        (("1001", "Ada", {"sales": 6}, None), "levels are 1 to 5"),
        (("1001", "Ada", {"sales": True}, None), "levels are 1 to 5"),
        (("1001", "Ada", {"": 1}, None), "can't name a skill"),
        (("1001", "Ada", {"sales=4": 1}, None), "can't name a skill"),
        (("1001", "Ada", {}, "123"), "4 to 12 digits"),
        (("1001", "Ada", {}, "12e4"), "4 to 12 digits"),
    ],
)
async def test_an_agent_that_cannot_be(
    directory: Directory, agent: tuple[str, str, dict[str, int], str | None], message: str
) -> None:
    with pytest.raises(DirectoryError, match=message):
        await directory.save_agent(*agent)
    assert await directory.agents() == []


async def test_pins(directory: Directory, home: Home) -> None:
    await directory.save_agent("1001", "Ada", {}, pin="246810")
    await directory.save_agent("1002", "Lin", {})
    assert await directory.check_pin("1001", "246810")
    assert not await directory.check_pin("1001", "246811")
    assert not await directory.check_pin("1002", "")
    assert not await directory.check_pin("9999", "246810")
    other_key = Directory(home.engine, bytes(32))
    assert not await other_key.check_pin("1001", "246810"), "the database alone does not tell PINs"


async def test_an_unknown_number_takes_as_long_as_a_wrong_pin(directory: Directory) -> None:
    await directory.save_agent("1001", "Ada", {}, pin="246810")

    times: dict[str, list[float]] = {"9999": [], "1001": []}
    for _ in range(12):  # in turn: a machine that is busy is so for both
        for number, taken in times.items():
            started = time.perf_counter()
            assert not await directory.check_pin(number, "0000")
            taken.append(time.perf_counter() - started)
    assert 0.5 < min(times["9999"]) / min(times["1001"]) < 2


async def test_phones_keep_their_secrets_sealed(directory: Directory, home: Home) -> None:
    await directory.save_phone("phone-1", "horse-battery")
    await directory.save_phone("phone-1", "correct-horse")
    assert await directory.phones() == [PhoneRow("phone-1", "correct-horse")]
    assert "correct-horse" not in repr(await directory.phones())
    stored = b"".join(path.read_bytes() for path in home.folder.glob("ringhall.db*"))
    assert b"correct-horse" not in stored
    with pytest.raises(VaultKeyError, match="phone phone-1"):
        await Directory(home.engine, bytes(32)).phones()
    assert await directory.remove_phone("phone-1")
    assert not await directory.remove_phone("phone-1")


@pytest.mark.parametrize(
    ("name", "secret", "message"),
    [
        ("", "long-enough", "can't name a phone"),
        ("phone 1", "long-enough", "can't name a phone"),
        ("-phone", "long-enough", "can't name a phone"),
        ("phone-1", "short", "8 or more"),
        ("phone-1", "with spaces in it", "8 or more"),
        ("phone-1", "line\nbreaks-in-it", "8 or more"),
    ],
)
async def test_a_phone_that_cannot_be(directory: Directory, name: str, secret: str, message: str) -> None:
    with pytest.raises(DirectoryError, match=message):
        await directory.save_phone(name, secret)
