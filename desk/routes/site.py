"""The site's dialplans."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callflow.api import Asked, Role, route
from ivr.service import SiteService
from ivr.site_state import told_versions

if TYPE_CHECKING:
    from callflow.protocol import Runtime


class SiteTold(msgspec.Struct, frozen=True):
    """How it stands with the dialplans."""

    name: str
    version: str
    live: dict[str, Any] | None
    """Since when, by whom and how."""
    rolled_back_from: str | None
    files: list[str]
    languages: list[str]
    time_zone: str
    numbers: dict[str, Any]
    menus: int
    warnings: list[dict[str, Any]]
    refused: dict[str, Any] | None
    """The files as they are now, when they can't go live: who saved them when, and each problem's place."""
    versions: list[dict[str, Any]]
    """Kept versions, the newest first."""


class SiteRoutes:
    """Handlers."""

    tag: ClassVar[str] = "site"

    def __init__(self, site: SiteService) -> None:
        self._site = site

    @classmethod
    def create(cls, runtime: Runtime) -> SiteRoutes:
        """Make the group."""
        return cls(runtime.require(SiteService))

    @route("GET", "/site", "The site's dialplans", roles={Role.SUPERVISOR, Role.INTEGRATION})
    async def site(self, asked: Asked) -> SiteTold:  # noqa: ARG002 - a handler's shape
        """Which version is live since when, what was refused and why, what is kept."""
        live = self._site.live
        kept = await asyncio.to_thread(live.versions)
        told = live.state.told(live.site)
        return msgspec.convert({**told, "versions": told_versions(kept, live.site.version)}, SiteTold)
