"""Trunks' states from AMI: ``Registry`` and ``PeerStatus`` as they happen, lists when it connects."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import msgspec
import structlog

from telephony.ami import AmiDown
from telephony.asterisk.phone_watch import PEER_STATUS
from telephony.trunk_states import NO, REGISTERED, REJECTED, UNREGISTERED, YES, TrunkState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from telephony.ami import AmiActions
    from telephony.asterisk.settings import Trunk

log = structlog.get_logger(__name__)

REGISTRY = "Registry"
_REGISTRATIONS, _ENDPOINT = "PJSIPShowRegistrationsOutbound", "PJSIPShowEndpoint"
_THERE = "Reachable"
"""Of a ContactStatusDetail."""
_REGISTRATION = "-registration"
"""After a trunk's name, in ``asterisk-config/pjsip_registration.conf``."""
_TECHNOLOGY = "PJSIP/"


class AsteriskTrunkStates:
    """:class:`telephony.trunk_states.TrunkStates` on an AMI connection."""

    def __init__(self, ami: AmiActions, trunks: Iterable[Trunk]) -> None:
        """To be made before the connection is started."""
        self._ami = ami
        trunks = list(trunks)
        self._states = {trunk.name: TrunkState() for trunk in trunks}
        self._registering = {trunk.name for trunk in trunks if trunk.registration is not None}
        self._probed = {trunk.name for trunk in trunks if trunk.qualify_s or trunk.gateway}
        self._by_client = {
            f"sip:{trunk.registration.username}@{_host(trunk.registration.server)}": trunk.name
            for trunk in trunks
            if trunk.registration is not None
        }
        self._changed: deque[str] = deque()
        self._wake = asyncio.Event()
        self._listing: asyncio.Task[None] | None = None
        ami.listen([REGISTRY, PEER_STATUS], self._take, connected=self._begin_anew)

    def states(self) -> Mapping[str, TrunkState]:
        """See :class:`telephony.trunk_states.TrunkStates`."""
        return self._states

    async def changes(self) -> AsyncIterator[str]:
        """See :class:`telephony.trunk_states.TrunkStates`."""
        while True:
            while self._changed:
                yield self._changed.popleft()
            self._wake.clear()
            await self._wake.wait()

    # ── as it happens ────────────────────────────────────────────────────────────────────────────

    def _take(self, name: str, headers: Mapping[str, str]) -> None:
        if name == REGISTRY:
            self._registered(self._by_client.get(headers.get("Username", ""), ""), headers.get("Status", ""))
        else:
            trunk = headers.get("Peer", "").removeprefix(_TECHNOLOGY)
            self._probe(trunk, reachable=headers.get("PeerStatus") == "Reachable")

    def _registered(self, trunk: str, status: str) -> None:
        words = {"Registered": REGISTERED, "Rejected": REJECTED}
        if trunk in self._registering:
            self._note(trunk, registration=words.get(status, UNREGISTERED))

    def _probe(self, trunk: str, *, reachable: bool) -> None:
        if trunk in self._probed:
            self._note(trunk, reachable=YES if reachable else NO)

    def _note(self, trunk: str, **known: str) -> None:
        before = self._states[trunk]
        after = self._states[trunk] = msgspec.structs.replace(before, **known)
        if before != after:
            self._changed.append(trunk)
            self._wake.set()

    # ── at the begin of a connection ─────────────────────────────────────────────────────────────

    def _begin_anew(self) -> None:
        self._listing = asyncio.get_running_loop().create_task(self._list(), name="trunks' states")

    async def _list(self) -> None:
        """List what changed before anybody listened."""
        try:
            registrations = await self._ami.ask_all({"Action": _REGISTRATIONS})
            endpoints = {
                trunk: await self._ami.ask_all({"Action": _ENDPOINT, "Endpoint": trunk})
                for trunk in self._probed
            }
        except AmiDown as error:
            log.warning("trunks not listed", reason=str(error) or type(error).__name__)
            return
        for row in registrations:
            name = row.get("ObjectName", "")
            if name.endswith(_REGISTRATION):
                self._registered(name.removesuffix(_REGISTRATION), row.get("Status", ""))
        for trunk, rows in endpoints.items():
            # Asterisk lists no contacts but registered ones; an endpoint's own are told with it
            self._probe(trunk, reachable=any(row.get("Status") == _THERE for row in rows))


def _host(server: str) -> str:
    return server.rpartition(":")[0] or server
