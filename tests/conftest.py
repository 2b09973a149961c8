"""What every test may use: the ``virtual_time`` marker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.virtual_time import loop_factories

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "virtual_time: runs on a loop whose time jumps (tests/virtual_time.py)"
    )


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return loop_factories(item.get_closest_marker("virtual_time") is not None)
