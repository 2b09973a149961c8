"""Where a call goes that was handed over to no agent: a menu, or somebody outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.in_call.outside_talk import OutsideTalk
from callflow.dialing.party import COMPLETED, FAILED

if TYPE_CHECKING:
    from acd.core.inputs import Target
    from acd.in_call.targets import Destination
    from callflow.dialing.party import OutsideParty
    from callflow.protocol import Call, Runtime


class Onward:
    """Serves a call in a menu, or with somebody outside, to its end there."""

    def __init__(self, call: Call, runtime: Runtime) -> None:
        self._call = call
        self._runtime = runtime

    async def go(self, to: Destination, music: str, line: OutsideParty | None = None) -> str:
        """Go there; ``line`` is to whoever talks with the caller already.

        Gives completed, or why nobody was there: busy, no_answer, rejected, not_allowed, failed.
        """
        if to.target.kind == "menu":
            return await self._in_menu(to.target.name)
        return await OutsideTalk(self._call, self._runtime, line).serve(to, music)

    async def resume(self, to: Target) -> str:
        """Go on there after a restart."""
        if to.kind == "menu":
            return await self._in_menu(to.name)
        return await OutsideTalk(self._call, self._runtime).resume() if to.kind == "outside" else FAILED

    async def _in_menu(self, menu: str) -> str:
        kind = self._runtime.stage_types()["menu"].step
        await self._call.run_stage("menu", kind.model_validate({"menu": menu}))
        return COMPLETED
