from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.records.homes import new_home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.records.homes import Home


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with new_home(tmp_path) as made:
        yield made
