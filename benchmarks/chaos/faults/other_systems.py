"""Another system answers slowly, wrongly, with 50 MB, or never: its callers go on, and nobody else waits."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from aiohttp import web

from benchmarks.chaos import probe
from benchmarks.chaos.scene import Crowd, count, scene
from benchmarks.chaos.staffed import MENU, SITE
from benchmarks.chaos.verdict import Verdict
from benchmarks.machine import spread_ms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from callflow.private_server import PrivateServer

NAME = "other_systems"
TIMEOUT_S = 1.0
WAYS = {"3": "slow", "4": "wrong", "5": "big", "6": "never"}
"""Number → how its system answers."""
PROBES = 10
QUICK_MS = 200.0
BIG_BYTES = 50 * 1024 * 1024


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the first question until everybody who asked waits in the queue."""
    each = max(1, crowd.in_menus // len(WAYS))
    async with _bad_system() as url:

        def prepare(server: PrivateServer) -> None:
            server.environment["RINGHALL_WEB"] = json.dumps({"servers": [{"url": url}]})

        async with scene(folder, crowd, prepare=prepare, site=_site(folder, url)) as there:
            await there.fill()
            usual = await _answers(there.server.sip)
            began = time.monotonic()
            for number in WAYS:
                await there.talkers.ask(f"call {number} {each} 50 quiet")
            asked = each * len(WAYS)
            fallen_back, beside = await asyncio.gather(
                there.until(lambda seen: count(seen, "waiting") == crowd.waiting + asked, 10, "fall-backs"),
                _answers(there.server.sip),
            )
            verdict = Verdict(
                fault=NAME,
                calls=crowd.all + asked + 2 * PROBES,
                lost_calls=0,
                recovery_s=round(fallen_back - began, 2),
            )
            verdict.measured = {"usual_ms": spread_ms(usual), "beside_ms": spread_ms(beside)}
            verdict.within(fallen_back - began, TIMEOUT_S + 2.0, "s until everybody had gone on")
            verdict.within(spread_ms(beside)["p95"], QUICK_MS, "ms until another caller was answered (p95)")
            return await there.account(verdict)


async def _answers(sip: str) -> list[float]:
    """Let somebody else call, again and again; give the seconds until each answer."""
    taken = []
    for _ in range(PROBES):
        began = time.monotonic()
        taken.append(await probe.answered(sip, MENU, 10) - began)
    return taken


def _site(folder: Path, url: str) -> Path:
    """Write the site, with a number for each way to answer."""
    text = (SITE / "site.yaml").read_text()
    numbers = "".join(f'  "{number}": {way}\n' for number, way in WAYS.items())
    text = text.replace('  "2": story\n', f'  "2": story\n{numbers}')
    for way in WAYS.values():
        text += (
            f"\n  {way}:\n    - http:\n"
            f'        get: "{url}/{way}"\n        timeout: {TIMEOUT_S:g}s\n        save: {{name: $.name}}\n'
            "        on_done: sorry\n        on_not_found: sorry\n        on_failure: sales\n"
        )
    made = folder / "site"
    made.mkdir(parents=True)
    (made / "site.yaml").write_text(text)
    return made


@asynccontextmanager
async def _bad_system() -> AsyncIterator[str]:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(5 * TIMEOUT_S)
        return web.json_response({"name": "late"})

    async def wrong(_: web.Request) -> web.Response:
        return web.Response(body=b"\xff{not json", content_type="application/json")

    async def big(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        piece = b"[" * 65_536
        with suppress(ConnectionError):
            for _ in range(BIG_BYTES // len(piece)):
                await answer.write(piece)
        return answer

    async def never(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    app = web.Application()
    for way, handler in {"slow": slow, "wrong": wrong, "big": big, "never": never}.items():
        app.router.add_get(f"/{way}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
