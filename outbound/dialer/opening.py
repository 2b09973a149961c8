"""Opens the lists of a real server: its database, and the key of its installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.first_start import master_key
from callflow.settings import Settings
from outbound.store.opened import OutboundStore

if TYPE_CHECKING:
    from callflow.protocol import Runtime


def open_store(runtime: Runtime) -> OutboundStore:
    """Open them."""
    settings = runtime.require(Settings)
    return OutboundStore(settings.database, master_key(settings.home))
