"""Tokens of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callflow.api import Asked, ErrorKind, Page, Paging, Role, WrongCursor, cut, route
from desk.tokens import IssuedToken, NewToken, NoSuchToken, TokenKeeper, TokenName
from records.directory import Directory
from records.errors import DirectoryError
from records.tokens import TokenRow

if TYPE_CHECKING:
    from callflow.protocol import Runtime

NO_SUCH_TOKEN = ErrorKind("no-such-token", 404, "No token has that name.", "see /api/v1/tokens")
NOT_POSSIBLE = ErrorKind(
    "token-not-possible",
    409,
    "The name is taken, or the agent is not there.",
    "take another name, or revoke the token that has it; see /api/v1/tokens and /api/v1/agents",
)


class TokenRoutes:
    """Handlers."""

    tag: ClassVar[str] = "tokens"

    def __init__(self, keeper: TokenKeeper) -> None:
        self._keeper = keeper

    @classmethod
    def create(cls, runtime: Runtime) -> TokenRoutes:
        """Make the group."""
        return cls(TokenKeeper(runtime, runtime.require(Directory)))

    @route("GET", "/tokens", "Every token, without its text", roles={Role.ADMIN}, errors=[WrongCursor])
    async def tokens(self, asked: Asked, query: Paging) -> Page[TokenRow]:  # noqa: ARG002 - a handler's shape
        """By name, with role, expiry and last use."""
        return cut(await self._keeper.all(), query, lambda row: row.name)

    @route("POST", "/tokens", "Make a token", roles={Role.ADMIN}, errors=[NOT_POSSIBLE], status=201)
    async def issue(self, asked: Asked, body: NewToken) -> IssuedToken:
        """The answer is the only place where its text is ever shown."""
        try:
            return await self._keeper.issue(body, asked.by)
        except DirectoryError as error:
            raise NOT_POSSIBLE(str(error), where="body") from None

    @route("DELETE", "/tokens/{name}", "Revoke a token", roles={Role.ADMIN}, errors=[NO_SUCH_TOKEN])
    async def revoke(self, asked: Asked, name: TokenName) -> None:
        """It is worth nothing from now on; event streams that were opened with it are closed."""
        try:
            await self._keeper.revoke(name, asked.by)
        except NoSuchToken as error:
            raise NO_SUCH_TOKEN(str(error), where="path.name") from None
