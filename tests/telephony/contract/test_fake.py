"""The contract, on the fake Asterisk in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.telephony.contract.suite import *  # noqa: F403 - the tests themselves
from tests.telephony.contract.world import World, fake_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with fake_world() as made:
        yield made
