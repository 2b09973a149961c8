"""Routes of the control socket for the mailboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from callflow.stages.recordings import Message, RecordingsService


class RecordingRoutes:
    """What ``ringhall voicemail`` talks to."""

    def __init__(self, recordings: RecordingsService, home: Path) -> None:
        self._recordings = recordings
        self._home = home

    def routes(self) -> Iterable[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/control/voicemail", self._list),
            web.post("/control/voicemail/{message}/heard", self._heard),
            web.delete("/control/voicemail/{message}", self._delete),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        found = self._recordings.messages(request.query.get("box", ""))
        return _answer([self._shown(message) for message in found])

    async def _heard(self, request: web.Request) -> web.Response:
        message = self._one(request)
        self._recordings.heard(message.message)
        return _answer(self._shown(message))

    async def _delete(self, request: web.Request) -> web.Response:
        message = self._one(request)
        await self._recordings.delete(message.message)
        return _answer({"deleted": message.message})

    def _one(self, request: web.Request) -> Message:
        message = self._recordings.message(request.match_info["message"])
        if message is None:
            raise web.HTTPNotFound(text="there is no such message; 'ringhall voicemail list' lists them")
        return message

    def _shown(self, message: Message) -> dict[str, Any]:
        return {
            **msgspec.structs.asdict(message),
            "file": str(self._home / message.file),
            "number": self._recordings.number_of(message),
        }


def _answer(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
