"""Reads a site's files and gives the checked site, or every reason why it can't go live."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ivr.advice import never_open
from ivr.build import HEADER, SiteBuilder
from ivr.merge import Merged
from ivr.paths import path_problems
from ivr.problems import Problem, Severity, has_errors, in_order
from ivr.steps import Site
from ivr.yaml_tree import Mapping, parse, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as AnyMapping

    from callflow.protocol import Section, Stage

SUFFIXES = frozenset({".yaml", ".yml"})


class Source(msgspec.Struct, frozen=True):
    """A file of a site, read."""

    name: str
    """As shown in problems and events."""
    folder: Path
    """Recordings are looked for from here."""
    content: bytes


class Loaded(msgspec.Struct, frozen=True):
    """What came of reading a site."""

    site: Site | None
    """None when there is an error."""
    problems: tuple[Problem, ...]
    sources: tuple[Source, ...] = ()


def files_of(folder: Path) -> list[Path]:
    """List the dialplans of a folder; a ``*.test.yaml`` is none.  Raises OSError."""
    return sorted(
        path for path in folder.iterdir() if path.suffix in SUFFIXES and Path(path.stem).suffix != ".test"
    )


def load_folder(folder: Path, stages: AnyMapping[str, type[Stage]], sections: Iterable[Section]) -> Loaded:
    """Read and check the site in a folder."""
    try:
        files = files_of(folder)
    except OSError as error:
        return _nothing(
            folder, f"the folder can't be read: {error.strerror}", "Make it, with a dialplan in it."
        )
    if not files:
        return _nothing(folder, "there is no dialplan in this folder", 'Put a file "….yaml" into it.')
    return load_files(files, stages, sections)


def load_files(
    files: Iterable[Path], stages: AnyMapping[str, type[Stage]], sections: Iterable[Section]
) -> Loaded:
    """Read and check files that make one site."""
    sources, problems = read_sources(files)
    return load(sources, stages, sections, problems)


def sources_with(folder: Path, file: Path, content: bytes | None) -> tuple[list[Source], list[Problem]]:
    """Read a folder's dialplans as they would be with a file of this content (None: without that file).

    That file comes last, so that what it overlaps with is told of it.  Raises OSError.
    """
    sources, problems = read_sources(path for path in files_of(folder) if path.name != file.name)
    if content is not None:
        sources.append(Source(shown(file), _real(folder), content))
    return sources, problems


def read_sources(files: Iterable[Path]) -> tuple[list[Source], list[Problem]]:
    """Read files, and tell which can't be read."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in files:
        try:
            sources.append(Source(shown(path), _real(path.parent), path.read_bytes()))
        except OSError as error:
            remedy = "Give the path of a dialplan."
            problems += _nothing(path, f"the file can't be read: {error.strerror}", remedy).problems
    return sources, problems


def load(
    sources: Iterable[Source],
    stages: AnyMapping[str, type[Stage]],
    sections: Iterable[Section],
    problems: Iterable[Problem] = (),
) -> Loaded:
    """Check sources that make one site."""
    sources = tuple(sources)
    found = list(problems)
    trees = []
    for source in sources:
        tree, wrong = parse(source.content, source.name)
        found += wrong
        if tree is not None:
            trees.append(tree)
    if not trees:
        return Loaded(None, in_order(found), sources)
    complete = len(trees) == len(sources) and not problems
    folders = {source.name: source.folder for source in sources}
    sections = tuple(sections)
    merged = Merged(trees, HEADER, [one.name for one in sections if one.single])
    builder = SiteBuilder(merged, folders, stages, sections, complete=complete)
    site = builder.build(version_of(sources), tuple(source.name for source in sources))
    found += builder.problems
    if complete:
        found += _whole_site(builder, trees[0])
        found += path_problems(site, builder.guesses)
    ordered = in_order(found)
    return Loaded(None if has_errors(ordered) else site, ordered, sources)


def version_of(sources: Iterable[Source]) -> str:
    """Give the content hash of a site's files: 12 hex digits."""
    digest = hashlib.sha256()
    for source in sorted(sources, key=lambda one: Path(one.name).name):
        digest.update(Path(source.name).name.encode() + b"\0")
        digest.update(hashlib.sha256(source.content).digest())
    return digest.hexdigest()[:12]


def _whole_site(builder: SiteBuilder, first: Mapping) -> list[Problem]:
    """Find what is missing in the site as a whole, and what is there for nothing."""
    found = []
    if not builder.merged.items("menus"):
        found.append(problem_at(first, "there is no menu", remedy='Write "menus:" with a menu under it.'))
    if not builder.merged.items("numbers"):
        remedy = 'Write "numbers:" with a line "number: menu" under it.'
        found.append(problem_at(first, "no number leads to a menu", remedy=remedy))
    for name, section in builder.sections.items():
        if name == "regions" or not section.named:  # they are asked for by their names as texts
            continue
        for key, _ in builder.merged.items(name):
            if (section.defines, key.text) not in builder.used and not builder.problems:
                message = f'the {section.defines} "{key.text}" is used by no step'
                found.append(problem_at(key, message, severity=Severity.WARNING))
    for name, definitions in builder.definitions.items():
        found += never_open(definitions, builder.merged.names(name))
    return found


def _nothing(path: Path, message: str, remedy: str) -> Loaded:
    return Loaded(None, (Problem(shown(path), 1, 1, Severity.ERROR, message, remedy=remedy),))


def shown(path: Path) -> str:
    """Give a path as a person would write it: from the working folder where it lies in that."""
    try:
        return str(_real(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _real(path: Path) -> Path:
    """Follow links; unlike ``Path.resolve`` without an exception for those that go round in a circle."""
    return Path(os.path.realpath(path))
