"""Routes of the control socket for callbacks: what ``ringhall callbacks`` talks to."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from acd.callbacks.desk import due_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.callbacks.cases import Case
    from acd.callbacks.service import CallbackDialer
    from callflow.stages.callbacks import CallbacksService


class CallbackView(msgspec.Struct, frozen=True):
    """An open promise now.  Times in steady (Unix) seconds."""

    callback: str
    call: str
    """The call in which it was promised."""
    queue: str
    state: str
    """listed (the queue calls nobody back), closed (nobody knows when it may be called), resting (not due
    yet), in_line (its place in the queue counts), calling."""
    position: int | None
    """In the queue, when it is in line."""
    at: float
    """When it was promised."""
    since: float
    """Its place: who came later stands behind it."""
    due: float | None
    """When it may be kept at the earliest."""
    tries: int
    most_tries: int | None
    last: str
    """What came of the last try."""
    calling: str
    """The call that is to keep it now."""
    hours: str
    language: str
    number: str
    """Empty when its person was erased.  Personal data."""


class CallbackRoutes:
    """Handlers; every one answers with JSON, or with one line of text and a status from 400 on."""

    def __init__(self, dialer: CallbackDialer, promises: CallbacksService) -> None:
        self._dialer = dialer
        self._promises = promises

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        one = "/control/callbacks/{callback}"
        return [
            web.get("/control/callbacks", self._list),
            web.get("/control/callbacks/settled", self._settled),
            web.post(f"{one}/{{outcome:done|withdrawn}}", self._settle),
            web.post(f"{one}/now", self._now),
        ]

    async def _list(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's shape
        return _answer(self.views())

    async def _settled(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return _answer(self._dialer.cases.state.settled[::-1])

    async def _settle(self, request: web.Request) -> web.Response:
        case, outcome = self._case(request), request.match_info["outcome"]
        self._dialer.settle(case, outcome)
        return _answer({"callback": case.callback, "outcome": outcome})

    async def _now(self, request: web.Request) -> web.Response:
        case = self._case(request)
        if case.queue not in self._dialer.terms():
            raise web.HTTPConflict(
                text=f"the queue {case.queue} calls nobody back; give it callbacks: in the dialplan"
            )
        if case.at:
            raise web.HTTPConflict(text=f"{case.callback} is being called already, by the call {case.at}")
        self._dialer.hurry(case, await _by(request))
        return _answer(next(view for view in self.views() if view.callback == case.callback))

    def _case(self, request: web.Request) -> Case:
        case = self._dialer.cases.get(request.match_info["callback"])
        if case is None:
            raise web.HTTPNotFound(text="there is no such callback; 'ringhall callbacks list' lists them")
        return case

    def views(self) -> list[CallbackView]:
        """Show the open promises, the oldest first."""
        return [self._view(case) for case in self._dialer.cases]

    def _view(self, case: Case) -> CallbackView:
        dialer, acd = self._dialer, self._dialer.acd
        terms, now = dialer.terms().get(case.queue), dialer.now()
        promise = self._promises.get(case.callback)
        if terms is not None:
            due = due_at(case, terms, dialer.opens_at, now)
        else:
            due = promise.due if promise else None
        held = acd.state.held.get(case.callback)
        if terms is None:
            state = "listed"
        elif case.at:
            state = "calling"
        elif due is None:
            state = "closed"
        else:
            state = "resting" if due > now else "in_line"
        return CallbackView(
            callback=case.callback,
            call=case.call,
            queue=case.queue,
            state=state,
            position=acd.floor.lines.position(held.queue, held.place) if held else None,
            at=case.promised_at,
            since=case.since,
            due=due,
            tries=case.tries,
            most_tries=terms.tries if terms else None,
            last=case.last,
            calling=case.at,
            hours=case.hours,
            language=case.language,
            number=self._promises.number_of(promise) if promise else "",
        )


async def _by(request: web.Request) -> str:
    raw = await request.read()
    body = msgspec.json.decode(raw) if raw.strip() not in {b"", b"null"} else {}
    return str(body.get("by") if isinstance(body, dict) else "") or getpass.getuser()


def _answer(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
