"""Routes of the control socket for the site: for ``ringhall reload``, ``versions`` and ``rollback``."""

from __future__ import annotations

import asyncio
import pwd
import socket
import struct
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from ivr.live_site import RELOAD, LiveSite, NoSuchVersion
from ivr.site_state import told_versions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.site_state import Change

_CREDENTIALS = struct.Struct("3i")


class _Rollback(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /control/site/rollback``."""

    version: str = ""


class SiteRoutes:
    """Handlers; every one answers with JSON, or with text and a status from 400 on."""

    def __init__(self, live: LiveSite) -> None:
        self._live = live

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/control/site", self._site),
            web.get("/control/site/versions", self._versions),
            web.post("/control/site/reload", self._reload),
            web.post("/control/site/rollback", self._rollback),
        ]

    async def _site(self, _request: web.Request) -> web.Response:
        return _answer(self._live.state.told(self._live.site))

    async def _versions(self, _request: web.Request) -> web.Response:
        kept = await asyncio.to_thread(self._live.versions)
        return _answer(told_versions(kept, self._live.site.version))

    async def _reload(self, request: web.Request) -> web.Response:
        return _answer(_told(await self._live.load(user_of(request), RELOAD)))

    async def _rollback(self, request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read() or b"{}", type=_Rollback)
            change = await self._live.rollback(asked.version, user_of(request))
        except msgspec.MsgspecError as error:
            return web.Response(status=400, text=f"the body is not as expected: {error}")
        except NoSuchVersion as error:
            return web.Response(status=409, text=str(error))
        return _answer(_told(change))


def user_of(request: web.Request) -> str:
    """Give the name of the user whose process asks, as the kernel knows it; ``control`` when it does not."""
    peer: Any = request.transport.get_extra_info("socket") if request.transport is not None else None
    try:
        told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except (AttributeError, OSError):
        return "control"
    uid: int = _CREDENTIALS.unpack(told)[1]
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _told(change: Change) -> dict[str, Any]:
    return {
        "result": change.result,
        "version": change.version,
        "problems": [problem.as_json() for problem in change.problems],
    }


def _answer(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
