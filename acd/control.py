"""Routes of the control socket for agents and queues: what ``ringhall agents`` and the demo talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from acd.core.errors import AcdError, UnknownAgent
from acd.requests import REQUESTS
from callflow.on_the_machine import ON_THE_MACHINE, answer
from records.errors import DatabaseError, DirectoryError, in_a_line
from records.events import TokenRevoked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from acd.service import AcdService
    from records.directory import Directory
    from records.events import Event

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

T = TypeVar("T")


class NewAgent(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``POST /control/agents``."""

    number: str
    name: str
    skills: dict[str, int] = {}
    pin: str | None = None
    ranks: dict[str, int] = {}


class AgentChange(msgspec.Struct, forbid_unknown_fields=True):
    """Body of ``PATCH /control/agents/{number}``; what is absent stays."""

    name: str | None = None
    skills: dict[str, int] | None = None
    pin: str | None = None
    ranks: dict[str, int] | None = None


class ControlRoutes:
    """Handlers; every one answers with JSON, or with one line of text and a status from 400 on."""

    def __init__(self, acd: AcdService, directory: Directory, record: Callable[[Event], None]) -> None:
        self._acd = acd
        self._directory = directory
        self._record = record

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
            web.post(f"{one}/{{request:{'|'.join(REQUESTS)}}}", _guarded(self._ask)),
            web.get("/control/blocks", self._blocks),
            web.post(f"{one}/block", _guarded(self._block)),
            web.post(f"{one}/unblock", _guarded(self._unblock)),
        ]

    async def _list(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's shape
        return answer(self._acd.agents())

    async def _queues(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return answer(self._acd.queues())

    async def _add(self, request: web.Request) -> web.Response:
        new = await _body(request, NewAgent)
        if await self._directory.agent(new.number) is not None:
            raise DirectoryError(
                f"agent {new.number} exists already; change it with 'ringhall agents set {new.number}'"
            )
        await self._directory.save_agent(new.number, new.name, new.skills, new.pin, new.ranks)
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
            change.ranks,
        )
        await self._acd.reload_agents()
        return self._one(number)

    async def _remove(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        revoked = await self._directory.remove_agent(number)
        if revoked is None:
            raise UnknownAgent(number, [view.number for view in self._acd.agents()])
        for token in revoked:  # whoever listens by one is let go
            self._record(TokenRevoked(token=token, by=ON_THE_MACHINE))
        await self._acd.reload_agents()
        return answer({"removed": number})

    async def _log_in(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        body = await _mapping(request)
        self._acd.log_in_trusted(number, str(body.get("phone", "")), by=ON_THE_MACHINE)
        return self._one(number)

    async def _blocks(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's shape
        return answer(await self._acd.blocks())

    async def _block(self, request: web.Request) -> web.Response:
        number, caller = await self._pair(request)
        await self._acd.block(number, caller)
        return answer({"agent": number, "blocked": True})

    async def _unblock(self, request: web.Request) -> web.Response:
        number, caller = await self._pair(request)
        if not await self._acd.unblock(number, caller):
            raise AcdError(f"agent {number} is not kept from that caller; 'ringhall agents blocks' lists all")
        return answer({"agent": number, "blocked": False})

    async def _pair(self, request: web.Request) -> tuple[str, str]:
        number = request.match_info["number"]
        if await self._directory.agent(number) is None:
            raise UnknownAgent(number, [view.number for view in self._acd.agents()])
        caller = str((await _mapping(request)).get("caller", "")).strip()
        if not any(character.isdigit() for character in caller):
            raise AcdError("it is not said which caller is meant; give the caller's telephone number")
        return number, caller

    async def _ask(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        make = REQUESTS[request.match_info["request"]]
        self._acd.submit(make(number, await _mapping(request), ON_THE_MACHINE))
        return self._one(number)

    def _one(self, number: str) -> web.Response:
        return answer(next(view for view in self._acd.agents() if view.number == number))


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
                status=503, text=f"the database can't be used now ({in_a_line(error)}); try again"
            )

    return guarded


async def _body(request: web.Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.read(), type=kind)


async def _mapping(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    return msgspec.json.decode(raw, type=dict[str, Any]) if raw.strip() not in {b"", b"null"} else {}
