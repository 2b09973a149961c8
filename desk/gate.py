"""Who is let in: bearer tokens, what their roles may do, and how often."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callflow.api import Asked, Role
from callflow.clock import utc
from desk.errors import NO_TOKEN, OTHER_AGENT, TOO_MANY, WRONG_ROLE

if TYPE_CHECKING:
    from aiohttp import web

    from callflow.api import Route
    from callflow.clock import Clock
    from desk.rate import RateLimit
    from records.tokens import TokenRow, Tokens


class Gate:
    """Knows tokens by the directory."""

    def __init__(self, tokens: Tokens, clock: Clock, limit: RateLimit, wrong: RateLimit) -> None:
        """``limit``: how often a token may ask; ``wrong``: how often an address may come with a wrong one."""
        self._tokens = tokens
        self._clock = clock
        self._limit = limit
        self._wrong = wrong

    async def know(self, request: web.Request) -> TokenRow:
        """Give whose token a request carries; raises a no-valid-token, or too-many-requests, error."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        now = self._clock.now()
        holder = None
        if scheme.lower() == "bearer" and token:
            address = request.remote or ""
            # whoever was let in before is so, whatever else comes from that address: it may be a proxy's
            if (wait := self._wrong.wait(address, now)) and not self._tokens.seen(token):
                raise TOO_MANY(
                    f"too many wrong tokens came from {address}",
                    where="header Authorization",
                    retry_after_s=math.ceil(wait),
                )
            holder = await self._tokens.holder_of(token, utc(now))
            if holder is None:
                self._wrong.take(address, now)
        if holder is None:
            raise NO_TOKEN("the request carries no valid token", where="header Authorization")
        if wait := self._limit.take(holder.name, now):
            raise TOO_MANY(
                f"the token {holder.name!r} asks too often",
                where="header Authorization",
                retry_after_s=math.ceil(wait),
            )
        return holder

    async def let_in(self, route: Route, request: web.Request, request_id: str) -> Asked:
        """Let a request in to a route, or raise an ApiError."""
        if not route.roles:
            return Asked("", Role.AGENT, "", None, request_id, request)
        holder = await self.know(request)
        role = Role(holder.role)
        if role not in route.roles:
            raise WRONG_ROLE(
                f"a token of role {role} may not {request.method} {request.path}",
                where="header Authorization",
                remedy=f"use a token of one of: {', '.join(sorted(route.roles))}",
            )
        if role is Role.AGENT and route.own and request.match_info[route.own] != holder.agent:
            raise OTHER_AGENT(
                f"this token may act for agent {holder.agent or '(none)'} only", where=f"path.{route.own}"
            )
        expires = None if holder.expires_at is None else holder.expires_at.timestamp()
        return Asked(holder.name, role, holder.agent, expires, request_id, request)
