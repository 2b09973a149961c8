"""The service ``ivr``: the site that is live, and which menu a dialed number leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callflow.settings import Settings
from ivr.call_facts import SiteFacts
from ivr.control import SiteRoutes
from ivr.live_site import LiveSite
from ivr.programs_files import ProgramsFiles
from ivr.schema.site import DEFAULT, normalised
from ivr.stage import MenuStart
from ivr.steps import Position
from telephony.switch import LegKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web
    from pydantic import BaseModel

    from callflow.protocol import Runtime, WrittenDefinition
    from ivr.steps import Site


class SiteService:
    """Answers which menu of which version serves a call."""

    needs: ClassVar[tuple[str, ...]] = ("speech",)

    def __init__(self, live: LiveSite) -> None:
        self.live = live
        """The live site and its versions."""
        self._written = ProgramsFiles(live)

    @classmethod
    def create(cls, runtime: Runtime) -> SiteService:
        """Make the service for the folder given in the settings."""
        settings = runtime.require(Settings)
        return cls(LiveSite(runtime, settings.dialplans, watching=settings.watch_dialplans))

    @property
    def site(self) -> Site:
        """The live site; raises :class:`ivr.live_site.SiteBroken` before there is one."""
        return self.live.site

    async def start(self) -> None:
        """Put the site live, or the last good version of it; then watch its folder."""
        await self.live.start()

    async def stop(self) -> None:
        """Stop watching."""
        await self.live.stop()

    def in_status(self) -> Mapping[str, object]:
        """Say which version is live, for ``ringhall status``."""
        state, refused = self.live.state, self.live.state.refused
        since = state.live
        return {
            "dialplans": {
                "version": self.site.version,
                "since": since.at.isoformat(timespec="seconds") if since else None,
                "who": since.who if since else None,
                "rolled_back_from": state.instead_of or None,
                "refused": refused.version if refused else None,
            }
        }

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall reload``, ``versions`` and ``rollback``."""
        return SiteRoutes(self.live).routes()

    async def definition(self, section: str, name: str) -> WrittenDefinition:
        """Give a definition that a program wrote into the folder; raises NotDefined."""
        return await self._written.definition(section, name)

    async def define(
        self, section: str, name: str, definition: Mapping[str, Any], who: str, *, version: str = ""
    ) -> WrittenDefinition:
        """Write one, and put the site live with it; raises DefinitionRefused."""
        return await self._written.define(section, name, definition, who, version=version)

    async def undefine(self, section: str, name: str, who: str) -> None:
        """Remove one; raises DefinitionRefused."""
        await self._written.undefine(section, name, who)

    def house_language(self) -> str:
        """Give the language that the site names first."""
        return self.site.languages[0]

    def house_name(self) -> str:
        """Give the site's name."""
        return self.site.name

    def house_country(self) -> str:
        """Give the country of numbers that have no country code."""
        return self.site.country

    def midnight(self, now: float) -> float:
        """Give the steady seconds at which the day of ``now`` began by the site's clock."""
        moment = SiteFacts(self.site).wall_clock(now)
        return moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    def first_stage(self, kind: LegKind, dialed: str) -> tuple[str, BaseModel] | None:
        """Give the stage for a call from a trunk; None for a number that the site does not know."""
        menu = self.menu_for(dialed) if kind is LegKind.TRUNK else None
        return ("menu", MenuStart(menu=menu)) if menu is not None else None

    def menu_for(self, dialed: str) -> str | None:
        """Give the menu of a dialed number: as written, without or with its +, else the default."""
        return self.menu_of_number(dialed) or self.site.numbers.get(DEFAULT)

    def menu_of_number(self, number: str) -> str | None:
        """Give the menu of a number that the site names: as written, without or with its +."""
        numbers, plain = self.site.numbers, normalised(number)
        other = plain[1:] if plain.startswith("+") else f"+{plain}"
        return numbers.get(plain) or numbers.get(other)

    def menu_names(self) -> list[str]:
        """Give the names of the live site's menus."""
        return list(self.site.blocks)

    async def place_for(self, menu: str, resume_at: tuple[str, int, str] | None) -> tuple[Site, Position]:
        """Give the version and the position in which a call goes on.

        A call taken over after a restart goes on at its step of the version it began with; when that
        version is not kept any more, at the start of its menu in the live one, else at its number's menu.
        """
        if resume_at is None:
            # the menu was chosen a moment ago, and a version without it may have gone live since
            return self.live.with_menu(menu), Position(menu, 0)
        at, version = Position(*resume_at[:2]), resume_at[2]
        site = await self.live.version(version)
        if site is not None and site.step(at) is not None:
            return site, at
        return self.site, Position(at.menu if at.menu in self.site.blocks else menu, 0)
