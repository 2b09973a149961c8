"""What a phone does when it is called."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Behaviour:
    """A phone's answer to a call; times are seconds after the call was placed.

    Whichever comes first ends the ringing; what is None never happens.  By hand,
    ``FakeAsterisk.ring``, ``answer`` and ``refuse`` do the same.
    """

    rings_after: float | None = 0.05
    answers_after: float | None = None
    refuses_after: float | None = None
    cause: int = 21
    """Q.850 cause of the refusal."""
    sip_status: int = 603
    """Status of the refusal, reported as ``tech_cause``."""

    @classmethod
    def answers(cls, after: float = 1.0) -> Behaviour:
        """Ring and answer."""
        return cls(rings_after=min(0.05, after), answers_after=after)

    @classmethod
    def rings(cls) -> Behaviour:
        """Ring for ever."""
        return cls()

    @classmethod
    def rejects(cls, after: float = 1.0) -> Behaviour:
        """Ring, then be declined by its user (603)."""
        return cls(refuses_after=after)

    @classmethod
    def busy(cls) -> Behaviour:
        """Be busy at once (486)."""
        return cls(rings_after=None, refuses_after=0.02, cause=17, sip_status=486)

    @classmethod
    def silent(cls) -> Behaviour:
        """Give no sign of life at all."""
        return cls(rings_after=None)


@dataclass(frozen=True)
class Greeting:
    """What Asterisk's AMD() makes of whoever answers; seconds after it began."""

    status: str = "NOTSURE"
    cause: str = "TOOLONG-1400"
    after: float = 1.4


@dataclass
class FakePhone:
    """An endpoint: a phone or a trunk."""

    name: str
    behaviour: Behaviour
    online: bool = True
    greeting: Greeting = Greeting()
    called: list[str] = field(default_factory=list)
    """Ids of the channels that rang it up, in order."""
