"""The live site and its versions: how files go live, what keeps them from it, and the way back.

Calls in progress hold the version they began with; only new calls see a change.  Whoever awaits in here
lets calls go on: files are read and checked in a process of its own, prompts rendered in another.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from callflow.clock import utc
from callflow.parts import PartError
from callflow.protocol import Configurable, PromptError, PromptsAhead
from ivr.load import Loaded, files_of, read_sources, sources_with, version_of
from ivr.problems import Problem, Severity
from ivr.reader import ChildReader, DirectReader, ReadingFailed
from ivr.site_state import MOST_SHOWN, Change, Refused, SiteState, listed
from ivr.versions import ROLLBACK, GoneLive, Live, Versions
from ivr.watch import Look, Watch, look_at
from records.events import SiteLoaded, SiteRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from callflow.protocol import Runtime
    from ivr.load import Source
    from ivr.reader import Reader
    from ivr.steps import Site
    from ivr.versions import Kept

_log = structlog.get_logger(__name__)

ALARM = "dialplan"
START, WATCH = "start", "watch"
SAVED, RELOAD = "saved", "reload"
MOST_NAMED = 5


class SiteBroken(PartError):  # noqa: N818 - named for what happened
    """The site can't go live and no earlier version can stand in; the message lists what is wrong."""


class NoSuchVersion(Exception):  # noqa: N818 - named for what happened
    """There is nothing to roll back to; the message says why and what there is."""


class LiveSite:
    """Puts sites live and keeps what worked."""

    def __init__(
        self, runtime: Runtime, folder: Path, *, reader: Reader | None = None, watching: bool = True
    ) -> None:
        """``reader``: reads while calls go on; a :class:`ChildReader` unless another is given."""
        self._runtime = runtime
        self._folder = folder
        self._child = ChildReader() if reader is None else None
        self._given = reader
        self._watching = watching
        self._kept = Versions(runtime.home)
        self._site: Site | None = None
        self._before: Site | None = None
        self._state = SiteState()
        self._changing = asyncio.Lock()
        self._older: dict[str, Site] = {}
        self._reading_older = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def site(self) -> Site:
        """The live site; raises :class:`SiteBroken` before there is one."""
        if self._site is None:
            raise SiteBroken("no site is live yet")
        return self._site

    @property
    def folder(self) -> Path:
        """The folder of its files."""
        return self._folder

    def with_menu(self, menu: str) -> Site:
        """Give the live site, or the one before it when only that has the menu."""
        before = self._before
        return before if before is not None and menu not in self.site.blocks else self.site

    @property
    def state(self) -> SiteState:
        """How it stands with the site."""
        return self._state

    def versions(self) -> list[Kept]:
        """Give the versions that can be brought back, newest first; reads files."""
        return self._kept.all()

    async def start(self) -> None:
        """Put the site live, or the last good version of it; then watch the folder for changes."""
        seen = await asyncio.to_thread(look_at, self._folder)
        await self.load(START, START)
        if self._watching:
            self._tasks.append(asyncio.create_task(self._watch(seen), name="dialplan watch"))

    async def stop(self) -> None:
        """Stop watching."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._child is not None:
            await self._child.stop()

    async def load(self, who: str, how: str) -> Change:
        """Read the folder and put its site live for new calls; may be called at any time.

        A broken site leaves the live one as it is, or at a start brings back the last good one, and raises
        the alarm ``dialplan``.  After a rollback the files count again when they have changed, or when
        ``how`` is ``reload``.  Raises :class:`SiteBroken` when nothing can be live.
        """
        async with self._changing:
            loaded = await self._read()
            version = version_of(loaded.sources) if loaded.sources else ""
            for problem in loaded.problems[:MOST_SHOWN]:
                _log.warning("dialplan_problem", problem=str(problem))
            if loaded.site is None:
                return await self._refuse(loaded.problems, version, who)
            before = self._site.version if self._site else ""
            live = self._kept.live()
            if how != RELOAD and live.instead_of == version and (before or await self._bring_back()):
                result = "rolled_back"
            else:
                try:
                    await self._go_live(loaded, Live(version), GoneLive(self._now(), who, how))
                except PromptError as error:
                    problem = Problem(str(self._folder), 1, 1, Severity.ERROR, str(error))
                    return await self._refuse((*loaded.problems, problem), version, who)
                result = "unchanged" if version == before else "live"
            self._state.refused = None
            self._runtime.clear_alarm(ALARM)
            return Change(result, self.site.version, loaded.problems)

    async def would_be(self, file: Path, content: bytes | None) -> Loaded:
        """Check the folder as it would be with a file of this content, or without that (None)."""
        try:
            sources, wrong = await asyncio.to_thread(sources_with, self._folder, file, content)
            if wrong:
                return Loaded(None, tuple(wrong))
            return await self._reader().sources(sources)
        except (OSError, ReadingFailed) as error:
            return Loaded(None, (Problem(str(self._folder), 1, 1, Severity.ERROR, str(error)),))

    async def rollback(self, version: str, who: str) -> Change:
        """Put a kept version live; the folder's files count again when they change.

        ``version``: its first digits, or empty for the one before the live one.  Raises
        :class:`NoSuchVersion`.
        """
        async with self._changing:
            found = _chosen(await asyncio.to_thread(self.versions), version, self.site.version)
            loaded = await self._of_kept(found.version)
            if loaded.site is None:
                raise NoSuchVersion(
                    f"version {found.version} can't be used any more:\n"
                    f"{listed(str(problem) for problem in loaded.problems)}"
                )
            files = version_of(await asyncio.to_thread(self._sources))
            live = Live(found.version, instead_of=files if files != found.version else "")
            try:
                await self._go_live(loaded, live, GoneLive(self._now(), who, ROLLBACK))
            except PromptError as error:
                raise NoSuchVersion(f"the prompts of version {found.version} are lost: {error}") from error
            return Change("live", self.site.version, loaded.problems)

    async def version(self, version: str) -> Site | None:
        """Give a version for a call that was taken over; None when it can't be had any more."""
        if version == self.site.version:
            return self.site
        async with self._reading_older:
            if version not in self._older:
                loaded = await self._of_kept(version)
                if loaded.site is None:
                    return None
                try:
                    await self._runtime.prompts.prepare(loaded.site.prompts(), loaded.site.languages)
                except PromptError as error:
                    _log.warning("older_version_lost", version=version, reason=str(error))
                    return None
                self._older[version] = loaded.site
            return self._older[version]

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> datetime:
        return utc(self._runtime.clock.now())

    def _reader(self) -> Reader:
        """Before there is a live site there are no calls that reading could hold up."""
        if self._site is None or self._child is None:
            sections = [service.section for service in self._runtime.all_of(Configurable)]
            return self._given or DirectReader(self._runtime.stage_types(), sections)
        return self._child

    async def _read(self) -> Loaded:
        try:
            return await self._reader().folder(self._folder)
        except ReadingFailed as error:
            remedy = "Save again, or try: ringhall check"
            problem = Problem(str(self._folder), 1, 1, Severity.ERROR, str(error), remedy=remedy)
            return Loaded(None, (problem,))

    async def _of_kept(self, version: str) -> Loaded:
        sources = await asyncio.to_thread(self._kept.sources, version)
        if not sources:
            return Loaded(None, ())
        try:
            return await self._reader().sources(sources)
        except ReadingFailed as error:
            return Loaded(None, (Problem(version, 1, 1, Severity.ERROR, str(error)),))

    def _sources(self) -> Sequence[Source]:
        try:
            return read_sources(files_of(self._folder))[0]
        except OSError:
            return ()

    # ── going live ───────────────────────────────────────────────────────────────────────────────

    async def _go_live(self, loaded: Loaded, live: Live, time: GoneLive) -> None:
        site = loaded.site
        assert site is not None  # noqa: S101 - callers have looked
        await self._runtime.prompts.prepare(site.prompts(), site.languages)
        if self._site is None or self._site.version != site.version:
            for service in self._runtime.all_of(Configurable):
                service.configure(site.sections.get(service.section.name, {}), site.version)
            self._runtime.record(
                SiteLoaded(
                    version=site.version,
                    files=list(site.files),
                    who=time.who,
                    how=time.how,
                    time_zone=site.time_zone,
                )
            )
            self._before, self._site = self._site, site
            self._older.clear()
            self._state.live = time
            _log.info(
                "site_live",
                site=site.name,
                version=site.version,
                menus=len(site.blocks),
                who=time.who,
                how=time.how,
            )
        self._state.instead_of = live.instead_of
        self._state.warnings = loaded.problems
        try:
            await asyncio.to_thread(self._kept.keep, live, loaded.sources, time)
        except OSError as error:
            self._runtime.alarm("dialplan_kept", f"this version can't be kept for a restart: {error}")
        else:
            self._runtime.clear_alarm("dialplan_kept")

    async def _refuse(self, problems: tuple[Problem, ...], version: str, who: str) -> Change:
        """Say what is wrong; leave the live site, or bring the last good one back."""
        errors = [str(problem) for problem in problems if problem.severity is Severity.ERROR]
        self._state.refused = Refused(self._now(), who, version, problems)
        self._runtime.record(SiteRefused(version=version, who=who, errors=len(errors), first=errors[0]))
        if self._site is None and not await self._bring_back():
            raise SiteBroken(f"the dialplans can't go live:\n{listed(errors)}\nTry: ringhall check")
        live = self.site.version
        self._runtime.alarm(ALARM, f"{listed(errors)}\nVersion {live} stays live.")
        return Change("refused", live, problems)

    async def _bring_back(self) -> bool:
        """Put the version live that was live when the controller ended; False when that is not possible."""
        live = self._kept.live()
        loaded = await self._of_kept(live.version)
        if loaded.site is None:
            return False
        try:
            await self._go_live(loaded, live, GoneLive(self._now(), START, START))
        except PromptError as error:
            _log.error("last_version_lost", version=live.version, reason=str(error))
            return False
        return True

    # ── watching ─────────────────────────────────────────────────────────────────────────────────

    async def _watch(self, seen: Look) -> None:
        if self._child is not None:
            try:
                await self._child.start()
            except ReadingFailed as error:
                _log.error("dialplan_reader", reason=str(error))  # tried again, and told, at the next change
        await Watch(
            lambda: look_at(self._folder), self._expect_prompts, lambda: self.load(WATCH, SAVED), seen
        ).run()

    async def _expect_prompts(self) -> None:
        """While the files are checked, let the rendering process start: most changes bring a new text."""
        prompts = self._runtime.prompts
        if isinstance(prompts, PromptsAhead):
            await prompts.expect(self.site.languages)


def _chosen(kept: list[Kept], version: str, live: str) -> Kept:
    """Find the version that is meant."""
    there = f"There are: {', '.join(one.version for one in kept[:MOST_NAMED]) or 'none'}."
    if not version:
        older = kept[next((n for n, one in enumerate(kept) if one.version == live), -1) + 1 :]
        if not older:
            raise NoSuchVersion(f"no version before the live one, {live}, is kept. {there}")
        return older[0]
    found = [one for one in kept if one.version.startswith(version)]
    if len(found) != 1:
        what = "no kept version begins" if not found else f"{len(found)} kept versions begin"
        raise NoSuchVersion(f"{what} with {version}. {there} See: ringhall versions")
    return found[0]
