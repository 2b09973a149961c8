"""Appends events for ever and says on its standard output which append has returned: to be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from records.events import CallAnswered
from tests.records.homes import Home


async def main(folder: Path, database: str) -> None:
    home = Home(folder, database)
    opened = await home.open()
    while True:
        for _ in range(50):
            recorded = opened.log.append(CallAnswered(call=f"{opened.log.epoch}-{opened.log.appended}"))
            opened.log.vault.subject_for(f"+49{recorded.seq}")
            os.write(1, b"%d\n" % recorded.seq)
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
