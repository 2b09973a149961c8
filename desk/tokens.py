"""Making and revoking tokens: over the API, and by ``ringhall tokens`` over the control socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from callflow.clock import utc
from records.errors import DirectoryError
from records.events import TokenIssued, TokenRevoked
from records.tokens import AGENT, TokenRow, new_token

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from records.directory import Directory

DAY_S = 86_400.0
TokenName = Annotated[
    str,
    Meta(pattern=r"^[\w.@-][\w .@-]{0,79}$", description="Tells tokens apart; on record with what is done."),
]


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a token is to stand for."""

    name: TokenName
    role: Annotated[str, Meta(pattern="^(agent|integration|supervisor|admin)$")]
    agent: Annotated[str, Meta(pattern="^([0-9]{2,12})?$")] = ""
    """For the role agent: the number of the agent that it acts for, and of no other."""
    days: Annotated[float, Meta(gt=0, le=3660)] | None = None
    """After so many days it expires; null: it holds until it is revoked."""


class IssuedToken(msgspec.Struct, frozen=True):
    """A token that was made."""

    token: str
    """Send it as ``Authorization: Bearer …``.  It is shown this once: only its hash is kept."""
    about: TokenRow

    def __repr__(self) -> str:
        return f"IssuedToken({self.about.name!r})"


class NoSuchToken(Exception):  # noqa: N818 - named for what is missing
    """There is no token of that name."""


class TokenKeeper:
    """Each change is on record, with the name of who asked for it."""

    def __init__(self, runtime: Runtime, directory: Directory) -> None:
        self._runtime = runtime
        self._directory = directory

    async def all(self) -> list[TokenRow]:
        """Give all tokens by name."""
        return await self._directory.tokens.all()

    async def issue(self, wanted: NewToken, by: str) -> IssuedToken:
        """Make a token.  Raises DirectoryError: the name is taken, or there is no such agent."""
        if wanted.role == AGENT and await self._directory.agent(wanted.agent) is None:
            raise DirectoryError(
                f"there is no agent {wanted.agent}" if wanted.agent else "a token of the role agent names one"
            )
        token, now = new_token(), self._runtime.clock.now()
        expires = None if wanted.days is None else now + wanted.days * DAY_S
        row = await self._directory.tokens.save(
            wanted.name,
            wanted.role,
            token,
            agent=wanted.agent,
            made_by=by,
            made_at=utc(now),
            expires_at=None if expires is None else utc(expires),
        )
        self._runtime.record(
            TokenIssued(token=row.name, role=row.role, agent=row.agent, by=by, expires=expires)
        )
        return IssuedToken(token, row)

    async def revoke(self, name: str, by: str) -> None:
        """Make a token worth nothing, at once.  Raises NoSuchToken."""
        if name not in {row.name for row in await self.all()}:
            raise NoSuchToken(f"there is no token {name!r}")
        self._runtime.record(TokenRevoked(token=name, by=by))
        await self._directory.tokens.remove(name)
