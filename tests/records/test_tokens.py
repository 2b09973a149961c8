"""API tokens: hashed, bound, expiring, and worth nothing from the moment they are removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from records.directory import Directory
from records.errors import DirectoryError
from records.tokens import KNOWN_S, TokenRow, Tokens, new_token
from tests.records.homes import MASTER_KEY

if TYPE_CHECKING:
    from tests.records.homes import Home

TOKEN = "a-token-of-32-characters-or-more"
NOW = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(home: Home, clock: Clock) -> Tokens:
    return Tokens(home.engine, clock)


async def test_only_the_hash_is_kept(tokens: Tokens, home: Home) -> None:
    await tokens.save("wallboard", "supervisor", TOKEN, made_by="first", made_at=NOW)
    row = TokenRow("wallboard", "supervisor", "", "first", NOW)
    assert await tokens.holder_of(TOKEN, NOW) == row
    assert await tokens.holder_of(TOKEN + "x", NOW) is None
    assert await tokens.holder_of("\ud800", NOW) is None
    stored = b"".join(path.read_bytes() for path in home.folder.glob("ringhall.db*"))
    assert TOKEN.encode() not in stored
    assert "TOKEN" not in repr(row)


@pytest.mark.parametrize(
    ("name", "role", "token", "agent", "said"),
    [
        ("crm", "wizard", TOKEN + "2", "", "roles are agent, supervisor, admin, integration"),
        ("crm", "admin", "short", "", "16 or more"),
        (" ", "admin", TOKEN + "2", "", "needs a name"),
        ("a\nb", "admin", TOKEN + "2", "", "needs a name"),
        ("crm", "admin", TOKEN, "", "in use already, of the name 'wallboard'"),
        ("wallboard", "admin", TOKEN + "2", "", "there is a token of the name 'wallboard'"),
        ("ada", "agent", TOKEN + "2", "", "names the agent"),
        ("crm", "admin", TOKEN + "2", "1001", "and no other, names the agent"),
    ],
)
async def test_what_can_not_be_saved(
    tokens: Tokens, name: str, role: str, token: str, *, agent: str, said: str
) -> None:
    await tokens.save("wallboard", "supervisor", TOKEN)
    with pytest.raises(DirectoryError, match=said):
        await tokens.save(name, role, token, agent=agent)
    assert [row.name for row in await tokens.all()] == ["wallboard"]


async def test_it_expires(tokens: Tokens) -> None:
    await tokens.save("shift", "agent", TOKEN, agent="1001", expires_at=NOW)
    assert await tokens.holder_of(TOKEN, NOW - timedelta(seconds=1)) is not None
    assert await tokens.holder_of(TOKEN, NOW) is None


async def test_a_removed_one_is_worth_nothing_at_once(tokens: Tokens, home: Home, clock: Clock) -> None:
    await tokens.save("shift", "supervisor", TOKEN)
    assert await tokens.holder_of(TOKEN, NOW) is not None
    assert await tokens.remove("shift")
    assert not await tokens.remove("shift")
    assert await tokens.holder_of(TOKEN, NOW) is None
    await tokens.save("shift", "supervisor", TOKEN)
    assert await tokens.holder_of(TOKEN, NOW) is not None
    await Tokens(home.engine).remove("shift")  # another process
    assert await tokens.holder_of(TOKEN, NOW) is not None
    clock.now += KNOWN_S
    assert await tokens.holder_of(TOKEN, NOW) is None


async def test_those_of_an_agent_go_with_the_agent(home: Home) -> None:
    directory = Directory(home.engine, MASTER_KEY)
    await directory.save_agent("1001", "Ada", {})
    await directory.tokens.save("ada", "agent", TOKEN, agent="1001")
    await directory.tokens.save("lin", "agent", TOKEN + "2", agent="1002")
    assert await directory.remove_agent("1001") == ["ada"]
    assert [row.name for row in await directory.tokens.all()] == ["lin"]


async def test_the_last_use_is_kept(tokens: Tokens, home: Home) -> None:
    await tokens.save("wallboard", "supervisor", TOKEN)
    await tokens.write_used()
    assert [row.last_used_at for row in await tokens.all()] == [None]
    await tokens.holder_of(TOKEN, NOW)
    assert [row.last_used_at for row in await tokens.all()] == [NOW], "before it is written"
    await tokens.write_used()
    assert [row.last_used_at for row in await Tokens(home.engine).all()] == [NOW]


def test_tokens_are_told_from_other_text() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert {token[:3] for token in made} == {"rh_"}
    assert min(map(len, made)) > 40
