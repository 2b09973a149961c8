"""Phones as Asterisk's objects, pushed at run time: no reload, and those unchanged are not touched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telephony.ari.errors import AriError, AriNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telephony.ari.requests import Requests
    from telephony.switch import PhoneAccount

_CLASS = "res_pjsip"
_AT_ONCE = 8
QUALIFY_S = 5
"""How often Asterisk asks a phone with a UDP contact whether it is there."""
SILENT_S = 15
"""A phone from which no sound comes for so long in a talk, and which did not put it on hold, is gone."""


def _objects(phone: PhoneAccount) -> dict[str, dict[str, str]]:
    """Give the three objects of a phone, in the order in which they refer to each other."""
    return {
        "auth": {"auth_type": "userpass", "username": phone.name, "password": phone.secret},
        "aor": {
            "max_contacts": "1",
            "remove_existing": "yes",
            "qualify_frequency": str(QUALIFY_S),
            "qualify_timeout": "3.0",
        },
        "endpoint": {
            "aors": phone.name,
            "auth": phone.name,
            "context": "from-phones",
            "disallow": "all",
            "allow": "ulaw,alaw",
            "direct_media": "no",
            "rtp_symmetric": "yes",
            "force_rport": "yes",
            "rewrite_contact": "yes",
            "dtmf_mode": "auto",
            "rtp_timeout": str(SILENT_S),
            "rtp_timeout_hold": "300",
            "send_pai": "no",
            "trust_id_inbound": "no",
            # every channel says that the controller is asked (transfers.TOLD_TO_US, extensions.conf)
            "allow_transfer": "yes",
        },
    }


async def push(requests: Requests, phones: Sequence[PhoneAccount], known: Sequence[str]) -> int:
    """Make exactly ``phones`` known and return how many objects were written or removed.

    ``known`` are the names of all endpoints that Asterisk has; those of its configuration files (trunks)
    can't be removed this way and stay.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def write(phone: PhoneAccount) -> int:
        async with gate:
            return await _write(requests, phone)

    written = sum(await asyncio.gather(*(write(phone) for phone in phones)))
    wanted = {phone.name for phone in phones}
    for name in known:
        if name not in wanted:
            written += await _remove(requests, name)
    return written


async def _write(requests: Requests, phone: PhoneAccount) -> int:
    count = 0
    for kind, fields in _objects(phone).items():
        if not await _same(requests, kind, phone.name, fields):
            await requests.asterisk_update_object(_CLASS, kind, phone.name, fields=fields)
            count += 1
    return count


async def _same(requests: Requests, kind: str, name: str, fields: dict[str, str]) -> bool:
    try:
        found = await requests.asterisk_get_object(_CLASS, kind, name)
    except AriNotFound:
        return False
    there = {pair.attribute: pair.value for pair in found}
    return all(_equal(there.get(field, ""), value) for field, value in fields.items() if field != "disallow")


def _equal(there: str, wanted: str) -> bool:
    """Compare with Asterisk's spelling: lists in brackets, booleans as words, times as decimals."""
    words = {"true": "yes", "false": "no"}
    there = there.strip("()").replace("|", ",")
    if words.get(there, there) == wanted:
        return True
    try:
        return float(there) == float(wanted)
    except ValueError:
        return False


async def _remove(requests: Requests, name: str) -> int:
    count = 0
    for kind in ("endpoint", "aor", "auth"):
        try:
            await requests.asterisk_delete_object(_CLASS, kind, name)
        except AriError:
            return count  # of a configuration file
        count += 1
    return count
