"""The service ``trunk_watch``: how each trunk is, for the log, ``ringhall trunks`` and whoever asks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

import msgspec
from aiohttp import web

from callflow.live_calls import LiveCalls
from callflow.settings import Settings
from callflow.stages.trunks import TrunksService
from records.events import TrunkStateChanged
from telephony.trunk_states import NO, REJECTED, UNREGISTERED, TrunkState, TrunkStates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callflow.protocol import Runtime


class TrunkView(msgspec.Struct, frozen=True):
    """One trunk, as it is now."""

    trunk: str
    registration: str
    """registered, unregistered, rejected; empty where we don't register."""
    reachable: str
    """yes, no; empty where it is not probed."""
    calls_in: int
    calls_out: int
    most_calls: int | None
    """Outgoing; None for a trunk over which the site dials nothing."""
    known: bool
    """Whether the settings have it: without, no call can go out or come in."""
    last_failure: str = ""
    """congestion, unreachable, failed or no_sign."""
    last_failure_at: float | None = None
    """Unix seconds."""


class TrunkWatch:
    """Follows the trunks' states, and counts the calls on them."""

    needs: ClassVar[tuple[str, ...]] = ("trunks",)

    def __init__(self, runtime: Runtime, trunks: TrunksService) -> None:
        self._runtime = runtime
        self._trunks = trunks
        self._port = next(iter(runtime.all_of(TrunkStates)), None)
        self._following: asyncio.Task[None] | None = None

    @classmethod
    def create(cls, runtime: Runtime) -> TrunkWatch:
        """Make the service."""
        return cls(runtime, runtime.require(TrunksService))

    async def start(self) -> None:
        """Follow what the switch tells."""
        if self._port is not None:
            following = self._follow(self._port)
            self._following = asyncio.get_running_loop().create_task(following, name="trunks")

    async def stop(self) -> None:
        """Follow no more."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    async def _follow(self, port: TrunkStates) -> None:
        async for name in port.changes():
            self._note(name, port.states()[name])

    def _note(self, name: str, state: TrunkState) -> None:
        self._runtime.record(
            TrunkStateChanged(trunk=name, registration=state.registration, reachable=state.reachable)
        )
        alarm = f"trunk_{name}"
        if state.registration in {UNREGISTERED, REJECTED}:
            self._runtime.alarm(alarm, f"the trunk {name} is {state.registration}")
        elif state.reachable == NO:
            self._runtime.alarm(alarm, f"the trunk {name} does not answer")
        else:
            self._runtime.clear_alarm(alarm)

    def views(self) -> list[TrunkView]:
        """Show every trunk of the settings and of the site."""
        states = self._port.states() if self._port is not None else {}
        known = {trunk.name for trunk in self._runtime.require(Settings).asterisk.trunks}
        names = sorted({*known, *self._trunks.trunks})
        return [self._view(name, states.get(name, TrunkState()), known=name in known) for name in names]

    def _view(self, name: str, state: TrunkState, *, known: bool) -> TrunkView:
        lines = self._trunks.lines
        definition = self._trunks.get(name)
        at, failure = lines.state.failed.get(name, (None, ""))
        came_in = [
            live for live in self._runtime.require(LiveCalls) if live.endpoint == name and not live.purpose
        ]
        return TrunkView(
            trunk=name,
            registration=state.registration,
            reachable=state.reachable,
            calls_in=len(came_in),
            calls_out=lines.on_trunk(name),
            most_calls=definition.most_calls if definition else None,
            known=known,
            last_failure=failure,
            last_failure_at=at,
        )

    def in_status(self) -> Mapping[str, object]:
        """Say in ``ringhall status`` how the trunks are."""
        return {"trunks": msgspec.to_builtins(self.views())}

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the route of ``ringhall trunks``."""
        return [web.get("/control/trunks", self._list)]

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response(msgspec.to_builtins(self.views()))
