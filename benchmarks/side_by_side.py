"""Ringhall and app_queue in turns, in one Asterisk, with the same phones, callers and paths.

Both sides' callers go INVITE, answer, (menu,) queue, agent's INVITE, talk, the agent hangs up
(docs/performance.md).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import floor
from benchmarks.machine import load_of_machine, spread_ms
from benchmarks.many_calls import PRESS_AFTER_MS, Load, from_sip
from benchmarks.sides import AppQueue, Ringhall
from telephony.peers.sipp import callers, registered
from telephony.peers.sipp_scenarios import CallerPlan, PhonePlan, Press

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.sides import Side
    from callflow.private_server import PrivateServer
    from telephony.peers.sipp import Message, Offer, SippRun

WAITING = 5
"""Callers who wait while the one agent talks."""
_AFTER_S = 1.5
"""Wrap-ups and the database's last writes belong to the calls."""
_WAITERS_PER_SECOND = 50


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    load: Load
    """Calls straight to the queue, and again by way of the menu."""
    load_pairs: int
    reactions: int
    """Calls that one agent takes."""
    reaction_pairs: int
    waiting: int
    """Callers with music."""
    waiting_s: float
    waiting_pairs: int
    settle_s: float
    """From the change of sides to the first call."""
    swap: bool = False
    """A B B A in place of A B A B: the controller is stopped and started half as often."""


FULL = Sizes(Load(60, 12, 200), 3, 30, 2, 200, 15.0, 2, settle_s=2.0)
QUICK = Sizes(Load(10, 1, 20), 1, 8, 1, 10, 2.0, 1, settle_s=0.3, swap=True)


class Turn:
    """What the phones did since a moment (:class:`benchmarks.many_calls.Phones`)."""

    def __init__(self, farm: SippRun) -> None:
        self._farm = farm
        self._since = max((message.at for message in farm.messages()), default=0.0)

    def offers(self) -> Sequence[Offer]:
        """Give every INVITE since then."""
        return [offer for offer in self._farm.offers() if offer.at > self._since]

    def messages(self) -> Sequence[Message]:
        """Give all messages since then."""
        return [message for message in self._farm.messages() if message.at > self._since]


async def side_by_side(
    server: PrivateServer, sizes: Sizes, folder: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure both sides in turns: ratios of medians, and beside each the figures of both sides.

    Whoever has the last turn is left as it is: the controller may be stopped.
    """
    desks = sizes.load.desks
    turns = _turns(
        (Ringhall(server, desks, sizes.settle_s), AppQueue(server, sizes.settle_s)), swap=sizes.swap
    )
    told: dict[str, list[dict[str, Any]]] = {}
    plans = _Plans(folder, server.sip)

    async with floor.desk_phones(
        server, desks, PhonePlan(ring_ms=200, talk_ms=1_000), folder / "desks"
    ) as farm:
        await registered(farm, desks, 10 + desks / 20)
        for path, pairs in (("straight", sizes.load_pairs), ("menu", 1)):
            for _ in range(pairs):
                for side in next(turns):
                    say(f"{side.name}: {sizes.load.per_second} calls/s for {sizes.load.seconds} s, {path}")
                    await side.take_turn(farm, desks)
                    made = await _load(side, path, sizes.load, farm, plans)
                    told.setdefault(f"{path} {side.name}", []).append(made)
        for _ in range(sizes.waiting_pairs):
            for side in next(turns):
                say(f"{side.name}: {sizes.waiting} callers hear music for {sizes.waiting_s:g} s")
                await side.take_turn(farm, 0)
                told.setdefault(f"waiting {side.name}", []).append(await _waiting(side, server, sizes, plans))
    quick = PhonePlan(ring_ms=50, talk_ms=300)
    async with floor.desk_phones(server, desks, quick, folder / "quick-desks") as farm:
        await registered(farm, desks, 10 + desks / 20)
        for _ in range(sizes.reaction_pairs):
            for side in next(turns):
                say(f"{side.name}: one agent, {WAITING} callers waiting, {sizes.reactions} calls")
                await side.take_turn(farm, 1)
                told.setdefault(f"reaction {side.name}", []).append(await _reaction(side, sizes, farm, plans))
    return summary(told)


def _turns(sides: tuple[Side, Side], *, swap: bool) -> Iterator[tuple[Side, Side]]:
    """Give who comes first, pair by pair."""
    while True:
        yield sides
        yield sides[::-1] if swap else sides


class _Plans:
    """Callers of a turn: a folder and numbers that no other turn has."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address
        self._turns = 0

    def callers(
        self, dial: str, calls: int, per_second: int, *, press: bool = False, at_once: int | None = None
    ) -> tuple[CallerPlan, SippRun]:  # fmt: skip
        self._turns += 1
        plan = CallerPlan(
            dial,
            (Press(PRESS_AFTER_MS, "1"),) if press else (),
            stay_ms=60_000,
            first_number=4_420_000_000 + 1_000_000 * self._turns,
        )
        place = self._folder / f"callers-{self._turns}"
        return plan, callers(
            self._address, plan, calls=calls, per_second=per_second, at_once=at_once, folder=place
        )


async def _load(side: Side, path: str, load: Load, farm: SippRun, plans: _Plans) -> dict[str, Any]:
    turn, machine = Turn(farm), load_of_machine()
    dial = side.numbers.menu if path == "menu" else side.numbers.straight
    plan, run = plans.callers(dial, load.calls, load.per_second, press=path == "menu")
    before = side.cpu_s()
    async with run:
        result = await run.done(load.seconds + 90)
    await asyncio.sleep(_AFTER_S)
    after = side.cpu_s()
    seen = from_sip(run.messages(), turn, plan, load.calls)
    per_call = {name: (after[name] - before[name]) * 1000 / load.calls for name in after}
    return {
        "lost": max(seen["not_served"], load.calls - result.successful),
        "double_offers": seen["double_offers"],
        "agents_with_two_calls": seen["agents_with_two_calls"],
        "setup_ms": seen["setup_ms"],
        "key_to_agent_invite_ms": seen["key_to_agent_invite_ms"],
        "cpu_ms_per_call": {name: round(value, 2) for name, value in per_call.items()}
        | {"both": round(sum(per_call.values()), 2)},
        "load_before": round(machine, 2),
    }


async def _waiting(side: Side, server: PrivateServer, sizes: Sizes, plans: _Plans) -> dict[str, Any]:
    arriving = sizes.waiting / _WAITERS_PER_SECOND
    _, run = plans.callers(side.numbers.held, sizes.waiting, _WAITERS_PER_SECOND)
    async with run:
        await asyncio.sleep(arriving + 1 + sizes.settle_s)
        answered = {message.call_id for message in run.messages() if message.status == 200}
        before = side.cpu_s()
        await asyncio.sleep(sizes.waiting_s)
        after = side.cpu_s()
        await floor.send_home(server)
        await run.done(60)
    percent = {name: (after[name] - before[name]) / sizes.waiting_s * 100 for name in after}
    return {
        "callers": len(answered),
        "percent_of_a_core": {name: round(value, 1) for name, value in percent.items()}
        | {"both": round(sum(percent.values()), 1)},
    }


async def _reaction(side: Side, sizes: Sizes, farm: SippRun, plans: _Plans) -> dict[str, Any]:
    turn = Turn(farm)
    _, run = plans.callers(side.numbers.one_agent, sizes.reactions, 20, at_once=WAITING + 1)
    async with run:
        await run.done(30 + 3 * sizes.reactions)
    return {"reactions_s": reactions(run.messages(), turn.offers(), turn.messages())}


def reactions(
    callers_said: Sequence[Message], offers: Sequence[Offer], phones_said: Sequence[Message]
) -> list[float]:
    """Give the seconds from the one agent's BYE to their next INVITE, each time that enough callers wait."""
    accepted = sorted(m.at for m in callers_said if m.received and m.cseq == "1 INVITE" and m.status == 200)
    invited = sorted(offer.at for offer in offers)
    found = []
    for free in sorted(m.at for m in phones_said if not m.received and m.request == "BYE"):
        served = sum(at < free for at in invited)
        waiting = sum(at < free for at in accepted) - served
        if waiting >= WAITING and served < len(invited):
            found.append(invited[served] - free)
    return found


def summary(told: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Put the ratios first, and beside each the medians of both sides."""
    made: dict[str, Any] = {}

    def compare(key: str, ours: float, theirs: float, unit: str, digits: int) -> None:
        made[key] = round(ours / theirs, 3) if theirs else 0.0
        made[key.removesuffix("ratio") + unit] = {
            Ringhall.name: round(ours, digits), AppQueue.name: round(theirs, digits)
        }  # fmt: skip

    def both(part: str, figure: Callable[[dict[str, Any]], float]) -> tuple[float, float]:
        of_ours, of_theirs = (told[f"{part} {name}"] for name in (Ringhall.name, AppQueue.name))
        return median(map(figure, of_ours)), median(map(figure, of_theirs))

    def cpu(turn: dict[str, Any]) -> float:
        return float(turn["cpu_ms_per_call"]["both"])

    compare("setup_p95_ratio", *both("straight", lambda turn: float(turn["setup_ms"]["p95"])), "ms", 2)
    compare("cpu_per_call_ratio", *both("straight", cpu), "ms", 2)
    compare("cpu_per_call_with_menu_ratio", *both("menu", cpu), "ms", 2)
    spreads = {name: _spread(told.pop(f"reaction {name}")) for name in (Ringhall.name, AppQueue.name)}
    compare("reaction_p95_ratio", spreads[Ringhall.name]["p95"], spreads[AppQueue.name]["p95"], "ms", 1)
    compare(
        "waiting_cpu_ratio",
        *both("waiting", lambda turn: float(turn["percent_of_a_core"]["both"])),
        "percent",
        1,
    )
    ours = [turn for path in ("straight", "menu") for turn in told[f"{path} {Ringhall.name}"]]
    for name in ("lost", "double_offers", "agents_with_two_calls"):
        made[name] = sum(turn[name] for turn in ours)
    return made | {"reaction_spread_ms": spreads, "turns": told}


def _spread(turns: Sequence[dict[str, Any]]) -> dict[str, float]:
    taken = [seconds for turn in turns for seconds in turn["reactions_s"]]
    return {"times": len(taken), **spread_ms(taken)}
