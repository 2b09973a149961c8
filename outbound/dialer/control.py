"""Routes of the control socket: what ``ringhall campaigns`` talks to."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from outbound.campaigns.definition import BY_AGENT
from outbound.dialer.errors import CampaignError
from outbound.dialer.views import answers_view, campaign_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outbound.dialer.service import Campaigns

VERBS = {"start": "running", "pause": "paused", "drain": "draining", "stop": "stopped"}


class CampaignControl:
    """Handlers; every one answers with JSON, or with one line of text and a status from 400 on."""

    def __init__(self, service: Campaigns) -> None:
        self._service = service

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/control/campaigns", self._list),
            web.get("/control/campaigns/{campaign}/answers", self._answers),
            web.post(f"/control/campaigns/{{campaign}}/{{verb:{'|'.join(VERBS)}}}", self._change),
            web.post("/control/campaign-calls/{call}/disposition", self._dispose),
        ]

    async def _list(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's shape
        return _answer([campaign_view(self._service, run) for run in self._service.runs.values()])

    async def _answers(self, request: web.Request) -> web.Response:
        try:
            return _answer(answers_view(self._service.run(request.match_info["campaign"])))
        except CampaignError as error:
            raise web.HTTPNotFound(text=str(error)) from None

    async def _change(self, request: web.Request) -> web.Response:
        name, state = request.match_info["campaign"], VERBS[request.match_info["verb"]]
        try:
            await self._service.set_state(name, state, (await _body(request)).get("by") or getpass.getuser())
        except CampaignError as error:
            raise web.HTTPConflict(text=str(error)) from None
        return _answer(campaign_view(self._service, self._service.run(name)))

    async def _dispose(self, request: web.Request) -> web.Response:
        body, call = await _body(request), request.match_info["call"]
        outcome = str(body.get("outcome", ""))
        if outcome not in BY_AGENT:
            raise web.HTTPBadRequest(
                text=f"{outcome[:20]!r} is no disposition; there are: {', '.join(BY_AGENT)}"
            )
        try:
            self._service.dispose(
                call,
                outcome,
                body.get("by") or getpass.getuser(),
                again_at=body.get("again_at"),
                for_agent=str(body.get("agent", "")),
            )
        except CampaignError as error:
            raise web.HTTPConflict(text=str(error)) from None
        return _answer({"call": call, "outcome": outcome})


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    body = msgspec.json.decode(raw) if raw.strip() not in {b"", b"null"} else {}
    return body if isinstance(body, dict) else {}


def _answer(content: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")
