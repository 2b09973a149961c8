"""From a dialed number and a moment to a simulated call."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ivr.schema.site import DEFAULT, normalised
from ivr.tools.real_stages import RealStages
from ivr.tools.simulation import SimulatedCall, simulate
from ivr.tools.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callflow.protocol import Stage
    from ivr.load import Source
    from ivr.steps import Site
    from ivr.tools.simulation import Actor

_MOMENT = re.compile(r"^(\S+)[T ]+(\S+)$")


class CantCall(Exception):  # noqa: N818 - named for what happened
    """A call can't be made like that; the message says why and what to do."""


def moment(text: str, site: Site) -> datetime:
    """Read ``2026-12-24 18:05`` in the site's time zone.  Raises :class:`CantCall`."""
    written = _MOMENT.sub(r"\1 \2", text.strip())
    try:
        naive = datetime.strptime(written, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the zone is the site's
    except ValueError:
        raise CantCall(f'"{text}" is no date and time; write "2026-12-24 18:05"') from None
    return naive.replace(tzinfo=ZoneInfo(site.time_zone))


def now_at(site: Site) -> datetime:
    """Give the present moment."""
    return datetime.now(ZoneInfo(site.time_zone))


def menu_of(site: Site, dialed: str) -> str:
    """Give the menu that a number leads to.  Raises :class:`CantCall`."""
    number = normalised(dialed)
    other = number[1:] if number.startswith("+") else f"+{number}"
    for candidate in (number, other, DEFAULT):
        if candidate and candidate in site.numbers:
            return site.numbers[candidate]
    known = ", ".join(site.numbers) or "none"
    raise CantCall(f"no call to {dialed} is taken; the site's numbers: {known}")


async def call_up(
    site: Site,
    sources: Iterable[Source],
    stages: Mapping[str, type[Stage]],
    actor: Actor,
    *,
    dialed: str = "",
    number: str = "",
    at: datetime,
    trace: Trace | None = None,
) -> tuple[SimulatedCall, str]:
    """Make a simulated call to its end: the call with its trace, and how it ended.

    Without ``dialed`` the first of the site's numbers is called.  Raises :class:`CantCall`.
    """
    dialed = dialed or next(iter(site.numbers), "")
    menu = menu_of(site, dialed)
    call = SimulatedCall(
        site,
        sources,
        actor,
        stages=RealStages(stages),
        dialed=dialed,
        number=number,
        at=at,
        trace=trace or Trace(),
    )
    return call, await simulate(call, menu)
