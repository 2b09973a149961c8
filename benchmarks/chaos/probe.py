"""One call, to see whether calls are answered (again)."""

from __future__ import annotations

import asyncio
import time

from benchmarks.measuring_caller import CallFailed, Dialog, Signals

_AGAIN_S = 0.1


async def answered(server: str, dial: str, seconds: float) -> float:
    """Send one INVITE again and again until it is answered, and hang up; gives the moment of the answer.

    The moment is in monotonic seconds.  Raises :class:`CallFailed` after ``seconds``, or when refused.
    """
    host, port = server.rsplit(":", 1)
    address = (host, int(port))
    loop = asyncio.get_running_loop()
    transport, sip = await loop.create_datagram_endpoint(Signals, ("127.0.0.1", 0))
    try:
        dialog = Dialog(address, transport.get_extra_info("sockname"), 40_000)
        dialog.dial, dialog.number = dial, "4420799999"
        invite, deadline = dialog.request("INVITE", 1), time.monotonic() + seconds
        while time.monotonic() < deadline:
            transport.sendto(invite, address)
            try:
                async with asyncio.timeout(_AGAIN_S):
                    while True:
                        _, status, response = await sip.responses.get()
                        if status >= 200:
                            break
            except TimeoutError:
                continue
            if status >= 300:
                raise CallFailed(f"{dial} answered {status}")
            at = time.monotonic()
            dialog.accepted(response)
            transport.sendto(dialog.request("ACK", 1), address)
            await asyncio.sleep(0.3)
            transport.sendto(dialog.request("BYE", 2), address)
            await asyncio.sleep(0.3)
            return at
        raise CallFailed(f"{dial} was not answered in {seconds:g} s")
    finally:
        transport.close()
