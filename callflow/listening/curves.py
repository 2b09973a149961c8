"""Curves of listeners, as values of the caller: sealed, gone with them, or when their time is over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from callflow.call import vault_name

if TYPE_CHECKING:
    from callflow.clock import Clock
    from records.vault import Vault

SWEEP_EVERY_S = 3600.0


class Kept(msgspec.Struct, frozen=True):
    """Curves of a listener on a call."""

    curves: dict[str, list[float]]
    until: float = 0.0
    """Steady seconds until which they are given out; 0 for ever."""


_decoder = msgspec.json.Decoder(Kept)


def keep(vault: Vault, subject: str, call: str, listener: str, kept: Kept) -> None:
    """Keep curves; those that the listener gave before, of another talk of the call, go."""
    vault.store(subject, _name(call, listener), msgspec.json.encode(kept).decode(), kept.until)


def kept_curves(vault: Vault, subject: str, call: str, listener: str, now: float) -> dict[str, list[float]]:
    """Give curves; none when there are none, their time is over (``now``), or their person was erased."""
    text = vault.fetch(subject, _name(call, listener))
    if text is None:
        return {}
    kept = _decoder.decode(text)
    return {} if 0.0 < kept.until <= now else kept.curves


async def sweep(vault: Vault, clock: Clock) -> None:
    """Destroy the curves whose time is over, each hour."""
    while True:
        vault.expire(clock.now())
        await asyncio.sleep(SWEEP_EVERY_S)


def _name(call: str, listener: str) -> str:
    return vault_name(call, f"curves:{listener}")
