"""The stage ``menu``: serves a call through the site's menus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict

from callflow.protocol import CallFactSource, FactSource, HoursKeeper, Refers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Prompt, Runtime
    from ivr.menu_run import MenuServer


class MenuStart(BaseModel):
    """Which menu a call begins in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    menu: Annotated[str, Refers("menu")]


class MenuStage:
    """Serves a call through the site's menus, from its number's menu or from where it was left."""

    name: ClassVar[str] = "menu"
    step: ClassVar[type[BaseModel]] = MenuStart
    outcomes: ClassVar[frozenset[str]] = frozenset({"completed"})

    def __init__(self, server: MenuServer) -> None:
        self._server = server

    @classmethod
    def create(cls, runtime: Runtime) -> MenuStage:
        """Make the stage."""
        # a dialplan is checked without services
        from ivr.menu_run import MenuServer  # noqa: PLC0415
        from ivr.service import SiteService  # noqa: PLC0415

        sites, sources = runtime.require(SiteService), runtime.all_of(FactSource)
        return cls(MenuServer(sites, sources, runtime.all_of(HoursKeeper), runtime.all_of(CallFactSource)))

    def prompts(self) -> Iterable[Prompt]:
        """Give none: the site's prompts are rendered by the site's service."""
        return ()

    async def run(self, call: Call, step: MenuStart) -> str:
        """Serve the call to its end."""
        await self._server.serve(call, step.menu)
        return "completed"
