"""The container's files, as far as they can be checked without a container engine.

What an engine would add (that the image builds) is covered in parts: the same `make` targets run in a new
minimal Debian 12 root, and these tests hold the Dockerfile against the project.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from callflow.settings import Settings

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()


def copied() -> list[str]:
    """Every file and folder that the image takes from the checkout."""
    lines = re.findall(r"(?m)^COPY (?!--from)(.+)$", DOCKERFILE)
    return [word for line in lines for word in line.split()[:-1]]


def test_every_package_of_the_project_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages <= set(copied())


def test_whatever_is_copied_exists() -> None:
    assert [word for word in copied() if not (ROOT / word).exists()] == []


def test_make_targets_that_it_runs_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"(?m)^RUN make (\w+)", DOCKERFILE)
    assert targets == ["prefix", "setup"]
    assert all(re.search(rf"(?m)^{target}:", makefile) for target in targets)


def test_it_does_not_run_as_root() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"(?m)^USER ringhall$", last_stage)


def test_nothing_secret_or_local_reaches_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".prefix*", "var"} <= set(ignored)


def test_compose_sets_what_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    service = compose["services"]["ringhall"]
    assert (ROOT / "docker" / service["build"]["context"] / service["build"]["dockerfile"]).samefile(
        ROOT / "docker" / "Dockerfile"
    )
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    exposed = re.search(r"(\d+)-(\d+)/udp", DOCKERFILE)
    assert exposed is not None
    assert (settings.asterisk.rtp_start, settings.asterisk.rtp_end) == (int(exposed[1]), int(exposed[2]))
