"""``ringhall demo``: a real call from the trunk through menu, queue and agent, proven from both ends."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys


def main(arguments: list[str]) -> int:
    """Run the demo; the exit status is 0 only if everything that it expects came true."""
    parser = argparse.ArgumentParser(
        prog="ringhall demo",
        description=(
            "Place a real call by way of the trunk: press keys in the menu, wait with music, be offered to"
            " the agent with the right skill, talk, hang up. Uses the running server, or starts one."
        ),
        epilog="Example: ringhall demo --json | tail -1",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the result as one JSON object (the last line)"
    )
    parser.add_argument("--private", action="store_true", help="start a server even if one is running")
    options = parser.parse_args(arguments)
    from callflow.demo.run import run  # noqa: PLC0415 - --help must not need it

    async def play() -> int:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio.run makes one
        # ended in good order, like with Ctrl-C: phones and servers are this command's own children
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await run(as_json=options.json, private=options.private)

    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        return asyncio.run(play())
    print("ringhall: the demo was interrupted", file=sys.stderr)  # noqa: T201
    return 130
