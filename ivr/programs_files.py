"""Definitions that programs write: each in a file of its own in the site's folder, ``campaigns-spring.yaml``.

What is written was checked with all other files before, and goes live as any saved file does; an admin reads
it, edits it and puts it under version control like their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from callflow.protocol import DefinedElsewhere, DefinitionRefused, FolderClosed, NotDefined, WrittenDefinition
from ivr.load import shown
from ivr.merge import OVERLAP
from ivr.problems import Severity
from ivr.programs_yaml import TooDeep, as_json, field_at, is_programs, only_definition, written
from ivr.site_state import listed
from ivr.yaml_tree import parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as AnyMapping
    from pathlib import Path

    from ivr.live_site import LiveSite
    from ivr.problems import Problem

SAVED = "saved"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class _File(NamedTuple):
    """One definition's."""

    path: Path
    section: str
    name: str

    def read(self, content: bytes) -> WrittenDefinition:
        """Read what it holds; raises DefinedElsewhere when an admin has made it theirs."""
        tree, _ = parse(content, shown(self.path))
        found = only_definition(tree, self.section, self.name) if tree is not None else None
        if found is None or not is_programs(content):
            raise DefinedElsewhere(
                f"{self.path.name} is no file that a program alone has written",
                where=shown(self.path),
                remedy="Change it there, or rename it: it counts by whatever name.",
            )
        digest = hashlib.sha256(content).hexdigest()[:12]
        return WrittenDefinition(self.name, shown(self.path), digest, as_json(found))

    def none(self) -> NotDefined:
        """Say that there is no such file."""
        return NotDefined(f"no program has defined {self.name!r} in {self.section}", where=shown(self.path))

    def refused(self, content: bytes | None, problems: Iterable[Problem]) -> DefinitionRefused:
        """Tell all that is wrong, and where the first of it is: a field of ours, or a place in a file."""
        tree = parse(content, shown(self.path))[0] if content is not None else None

        def place(problem: Problem) -> str:
            if tree is not None and problem.file == shown(self.path):
                return field_at(tree, self.section, self.name, problem.line, problem.column)
            return f"{problem.file}:{problem.line}:{problem.column}"

        def words(problem: Problem) -> str:
            return problem.message + (f'. Did you mean "{problem.near}"?' if problem.near else "")

        wrong = [problem for problem in problems if problem.severity is Severity.ERROR]
        first, *others = sorted(wrong, key=lambda problem: problem.file != shown(self.path))
        told = [words(first), *(f"{place(problem)}: {words(problem)}" for problem in others)]
        return DefinitionRefused(listed(told), where=place(first), remedy=first.remedy or "Correct it.")


class ProgramsFiles:
    """Those of one site."""

    def __init__(self, live: LiveSite) -> None:
        self._live = live
        self._turn = asyncio.Lock()

    async def definition(self, section: str, name: str) -> WrittenDefinition:
        """Give a definition that a program wrote; raises NotDefined, DefinedElsewhere."""
        file = self._file(section, name)
        content = await asyncio.to_thread(_content, file.path)
        if content is None:
            raise file.none()
        return file.read(content)

    async def define(
        self, section: str, name: str, definition: AnyMapping[str, Any], who: str, *, version: str = ""
    ) -> WrittenDefinition:
        """Check a definition with the site's other files, write it and put the site live."""
        file = self._file(section, name)
        try:
            content = written(f"/{section}/{name}/definition", section, name, dict(definition))
        except TooDeep:
            raise DefinitionRefused("this is nested too deep", where="body", remedy="Write less.") from None
        async with self._turn:
            await self._change(file, await self._before(file, version), content, who)
        return file.read(content)

    async def undefine(self, section: str, name: str, who: str) -> None:
        """Remove a definition and put the site live without it."""
        file = self._file(section, name)
        async with self._turn:
            before = await self._before(file, "")
            if before is None:
                raise file.none()
            await self._change(file, before, None, who)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────

    def _file(self, section: str, name: str) -> _File:
        if not _NAME.fullmatch(name):
            remedy = "Use up to 40 letters, digits, _ and -."
            raise DefinitionRefused(f"{name[:60]!r} can't name a file", where="path", remedy=remedy)
        return _File(self._live.folder / f"{section}-{name}.yaml", section, name)

    async def _before(self, file: _File, version: str) -> bytes | None:
        """Give what the file holds; raises what keeps it from being replaced."""
        if self._live.state.instead_of:
            raise FolderClosed(
                "the folder's files are out of use since a rollback, and a change would put them live",
                where=shown(self._live.folder),
                remedy="Mend them and run: ringhall reload",
            )
        content = await asyncio.to_thread(_content, file.path)
        now = "" if content is None else file.read(content).version
        if version and version != now:
            raise DefinedElsewhere(
                f"{file.path.name} was changed since {version} was read",
                where=shown(file.path),
                remedy="Read it again, and change that.",
            )
        return content

    async def _change(self, file: _File, before: bytes | None, content: bytes | None, who: str) -> None:
        """Replace the file and put the site live; raises DefinitionRefused, with all as it was."""
        loaded = await self._live.would_be(file.path, content)
        if loaded.site is None:
            _raise_if_overlapping(file, loaded.problems)
            raise file.refused(content, loaded.problems)
        await asyncio.to_thread(_put, file.path, content)
        change = await self._live.load(who, SAVED)
        if change.result == "refused":  # a prompt that can't be rendered, or somebody else's edit just now
            await asyncio.to_thread(_put, file.path, before)
            await self._live.load(who, SAVED)
            raise file.refused(content, change.problems)


def _raise_if_overlapping(file: _File, problems: Iterable[Problem]) -> None:
    before, after = OVERLAP.format(what=f"{file.section}: {file.name}", place="\n").split("\n")
    for problem in problems:
        if problem.message.startswith(before):
            raise DefinedElsewhere(
                f"{file.name!r} is defined in a file that no program wrote",
                where=problem.message.removeprefix(before).removesuffix(after),
                remedy="Change it there, or remove it there.",
            )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FolderClosed(f"{path.name} can't be read: {error.strerror}", where=shown(path)) from None


def _put(path: Path, content: bytes | None) -> None:
    """Replace a file, or remove it (None): it is there whole or not at all, also after a power cut."""
    new = path.with_name(f".{path.name}.new")
    try:
        if content is None:
            path.unlink(missing_ok=True)
        else:
            with new.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise FolderClosed(
            f"the site's folder can't be written: {error.strerror}",
            where=shown(path),
            remedy="Let the server's user write there, or add the definition to the site's files by hand.",
        ) from None
