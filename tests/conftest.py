"""What every test may use: the ``virtual_time`` marker; and which tests may run at the same time.

``make test`` runs two at a time.  Those on a real Asterisk wait most of their time for something to happen,
and would disturb each other: they run one after another, beside those that only reckon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.virtual_time import loop_factories

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "virtual_time: runs on a loop whose time jumps (tests/virtual_time.py)"
    )


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # measurements come last: by then nothing runs beside them any more
    items.sort(key=_measures)
    for item in items:
        if item.get_closest_marker("asterisk") or _measures(item):
            item.add_marker(pytest.mark.xdist_group("asterisk"))


def _measures(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/benchmarks/")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return loop_factories(item.get_closest_marker("virtual_time") is not None)
