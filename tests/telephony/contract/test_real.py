"""The contract, on a real Asterisk with SIP phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.telephony.contract.suite import *  # noqa: F403 - the tests themselves
from tests.telephony.contract.world import World, real_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telephony.asterisk.home import AsteriskHome

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def world(asterisk: AsteriskHome, tmp_path: Path) -> AsyncIterator[World]:
    async with real_world(asterisk, tmp_path) as made:
        yield made
