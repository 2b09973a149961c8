"""Which agents a campaign reckons with, when several share them.

Only the pacing reckons so: whoever answers is offered every agent who can take the call.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def share(
    eligible: Mapping[str, Sequence[str]], weights: Mapping[str, int], before: Mapping[str, str]
) -> dict[str, str]:
    """Give agent → campaign, so that campaigns have agents by their weights as nearly as skills allow.

    ``eligible``: agent → campaigns that they can work for; ``before``: the last result, kept where it is no
    worse, so that nobody's elapsed times jump between campaigns.  Those with the fewest choices go first;
    each goes where (agents + 1) ÷ weight is least, which is the highest averages of D'Hondt.
    """
    given: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for agent in sorted(eligible, key=lambda name: (len(eligible[name]), name)):
        choices = eligible[agent]
        if not choices:
            continue
        # how many each has must not hang on who was where before, or equal ones would change for ever
        best = min(choices, key=lambda name: ((counts[name] + 1) / weights[name], name))
        given[agent] = best
        counts[best] += 1
    return _settled(given, eligible, before)


def _settled(
    given: dict[str, str], eligible: Mapping[str, Sequence[str]], before: Mapping[str, str]
) -> dict[str, str]:
    """Swap agents so that as many as possible stay where they were; the counts stay."""
    for agent in list(given):
        old, campaign = before.get(agent), given[agent]
        if old is None or old == campaign or old not in eligible[agent]:
            continue
        for other, theirs in given.items():
            if theirs == old and before.get(other) != old and campaign in eligible[other]:
                given[agent], given[other] = old, campaign
                break
    return given
