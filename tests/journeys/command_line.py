"""The command line, as somebody on the server's machine runs it."""

from __future__ import annotations

import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journeys.house import House


async def ringhall(house: House, *words: str) -> tuple[int, str]:
    """Run the command line; give exit status and output."""
    child = await create_subprocess_exec(
        *(sys.executable, "-c", "from callflow.cli import main; main()", *words),
        env=os.environ | {"RINGHALL_HOME": str(house.server.home), "COLUMNS": "200"},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await child.communicate()
    return child.returncode or 0, (out + err).decode()
