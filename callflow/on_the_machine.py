"""What the handlers of the control socket share."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from aiohttp import web

ON_THE_MACHINE: Final = "command line"
"""Who asks over the control socket: somebody who may act as the server's own user."""


def answer(value: Any) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
