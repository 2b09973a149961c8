"""Where a call can be handed to: what was asked for, as somebody or something that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.core.errors import CantTransfer
from acd.core.inputs import Target
from callflow.near import near_name
from callflow.personal import masked
from callflow.protocol import MenuBook, TrunkKeeper

if TYPE_CHECKING:
    from acd.in_call.asking import Wanted
    from acd.service import AcdService
    from callflow.protocol import Runtime


class Destination(msgspec.Struct, frozen=True):
    """A target that exists."""

    target: Target
    number: str = ""
    """Of an outside line: whole, so personal data."""
    trunk: str = ""


class Targets:
    """Finds them; raises CantTransfer for what there is not, or is not allowed."""

    def __init__(self, runtime: Runtime, acd: AcdService) -> None:
        self._acd = acd
        self._runtime = runtime

    def find(self, wanted: Wanted) -> Destination:
        """Give the destination that is meant."""
        if wanted.agent:
            return Destination(Target("agent", wanted.agent))
        if wanted.queue:
            return Destination(Target("queue", wanted.queue))
        if wanted.menu:
            return self._menu(wanted.menu)
        return self._dialed(wanted.number)

    def _menu(self, name: str) -> Destination:
        menus = [menu for book in self._runtime.all_of(MenuBook) for menu in book.menu_names()]
        if name not in menus:
            near = near_name(name, menus)
            raise CantTransfer(f"there is no menu '{name}'" + (f" (near: {near})" if near else ""))
        return Destination(Target("menu", name))

    def _dialed(self, number: str) -> Destination:
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
        for keeper in self._runtime.all_of(TrunkKeeper):
            for trunk in keeper.trunks_for(number):
                return Destination(Target("outside", masked(number)), number=number, trunk=trunk)
        raise CantTransfer(
            f"{masked(number)} is no agent, queue's extension or number of the site, and may not be dialed "
            f"outside; trunks: in the site's YAML says what may"
        )
