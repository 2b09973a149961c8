"""Routes of the control socket for talks: what ``ringhall talk`` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from acd.core.errors import AcdError, NoTalk, UnknownAgent, UnknownQueue
from acd.in_call.asking import Wanted
from acd.in_call.keys import Act
from callflow.on_the_machine import ON_THE_MACHINE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.service import AcdService


class TalkControl:
    """``POST /control/calls/{call}/{act}``: JSON, or one line of text with a status from 400 on."""

    def __init__(self, acd: AcdService) -> None:
        self._acd = acd

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the route."""
        acts = "|".join(act.value for act in Act if act is not Act.HOLD_OR_RESUME)
        return [web.post(f"/control/calls/{{call}}/{{act:{acts}}}", self._ask)]

    async def _ask(self, request: web.Request) -> web.Response:
        call, act = request.match_info["call"], Act(request.match_info["act"])
        raw = await request.read()
        try:
            to = msgspec.json.decode(raw, type=Wanted) if raw.strip() not in {b"", b"{}", b"null"} else None
            await self._acd.ask_in_call(call, act, ON_THE_MACHINE, to)
        except msgspec.DecodeError as error:
            return web.Response(status=400, text=f"the body is not what it should be: {error}")
        except (NoTalk, UnknownAgent, UnknownQueue) as error:
            return web.Response(status=404, text=str(error))
        except AcdError as error:
            return web.Response(status=409, text=str(error))
        return web.json_response({"call": call, "done": act.value})
