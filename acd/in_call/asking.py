"""What may be asked for in a talk, and the answer that whoever asks waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from acd.core.errors import AcdError, CantTransfer, NoTalk
from acd.in_call.keys import Act

if TYPE_CHECKING:
    from callflow.protocol import Runtime

SUPERVISED = frozenset({Act.LISTEN, Act.WHISPER, Act.BARGE, Act.TAKE_OVER, Act.LEAVE})
ANSWER_S = 15.0
"""Longest time until a call's task has done what was asked."""


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a call is to go, or who is to be consulted: exactly one of these is given."""

    agent: str = ""
    """An agent's number."""
    queue: str = ""
    menu: str = ""
    number: str = ""
    """What a person would dial: an agent's number, a queue's extension, a number of the site, or one outside.
    Personal data."""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.agent, self.queue, self.menu, self.number))) != 1:
            raise ValueError('it takes one of "agent", "queue", "menu" and "number"')


class Ask:
    """A message to a call: an act in its talk."""

    def __init__(
        self, act: Act, by: str, to: Wanted | None = None, *, second: str = "", agent: str = ""
    ) -> None:
        """``second``: the phone's line that has dialed to consult; ``agent``: whose talk it must be."""
        self.act = act
        self.by = by
        self.to = to
        self.second = second
        self.agent = agent
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def given_up(self) -> bool:
        """Nobody waits for the answer any more: they were told that it was not done."""
        return self.answer.done()

    def done(self) -> None:
        """Tell who asks that it was done."""
        if not self.answer.done():
            self.answer.set_result(None)

    def refuse(self, error: AcdError) -> None:
        """Tell who asks why it was not done."""
        if not self.answer.done():
            self.answer.set_exception(error)


async def ask(
    runtime: Runtime,
    call: str,
    act: Act,
    by: str,
    to: Wanted | None = None,
    *,
    second: str = "",
    agent: str = "",
) -> None:
    """Ask for something in a talk, and come back when it was done.

    ``by``: who asks, for the record; ``agent``: only while this agent has the call.
    Raises NoTalk, CantTransfer, UnknownAgent, UnknownQueue,
    IllegalTransition.
    """
    if act in SUPERVISED and (to is None or not to.agent):
        raise CantTransfer('it is not said who supervises; give "agent", their number')
    if act in {Act.TRANSFER, Act.CONSULT} and to is None:
        raise CantTransfer('it is not said to whom; give one of "agent", "queue", "menu" and "number"')
    message = Ask(act, by, to, second=second, agent=agent)
    if not runtime.post(call, message):
        raise NoTalk(call)
    try:
        async with asyncio.timeout(ANSWER_S):
            await message.answer
    except TimeoutError:
        raise CantTransfer(
            f"call {call} did not do it within {ANSWER_S:g} s; look at it, then try again"
        ) from None
