"""What can be asked of the ACD and can't be done; the message says what, why and the remedy."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class AcdError(Exception):
    """A request that can't be served; nothing was changed."""


class UnknownAgent(AcdError):  # noqa: N818 - the field's word
    """No agent has that number."""

    def __init__(self, agent: str, known: Iterable[str]) -> None:
        super().__init__(
            f"there is no agent {agent}{_near(agent, known)}; 'ringhall agents list' shows them all"
        )


class UnknownQueue(AcdError):  # noqa: N818 - the field's word
    """No queue has that name."""

    def __init__(self, queue: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no queue '{queue}'{_near(queue, known)}")


class NotLetIn(AcdError):  # noqa: N818 - named for what happened
    """A queue takes no further caller."""

    def __init__(self, queue: str, reason: str, why: str) -> None:
        super().__init__(f"the queue '{queue}' is {reason}: {why}")
        self.reason = reason
        """full or empty."""


class NoTalk(AcdError):  # noqa: N818 - named for what is missing
    """A call in which nobody talks."""

    def __init__(self, call: str) -> None:
        super().__init__(f"nobody talks in call {call} now; 'ringhall status' counts the calls that are on")


class CantTransfer(AcdError):  # noqa: N818 - named for what happened
    """A call can't be handed over, nor anybody consulted, as was asked."""


class UnknownStrategy(AcdError):  # noqa: N818 - the field's word
    """No strategy has that name."""

    def __init__(self, strategy: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = _near(strategy, names)
        super().__init__(f"there is no strategy '{strategy}'{near}; there are: {', '.join(names)}")


class WrapUpAtLimit(AcdError):  # noqa: N818 - named for what happened
    """A wrap-up is as long as the queue allows."""

    def __init__(self, agent: str) -> None:
        super().__init__(
            f"the wrap-up of agent {agent} can't be extended further; pause the agent, or let the queue "
            f"allow more (wrap_up_most)"
        )


class PhoneInUse(AcdError):  # noqa: N818 - the field's word
    """Somebody else is busy on that phone."""

    def __init__(self, phone: str, agent: str, state: str) -> None:
        super().__init__(
            f"agent {agent} is logged in on phone {phone} and in state {state}; log in on another phone, "
            f"or wait until {agent} is done"
        )


class PhoneNotThere(AcdError):  # noqa: N818 - the field's word
    """A login by somebody else on a phone that is not registered."""

    def __init__(self, phone: str) -> None:
        super().__init__(
            f"phone {phone} is not registered; switch it on, or check its name and secret, then try again"
        )


class PhoneNeeded(AcdError):  # noqa: N818 - the field's word
    """A login without a phone."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"agent {agent} can't log in without a phone; name the phone to log in on")


class ColleagueNotFree(AcdError):  # noqa: N818 - named for what is so
    """An agent is called by another while they can't be."""

    def __init__(self, agent: str, state: str) -> None:
        super().__init__(f"agent {agent} is {state} and can't be called now; try again when they are ready")
        self.agent = agent
        self.state = state


class LoginDenied(AcdError):  # noqa: N818 - the field's word
    """A login with a wrong number or PIN, or a locked one."""

    def __init__(self, *, locked: bool) -> None:
        super().__init__(
            "too many wrong attempts; try again in 5 minutes"
            if locked
            else "no agent has this number and PIN"
        )
        self.locked = locked


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" (near: {', '.join(near)})" if near else ""
