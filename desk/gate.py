"""Who is let in: bearer tokens, and what their roles may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.api import Asked, Role
from desk.errors import NO_TOKEN, OTHER_AGENT, WRONG_ROLE

if TYPE_CHECKING:
    from aiohttp import web

    from callflow.api import Route
    from records.directory import Directory, TokenRow


class Gate:
    """Knows tokens by the directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def know(self, request: web.Request) -> TokenRow:
        """Give whose token a request carries; raises a no-valid-token error."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        holder = await self._directory.holder_of(token) if scheme.lower() == "bearer" and token else None
        if holder is None:
            raise NO_TOKEN("the request carries no valid token", where="header Authorization")
        return holder

    async def let_in(self, route: Route, request: web.Request, request_id: str) -> Asked:
        """Let a request in to a route, or raise an ApiError."""
        if not route.roles:
            return Asked(by="", role=Role.AGENT, agent="", request_id=request_id, raw=request)
        holder = await self.know(request)
        role = Role(holder.role)
        if role not in route.roles:
            raise WRONG_ROLE(
                f"a token of role {role} may not {request.method} {request.path}",
                where="header Authorization",
                remedy=f"use a token of one of: {', '.join(sorted(route.roles))}",
            )
        agent = ""
        if role is Role.AGENT and route.own and request.match_info[route.own] != agent:
            raise OTHER_AGENT(f"this token may act for agent {agent} only", where=f"path.{route.own}")
        return Asked(by=holder.name, role=role, agent=agent, request_id=request_id, raw=request)
