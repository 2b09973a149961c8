"""What report tools make of a queue_log's text: calls, service level, ASA, talk, ring-no-answers.

Written after the format alone, as such tools are; it shares no code with the folds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Figures:
    offered: int = 0
    answered: int = 0
    within: int = 0
    abandoned: int = 0
    short: int = 0
    hold_s: int = 0
    talk_s: int = 0
    completed: int = 0
    no_answers: int = 0
    exits: int = 0
    canceled: int = 0
    holds: list[int] = field(default_factory=list)

    @property
    def service_level(self) -> float | None:
        counted = self.answered + self.abandoned
        return self.within / counted if counted else None

    @property
    def asa(self) -> float | None:
        return self.hold_s / self.answered if self.answered else None


@dataclass
class Read:
    queues: defaultdict[str, Figures]
    agents: defaultdict[str, Figures]
    logins: dict[str, int]
    """Agent → seconds of sessions that ended."""
    paused: dict[str, int]
    """``AGENT REASON`` → seconds of pauses that ended."""


def read(lines: Iterable[str], within_s: int, short_s: int) -> Read:  # noqa: PLR0912 - a table of verbs
    queues: defaultdict[str, Figures] = defaultdict(Figures)
    agents: defaultdict[str, Figures] = defaultdict(Figures)
    logins: defaultdict[str, int] = defaultdict(int)
    paused: defaultdict[str, int] = defaultdict(int)
    pauses: dict[str, tuple[str, int]] = {}
    for line in lines:
        epoch, _call, queue, agent, verb, *data = line.split("|")
        both = (queues[queue], agents[agent.removeprefix("Agent/")])
        match verb:
            case "ENTERQUEUE":
                queues[queue].offered += 1
            case "CONNECT":
                for one in both:
                    one.answered += 1
                    one.hold_s += int(data[0])
                    one.holds.append(int(data[0]))
                    one.within += int(data[0]) <= within_s
            case "ABANDON":
                if int(data[2]) <= short_s:
                    queues[queue].short += 1
                else:
                    queues[queue].abandoned += 1
            case "EXITWITHTIMEOUT" | "EXITWITHKEY" | "EXITEMPTY":
                queues[queue].exits += 1
            case "COMPLETEAGENT" | "COMPLETECALLER":
                for one in both:
                    one.completed += 1
                    one.talk_s += int(data[1])
            case "RINGNOANSWER":
                for one in both:
                    one.no_answers += 1
            case "RINGCANCELED":
                for one in both:
                    one.canceled += 1
            case "AGENTLOGOFF":
                logins[agent] += int(data[1])
            case "PAUSEALL":
                pauses[agent] = (data[0], int(epoch))
            case "UNPAUSEALL":
                reason, since = pauses.pop(agent)
                assert reason == data[0], line
                paused[f"{agent} {reason}"] += int(epoch) - since
            case _:
                pass
    return Read(queues, agents, dict(logins), dict(paused))
