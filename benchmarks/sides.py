"""The two that are compared, Ringhall and app_queue: how each gets its turn, and what it uses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from benchmarks import app_queue, floor
from benchmarks.machine import usage

if TYPE_CHECKING:
    from callflow.private_server import PrivateServer
    from telephony.peers.sipp import SippRun


@dataclass(frozen=True)
class Numbers:
    """What a caller dials."""

    menu: str
    """A menu with one key, then the queue."""
    straight: str
    """The queue at once."""
    one_agent: str
    """A queue without wrap-up, for the one agent at the first phone."""
    held: str
    """A queue whose agents are all paused."""


class Side(Protocol):
    """One of the two."""

    name: ClassVar[str]
    numbers: ClassVar[Numbers]

    async def take_turn(self, farm: SippRun, agents: int) -> None:
        """Have the phones, ``agents`` of them ready for calls."""

    def cpu_s(self) -> dict[str, float]:
        """Give the CPU seconds used so far, by process."""


class Ringhall:
    """Asterisk and the controller."""

    name: ClassVar[str] = "ringhall"
    numbers: ClassVar[Numbers] = Numbers(menu="1000", straight="1001", one_agent="1002", held="1001")

    def __init__(self, server: PrivateServer, desks: int, settle_s: float) -> None:
        self._server = server
        self._desks = desks
        self._settle_s = settle_s

    async def take_turn(self, farm: SippRun, agents: int) -> None:
        """Start the controller unless it runs, log all agents in, make the first ``agents`` ready."""
        await app_queue.give_back(self._server)
        if not self._server.controller_runs:
            await self._server.start_controller()
        await floor.staff(self._server, farm, self._desks)
        await floor.make_ready(self._server, range(agents))
        await asyncio.sleep(self._settle_s)

    def cpu_s(self) -> dict[str, float]:
        """Give Asterisk's and the controller's."""
        server = self._server
        return {
            "asterisk": usage(server.asterisk_pid).cpu_s,
            "controller": usage(server.controller_pid).cpu_s,
        }


class AppQueue:
    """Asterisk alone: the controller is not running."""

    name: ClassVar[str] = "app_queue"
    numbers: ClassVar[Numbers] = Numbers(
        app_queue.MENU, app_queue.STRAIGHT, app_queue.ONE_AGENT, app_queue.HELD
    )

    def __init__(self, server: PrivateServer, settle_s: float) -> None:
        self._server = server
        self._settle_s = settle_s

    async def take_turn(self, farm: SippRun, agents: int) -> None:  # noqa: ARG002 - the phones are registered
        """Stop the controller and make the first ``agents`` phones members."""
        await app_queue.take_over(self._server, max(1, agents))
        await asyncio.sleep(self._settle_s)

    def cpu_s(self) -> dict[str, float]:
        """Give Asterisk's."""
        return {"asterisk": usage(self._server.asterisk_pid).cpu_s}
