"""What every test may use: rendered prompts, the ``virtual_time`` marker; and which tests run beside which.

``make test`` runs three workers, for tests wait more than they reckon.  pytest-xdist hands work, in the order
of collection, to whoever has at most two tests left: a group (``xdist_group``) as a whole, any other test by
itself.  So the order is

1. tests on a real Asterisk, a group for each folder, the longest folder first.  They wait most of their time
   for something to happen, and two of them don't disturb each other: servers live in folders and on ports of
   their own;
2. tests that only reckon, one by one: they even out what the groups left uneven;
3. measurements on a real Asterisk, one group: whoever gets it is alone as soon as the other one's last few
   tests have ended.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from telephony import programs
from tests.virtual_time import loop_factories

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping
    from pathlib import Path

_LONGEST = "journeys"
_MEASUREMENTS = "benchmarks"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "virtual_time: runs on a loop whose time jumps (tests/virtual_time.py)"
    )
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # pytest-xdist would begin with the group of the most tests
    if hasattr(config, "workerinput"):
        _share_ports(int(config.workerinput["workerid"][2:]), config.workerinput["workercount"])


def _share_ports(worker: int, workers: int) -> None:
    """Keep workers from giving out the same port in the time between its choice and its use."""
    ours = programs.OWN_PORTS
    each = len(ours) // workers
    programs.OWN_PORTS = ours[worker * each : (worker + 1) * each]


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder, of a shorter name than pytest's own: a control socket's path may have 107 bytes."""
    return tmp_path_factory.mktemp(re.sub(r"\W", "_", request.node.name.removeprefix("test_"))[:12])


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers keep rendered prompts: most prompts are in every site, and rendering takes seconds."""
    return tmp_path_factory.mktemp("prompts")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    for item in items:
        if item.get_closest_marker("asterisk"):
            item.add_marker(pytest.mark.xdist_group(f"asterisk-{_folder(item)}"))


def _turn(item: pytest.Item) -> tuple[bool, bool, bool]:
    real = item.get_closest_marker("asterisk") is not None
    folder = _folder(item)
    return real and folder == _MEASUREMENTS, not real, folder != _LONGEST


def _folder(item: pytest.Item) -> str:
    """Give the folder below ``tests/``."""
    return item.nodeid.split("/")[1]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return loop_factories(item.get_closest_marker("virtual_time") is not None)
