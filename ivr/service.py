"""The service ``ivr``: the site that is live, and which menu a dialed number leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import structlog

from callflow.parts import PartError
from callflow.protocol import Configurable, PromptError
from callflow.settings import Settings
from ivr.load import Loaded, load, load_folder
from ivr.problems import Severity
from ivr.schema.site import DEFAULT, normalised
from ivr.steps import Position
from ivr.versions import Versions
from records.events import SiteLoaded
from telephony.switch import LegKind

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from callflow.protocol import Runtime, Section
    from ivr.steps import Site

_log = structlog.get_logger(__name__)

ALARM = "dialplan"
MOST_SHOWN = 20


class SiteBroken(PartError):  # noqa: N818 - named for what happened
    """The site can't go live and no earlier version can stand in; the message lists what is wrong."""


class SiteService:
    """Loads the site, keeps what worked, and answers which menu serves a call."""

    needs: ClassVar[tuple[str, ...]] = ("speech",)

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self._runtime = runtime
        self._folder = folder
        self._kept = Versions(runtime.home)
        self._site: Site | None = None
        self._older: dict[str, Site] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> SiteService:
        """Make the service for the folder given in the settings."""
        return cls(runtime, runtime.require(Settings).dialplans)

    @property
    def site(self) -> Site:
        """The live site; raises :class:`SiteBroken` before there is one."""
        if self._site is None:
            raise SiteBroken("no site is live yet")
        return self._site

    async def start(self) -> None:
        """Put the site live, or the last good version of it."""
        await self.load()

    async def stop(self) -> None:
        """Let go of nothing: there is nothing that outlives the process."""

    async def load(self) -> Loaded:
        """Read the folder and put its site live for new calls; may be called again at any time.

        A broken site leaves the live one as it is, or at start brings back the last good one, and raises
        the alarm ``dialplan``.  Raises :class:`SiteBroken` when there is neither.
        """
        loaded = self._read(self._folder)
        broken = [str(problem) for problem in loaded.problems if problem.severity is Severity.ERROR]
        for problem in loaded.problems:
            _log.warning("dialplan_problem", problem=str(problem))
        if loaded.site is not None:
            try:
                await self._go_live(loaded.site)
            except PromptError as error:
                broken = [str(error)]
            else:
                self._keep(loaded)
                self._runtime.clear_alarm(ALARM)
                return loaded
        if self._site is None:
            await self._bring_back_last(broken)
        version = self.site.version
        self._runtime.alarm(ALARM, f"{_listed(broken)}\nVersion {version} stays live.")
        return loaded

    def house_language(self) -> str:
        """Give the language that the site names first."""
        return self.site.languages[0]

    def first_stage(self, kind: LegKind, dialed: str) -> tuple[str, BaseModel] | None:
        """Give the stage for a call from a trunk; None for a number that the site does not know."""
        from ivr.stage import MenuStart  # noqa: PLC0415 - the stage needs this module

        menu = self.menu_for(dialed) if kind is LegKind.TRUNK else None
        return ("menu", MenuStart(menu=menu)) if menu is not None else None

    def menu_for(self, dialed: str) -> str | None:
        """Give the menu of a dialed number: as written, without or with its +, else the default."""
        numbers = self.site.numbers
        number = normalised(dialed)
        other = number[1:] if number.startswith("+") else f"+{number}"
        for candidate in (number, other, DEFAULT):
            if candidate in numbers:
                return numbers[candidate]
        return None

    async def place_for(self, menu: str, resume_at: tuple[str, int, str] | None) -> tuple[Site, Position]:
        """Give the version and the position in which a call goes on.

        A call taken over after a restart goes on at its step of the version it began with; when that
        version is not kept any more, at the start of its menu in the live one, else at its number's menu.
        """
        if resume_at is None:
            return self.site, Position(menu, 0)
        at, version = Position(*resume_at[:2]), resume_at[2]
        site = await self._version(version)
        if site is not None and site.step(at) is not None:
            return site, at
        return self.site, Position(at.menu if at.menu in self.site.blocks else menu, 0)

    # ── versions ─────────────────────────────────────────────────────────────────────────────────

    def _read(self, folder: Path) -> Loaded:
        return load_folder(folder, self._runtime.stage_types(), self._sections())

    def _sections(self) -> list[Section]:
        return [service.section for service in self._configurable()]

    def _configurable(self) -> list[Configurable]:
        return self._runtime.all_of(Configurable)

    async def _go_live(self, site: Site) -> None:
        await self._runtime.prompts.prepare(site.prompts(), site.languages)
        for service in self._configurable():
            service.configure(site.sections.get(service.section.name, {}), site.version)
        if self._site is None or self._site.version != site.version:
            self._runtime.record(SiteLoaded(version=site.version, files=list(site.files)))
        self._site = site
        self._older.clear()
        _log.info("site_live", site=site.name, version=site.version, menus=len(site.blocks))

    def _keep(self, loaded: Loaded) -> None:
        try:
            self._kept.keep(self.site.version, loaded.sources)
        except OSError as error:
            self._runtime.alarm("dialplan_kept", f"this version can't be kept for a restart: {error}")
        else:
            self._runtime.clear_alarm("dialplan_kept")

    async def _bring_back_last(self, broken: list[str]) -> None:
        site = self._reread(self._kept.live())
        if site is not None:
            try:
                await self._go_live(site)
            except PromptError as error:
                broken.append(str(error))
            else:
                return
        raise SiteBroken(f"the dialplans can't go live:\n{_listed(broken)}\nTry: ringhall check")

    async def _version(self, version: str) -> Site | None:
        if version == self.site.version:
            return self.site
        if version not in self._older:
            site = self._reread(version)
            if site is None:
                return None
            try:
                await self._runtime.prompts.prepare(site.prompts(), site.languages)
            except PromptError as error:
                _log.warning("older_version_lost", version=version, reason=str(error))
                return None
            self._older[version] = site
        return self._older[version]

    def _reread(self, version: str) -> Site | None:
        sources = self._kept.sources(version)
        if not sources:
            return None
        return load(sources, self._runtime.stage_types(), self._sections()).site


def _listed(problems: list[str]) -> str:
    shown = problems[:MOST_SHOWN]
    if len(problems) > MOST_SHOWN:
        shown.append(f"… and {len(problems) - MOST_SHOWN} more")
    return "\n".join(shown)
