"""Where a call can be handed to: what was asked for, as somebody or something that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.core.errors import CantTransfer
from acd.core.inputs import Target
from callflow.near import near_name
from callflow.personal import masked
from callflow.protocol import MenuBook, OutsideDialer, Plan, Refusal

if TYPE_CHECKING:
    from acd.in_call.asking import Wanted
    from acd.service import AcdService
    from callflow.protocol import Runtime


class Destination(msgspec.Struct, frozen=True):
    """A target that exists."""

    target: Target
    plan: Plan | None = None
    """Of an outside number: how it is dialed."""


class Targets:
    """Finds them; raises CantTransfer for what there is not, or is not allowed."""

    def __init__(self, runtime: Runtime, acd: AcdService) -> None:
        self._acd = acd
        self._runtime = runtime

    def find(self, wanted: Wanted, by: str) -> Destination:
        """Give the destination that is meant; ``by``: the agent who wants it."""
        if wanted.agent:
            return Destination(Target("agent", wanted.agent))
        if wanted.queue:
            return Destination(Target("queue", wanted.queue))
        if wanted.menu:
            return self._menu(wanted.menu)
        return self._dialed(wanted.number, by)

    def _menu(self, name: str) -> Destination:
        menus = [menu for book in self._runtime.all_of(MenuBook) for menu in book.menu_names()]
        if name not in menus:
            near = near_name(name, menus)
            raise CantTransfer(f"there is no menu '{name}'" + (f" (near: {near})" if near else ""))
        return Destination(Target("menu", name))

    def _dialed(self, number: str, by: str) -> Destination:
        """Tell what a person means who dials this: somebody of the house before anybody outside."""
        if number in self._acd.core.floor.profiles:
            return Destination(Target("agent", number))
        for name, queue in self._acd.definitions.items():
            if queue.extension == number:
                return Destination(Target("queue", name))
        for book in self._runtime.all_of(MenuBook):
            menu = book.menu_of_number(number)
            if menu is not None:
                return Destination(Target("menu", menu))
        return self._outside(number, by)

    def _outside(self, number: str, by: str) -> Destination:
        why = "nothing can be dialed"
        for dialer in self._runtime.all_of(OutsideDialer):
            found = dialer.plan(number, "transfer", by=by)
            if isinstance(found, Plan):
                return Destination(Target("outside", masked(number)), found)
            why = found.detail if isinstance(found, Refusal) else why
        raise CantTransfer(
            f"{masked(number)} is no agent, queue's extension or number of the site, and may not be dialed "
            f"outside: {why}; see routes: in the site's YAML"
        )
