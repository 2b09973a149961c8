"""Routes of the control socket for agents and queues: what ``ringhall agents`` and the demo talk to."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from acd.core import inputs as i
from acd.core.errors import AcdError, UnknownAgent
from records.errors import DatabaseError, DirectoryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from acd.service import AcdService
    from records.directory import Directory

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

T = TypeVar("T")

DEFAULT_REASON = "break"
_REASON = re.compile(r"[\w -]{1,40}")


class NewAgent(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /control/agents``."""

    number: str
    name: str
    skills: dict[str, int] = {}
    pin: str | None = None


class AgentChange(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``PATCH /control/agents/{number}``; what is absent stays."""

    name: str | None = None
    skills: dict[str, int] | None = None
    pin: str | None = None


class ControlRoutes:
    """Handlers; every one answers with JSON, or with one line of text and a status from 400 on."""

    def __init__(self, acd: AcdService, directory: Directory) -> None:
        self._acd = acd
        self._directory = directory

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        one = "/control/agents/{number}"
        return [
            web.get("/control/agents", self._list),
            web.get("/control/queues", self._queues),
            web.post("/control/agents", _guarded(self._add)),
            web.patch(one, _guarded(self._change)),
            web.delete(one, _guarded(self._remove)),
            web.post(f"{one}/login", _guarded(self._log_in)),
            web.post(f"{one}/logout", _guarded(self._asks(lambda agent, _: i.LogOut(agent)))),
            web.post(f"{one}/ready", _guarded(self._asks(lambda agent, _: i.Ready(agent)))),
            web.post(f"{one}/pause", _guarded(self._asks(lambda agent, body: i.Pause(agent, _reason(body))))),
            web.post(f"{one}/finish", _guarded(self._asks(lambda agent, _: i.FinishWrapUp(agent)))),
        ]

    async def _list(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's shape
        return _answer(self._acd.agents())

    async def _queues(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return _answer(self._acd.queues())

    async def _add(self, request: web.Request) -> web.Response:
        new = await _body(request, NewAgent)
        if await self._directory.agent(new.number) is not None:
            raise DirectoryError(
                f"agent {new.number} exists already; change it with 'ringhall agents set {new.number}'"
            )
        await self._directory.save_agent(new.number, new.name, new.skills, new.pin)
        await self._acd.reload_agents()
        return self._one(new.number)

    async def _change(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        change = await _body(request, AgentChange)
        known = await self._directory.agent(number)
        if known is None:
            raise UnknownAgent(number, [view.number for view in self._acd.agents()])
        await self._directory.save_agent(
            number,
            known.name if change.name is None else change.name,
            known.skills if change.skills is None else change.skills,
            change.pin,
        )
        await self._acd.reload_agents()
        return self._one(number)

    async def _remove(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if not await self._directory.remove_agent(number):
            raise UnknownAgent(number, [view.number for view in self._acd.agents()])
        await self._acd.reload_agents()
        return _answer({"removed": number})

    async def _log_in(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        body = await _mapping(request)
        self._acd.log_in_trusted(number, str(body.get("phone", "")))
        return self._one(number)

    def _asks(self, make: Callable[[str, dict[str, Any]], i.Input]) -> Handler:
        async def handler(request: web.Request) -> web.Response:
            number = request.match_info["number"]
            self._acd.submit(make(number, await _mapping(request)))
            return self._one(number)

        return handler

    def _one(self, number: str) -> web.Response:
        return _answer(next(view for view in self._acd.agents() if view.number == number))


def _guarded(handler: Handler) -> Handler:
    """Turn what a user may cause into one line of text."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except UnknownAgent as error:
            return web.Response(status=404, text=str(error))
        except AcdError as error:
            return web.Response(status=409, text=str(error))
        except (DirectoryError, msgspec.ValidationError) as error:
            return web.Response(status=422, text=str(error))
        except msgspec.DecodeError as error:
            return web.Response(status=400, text=f"the body is not JSON: {error}")
        except (DatabaseError, SQLAlchemyError) as error:
            return web.Response(
                status=503, text=f"the database can't be used now ({str(error).splitlines()[0]}); try again"
            )

    return guarded


async def _body(request: web.Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.read(), type=kind)


async def _mapping(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    return msgspec.json.decode(raw, type=dict[str, Any]) if raw.strip() not in {b"", b"null"} else {}


def _reason(body: dict[str, Any]) -> str:
    reason = str(body.get("reason") or DEFAULT_REASON)
    if not _REASON.fullmatch(reason):
        raise AcdError(
            f"{json.dumps(reason)[:60]} can't be a reason: up to 40 letters, digits, '-' and spaces"
        )
    return reason


def _answer(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
