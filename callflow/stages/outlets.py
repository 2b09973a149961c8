"""The service ``outlets``: messages to other systems, sent in the background until they are taken.

A message waits in the log (what it says, in the vault), so that it survives a restart; the receiver may see
it twice and knows it by its id.  docs/webhooks.md tells receivers what comes and how it is signed.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import structlog

from callflow.call import vault_name
from callflow.clock import utc
from callflow.stages.web import WebClient
from callflow.stages.web_request import DONE, WebRequest
from callflow.stages.webhooks import WEBHOOKS, WebhookDefinition
from records.events import MessagePosted, MessageSettled
from records.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from callflow.protocol import Call, Runtime, Section
    from records.events import Recorded

_log = structlog.get_logger(__name__)

MOST_WAITING = 10_000
AT_ONCE = 8
"""Messages on their way at the same time, over all receivers."""
TIMEOUT_S = 10.0
PAUSES_S = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 600.0, 1200.0)
"""Rests between the tries; after the last one a message is given up."""


class Waiting(msgspec.Struct, frozen=True):
    """A message that waits to be sent."""

    message: str
    call: str
    webhook: str
    kind: str
    subject: str


class OutletsService:
    """Posts messages; which ones wait is a fold of the log."""

    needs: ClassVar[tuple[str, ...]] = ("web",)
    section: ClassVar[Section] = WEBHOOKS

    def __init__(self, runtime: Runtime, web: WebClient, pauses: Sequence[float] = PAUSES_S) -> None:
        self._runtime = runtime
        self._web = web
        self._pauses = pauses
        self._urls: dict[str, str] = {}
        self._waiting: dict[str, Waiting] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    @classmethod
    def create(cls, runtime: Runtime) -> OutletsService:
        """Make the service."""
        return cls(runtime, runtime.require(WebClient))

    async def start(self) -> None:
        """Send what the controller before this one could not."""
        self._runtime.subscribe(self.replay, MessagePosted, MessageSettled)
        for waiting in list(self._waiting.values()):
            self._send(waiting)

    async def stop(self) -> None:
        """Stop sending; what waits is sent after the next start."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the webhooks of a site that goes live."""
        self._urls = {name: one.url for name, one in parsed.items() if isinstance(one, WebhookDefinition)}

    def post(self, call: Call, webhook: str, kind: str, event: str, data: Any) -> bool:
        """Take a message; False when it can't be taken: its server is not allowed, or too many wait."""
        url = self._urls.get(webhook, "")
        if self._web.server_of(url) is None:
            self._runtime.alarm(
                f"webhook {webhook}",
                f"the server of {webhook} is not in the setting web.servers; add it there",
            )
            return False
        if len(self._waiting) >= MOST_WAITING:
            self._runtime.alarm(f"webhook {webhook}", f"{MOST_WAITING} messages wait already")
            return False
        message = f"{call.id}-m{secrets.token_hex(4)}"
        content = {"id": message, "kind": kind, "event": event, "call": call.id}
        content |= {"at": utc(call.now()).isoformat(timespec="milliseconds"), "data": data}
        call.keep(f"message:{message}", json.dumps(content, ensure_ascii=False))
        call.record(
            MessagePosted(
                call=call.id, message=message, webhook=webhook, kind=kind, subject=call.caller.subject
            )
        )
        self._send(self._waiting[message])
        return True

    def __len__(self) -> int:
        return len(self._waiting)

    # ── sending ──────────────────────────────────────────────────────────────────────────────────

    def _send(self, waiting: Waiting) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(waiting), name=waiting.message)
        self._tasks[waiting.message] = task
        task.add_done_callback(lambda _: self._tasks.pop(waiting.message, None))

    async def _deliver(self, waiting: Waiting) -> None:
        vault = self._runtime.require(EventLog).vault
        text = vault.get(waiting.subject, vault_name(waiting.call, f"message:{waiting.message}"))
        if text is None:
            self._settle(waiting, "failed", 0, "what it said was erased")
            return
        alarm = f"webhook {waiting.webhook}"
        for tries, pause in enumerate((*self._pauses, None), 1):
            url = self._urls.get(waiting.webhook, "")
            async with self._at_once:
                answer = await self._web.ask(self._request(waiting, url, text.encode()))
            if answer.outcome == DONE:
                self._runtime.clear_alarm(alarm)
                self._settle(waiting, "sent", tries)
                return
            _log.warning(
                "message_not_sent",
                call=waiting.call,
                message=waiting.message,
                tries=tries,
                detail=answer.detail,
            )
            if pause is None or not answer.again:
                detail = answer.detail or f"the server said {answer.status}"
                self._runtime.alarm(alarm, f"a message could not be sent: {detail}")
                self._settle(waiting, "failed", tries, detail)
                return
            await asyncio.sleep(pause)

    def _request(self, waiting: Waiting, url: str, content: bytes) -> WebRequest:
        headers = [("X-Ringhall-Id", waiting.message)]
        server = self._web.server_of(url)
        if server is not None and server.signing_secret is not None:
            at = int(self._runtime.clock.now())
            headers.append(
                ("X-Ringhall-Signature", signature(server.signing_secret.get_secret_value(), at, content))
            )
        return WebRequest(method="POST", url=url, body=content, timeout_s=TIMEOUT_S, headers=tuple(headers))

    def _settle(self, waiting: Waiting, outcome: str, tries: int, detail: str = "") -> None:
        self._runtime.record(
            MessageSettled(
                call=waiting.call, message=waiting.message, outcome=outcome, tries=tries, detail=detail
            )
        )

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self._waiting)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._waiting = msgspec.convert(state, dict[str, Waiting])

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        if isinstance(event, MessagePosted):
            self._waiting[event.message] = Waiting(
                event.message, event.call, event.webhook, event.kind, event.subject
            )
        elif isinstance(event, MessageSettled):
            self._waiting.pop(event.message, None)


def signature(secret: str, at: int, content: bytes) -> str:
    """Give the signature of a message: HMAC-SHA256 of ``AT.CONTENT``, ``at`` in Unix seconds."""
    digest = hmac.digest(secret.encode(), f"{at}.".encode() + content, "sha256").hex()
    return f"t={at},v1={digest}"
