"""Who may use the API: tokens, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from records import models
from records.errors import DirectoryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

ROLES = ("agent", "supervisor", "admin", "integration")
"""What a token may stand for."""
AGENT = "agent"
BEGIN = "rh_"
"""With which the tokens that we make begin: a search for secrets that got lost finds them by it."""
KNOWN_S = 5.0
"""So long a token is known without asking the database; one that was removed by us, no longer at all."""

_MIN_TOKEN = 16
_LOOKING_S = 1.0
_MOST_KNOWN = 2000


class TokenRow(msgspec.Struct, frozen=True):
    """A token, without what it says."""

    name: str
    role: str
    agent: str = ""
    """The agent that a token of the role agent acts for, and the only one."""
    made_by: str = ""
    made_at: datetime | None = None
    expires_at: datetime | None = None
    """None: it holds until it is revoked."""
    last_used_at: datetime | None = None
    """To the minute."""


class Tokens:
    """Tokens in the database.  ``steady`` gives seconds, for how long one is known."""

    def __init__(self, engine: AsyncEngine, steady: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writes=True)
        self._steady = steady
        self._known: OrderedDict[bytes, tuple[float, TokenRow]] = OrderedDict()
        self._removals = 0
        self._used: dict[str, datetime] = {}
        """Name → last use, not yet written."""

    async def save(
        self,
        name: str,
        role: str,
        token: str,
        *,
        agent: str = "",
        made_by: str = "",
        made_at: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> TokenRow:
        """Let ``token`` stand for ``role``.  Raises DirectoryError: wrong, or the name is taken."""
        if role not in ROLES:
            raise DirectoryError(f"{role!r} is not a role; roles are {', '.join(ROLES)}")
        if not name.strip() or len(name) > 80 or not name.isprintable():
            raise DirectoryError(
                "a token needs a name of 1 to 80 printable characters, to be told from others"
            )
        if len(token) < _MIN_TOKEN:
            raise DirectoryError(f"a token needs {_MIN_TOKEN} or more characters, made by a random generator")
        if (role == AGENT) is not bool(agent):
            raise DirectoryError("a token of the role agent, and no other, names the agent that it acts for")
        row = TokenRow(name, role, agent, made_by, made_at, expires_at)
        digest = _digest(token)
        table = models.api_tokens
        async with self._writing.begin() as connection:
            taken = (table.c.token_sha256 == digest) | (table.c.name == name)
            owner = await connection.scalar(select(table.c.name).where(taken))
            if owner is not None:
                what = "there is a token" if owner == name else "this token is in use already,"
                raise DirectoryError(f"{what} of the name {owner!r}; revoke that one, or take another")
            await connection.execute(insert(table).values(**msgspec.structs.asdict(row), token_sha256=digest))
        return row

    async def all(self) -> list[TokenRow]:
        """Give all tokens by name."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(models.api_tokens).order_by(models.api_tokens.c.name))
            return [self._row(row) for row in rows]

    async def remove(self, name: str) -> bool:
        """Remove a token, which is worth nothing from then on; False when there is none of that name."""
        return await self._remove(models.api_tokens.c.name == name)

    async def remove_of_agent(self, agent: str) -> list[str]:
        """Remove all tokens of an agent; gives their names."""
        names = [row.name for row in await self.all() if (row.role, row.agent) == (AGENT, agent)]
        await self._remove((models.api_tokens.c.agent == agent) & (models.api_tokens.c.role == AGENT))
        return names

    async def _remove(self, which: Any) -> bool:
        async with self._writing.begin() as connection:
            gone = await connection.execute(delete(models.api_tokens).where(which))
        self._removals += 1
        self._known.clear()
        return bool(gone.rowcount)

    def seen(self, token: str) -> bool:
        """Tell whether a token was good lately, so that asking for it again is no guess."""
        return _digest(token) in self._known

    async def holder_of(self, token: str, now: datetime) -> TokenRow | None:
        """Give what a token stands for; None for one that is unknown, removed or expired."""
        digest = _digest(token)
        known = self._known.get(digest)
        if known is not None and known[0] > self._steady():
            row: TokenRow | None = known[1]
        else:
            removals = self._removals
            if known is not None:  # one of those who ask at the same time is enough to look again
                self._known[digest] = (self._steady() + _LOOKING_S, known[1])
            row = await self._find(digest)
            if row is None:
                self._known.pop(digest, None)
            elif removals == self._removals:
                self._known[digest] = (self._steady() + KNOWN_S, row)
                while len(self._known) > _MOST_KNOWN:
                    self._known.popitem(last=False)
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        self._used[row.name] = now
        return row

    async def _find(self, digest: bytes) -> TokenRow | None:
        table = models.api_tokens
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(table).where(table.c.token_sha256 == digest))).first()
        if row is None or not hmac.compare_digest(row.token_sha256, digest):
            return None
        return self._row(row)

    async def write_used(self) -> None:
        """Write when each token was used last."""
        if not self._used:
            return
        used, self._used = self._used, {}
        table = models.api_tokens
        statement = update(table).where(table.c.name == bindparam("of")).values(last_used_at=bindparam("at"))
        async with self._writing.begin() as connection:
            await connection.execute(statement, [{"of": name, "at": at} for name, at in used.items()])

    def _row(self, row: Row[Any]) -> TokenRow:
        told = {name: getattr(row, name) for name in TokenRow.__struct_fields__}
        told["last_used_at"] = self._used.get(row.name, told["last_used_at"])
        return TokenRow(**told)


def new_token() -> str:
    """Make a token: 32 bytes of chance."""
    return BEGIN + secrets.token_urlsafe(32)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
