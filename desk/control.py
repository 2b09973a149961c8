"""Routes of the control socket: what ``ringhall tokens`` talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from callflow.on_the_machine import ON_THE_MACHINE, answer
from desk.tokens import NewToken, NoSuchToken, TokenKeeper
from records.errors import DirectoryError

if TYPE_CHECKING:
    from collections.abc import Iterable


class TokenControl:
    """Handlers; each answers with JSON, or with one line of text and a status from 400 on."""

    def __init__(self, keeper: TokenKeeper) -> None:
        self._keeper = keeper

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/control/tokens", self._list),
            web.post("/control/tokens", self._issue),
            web.delete("/control/tokens/{name}", self._revoke),
        ]

    async def _list(self, _request: web.Request) -> web.Response:
        return answer(await self._keeper.all())

    async def _issue(self, request: web.Request) -> web.Response:
        try:
            wanted = msgspec.json.decode(await request.read(), type=NewToken)
            return answer(await self._keeper.issue(wanted, ON_THE_MACHINE))
        except (DirectoryError, msgspec.DecodeError) as error:
            return web.Response(status=422, text=str(error))

    async def _revoke(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        try:
            await self._keeper.revoke(name, ON_THE_MACHINE)
        except NoSuchToken as error:
            return web.Response(status=404, text=f"{error}; 'ringhall tokens list' shows them")
        return answer({"revoked": name})
