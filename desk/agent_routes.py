"""Agents' states over HTTP: what a supervisor sets is on record with the name of the token that set it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from acd.core.errors import AcdError, UnknownAgent
from acd.requests import REQUESTS
from desk.auth import HOLDER, Role, allow, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.service import AcdService

_MOST_BYTES = 4096


class AgentRoutes:
    """``POST /api/v1/agents/{number}/{request}``: login, and what :data:`acd.requests.REQUESTS` names."""

    def __init__(self, acd: AcdService) -> None:
        self._acd = acd

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        names = "|".join(["login", *REQUESTS])
        return [web.post(f"/api/v1/agents/{{number}}/{{request:{names}}}", self.ask)]

    @allow(Role.SUPERVISOR)
    async def ask(self, request: web.Request) -> web.Response:
        """Set an agent's state, now or after the call; gives the agent as they are then."""
        number, name = request.match_info["number"], request.match_info["request"]
        try:
            body = await _body(request)
            if name == "login":
                self._acd.log_in_trusted(number, str(body.get("phone", "")), by=request[HOLDER])
            else:
                self._acd.submit(REQUESTS[name](number, body, request[HOLDER]))
        except UnknownAgent as error:
            return problem(404, "no-such-agent", str(error), "see /api/v1/agents")
        except AcdError as error:
            return problem(409, "not-possible-now", str(error), "see the agent's state in /api/v1/agents")
        except (msgspec.DecodeError, ValueError) as error:
            return problem(
                400, "bad-body", f"the body is no JSON object: {error}", "send {} or what it takes"
            )
        view = next(view for view in self._acd.agents() if view.number == number)
        return web.Response(body=msgspec.json.encode(view), content_type="application/json")


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.content.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES} bytes")
    return msgspec.json.decode(raw, type=dict[str, Any]) if raw.strip() else {}
