"""Campaigns as Prometheus reads them, computed from the fold and the pacing when they are read.

Counters rise for the life of the log.  A series has the name of a campaign that the live site has, and an
outcome: neither is anybody's, and there are as many as there are campaigns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric as Family

    from outbound.campaigns.attempts import Open, Totals
    from outbound.dialer.run import Run
    from outbound.dialer.service import Campaigns

_COUNTERS: tuple[tuple[str, str, Callable[[Totals], int]], ...] = (
    ("answered", "Attempts that somebody or a machine answered.", lambda totals: totals.answered),
    ("connected", "Answered attempts that were given an agent.", lambda totals: totals.connected),
    ("dropped", "Attempts that somebody answered, and had no agent.", lambda totals: totals.dropped),
)
_BY_KIND: tuple[tuple[str, str, str, Callable[[Totals], dict[str, int]]], ...] = (
    ("attempts", "Attempts that are over.", "outcome", lambda totals: totals.outcomes),
    ("messages", "Messages begun, to those without an agent or a machine.", "kind", lambda of: of.messages),
)
_GAUGES: tuple[tuple[str, str, Callable[[Run], float | None]], ...] = (
    ("drop_ratio_today", "Drops of the live answers, today.", lambda run: _share(*_today(run))),
    ("drop_ratio_30_days", "Drops of the live answers, in 30 days.", lambda run: _share(*run.budget.window)),
    ("drop_cap_ratio", "What the drops are kept under.", lambda run: run.budget.cap),
    ("pacing_threshold", "Theta: how likely a call may find nobody.", lambda run: run.threshold),
    ("leads_at_hand", "Leads that were judged and may be dialled next.", lambda run: len(run.hopper)),
    ("agents", "Agents that it reckons with.", lambda run: run.floor.staff if run.floor else 0),
)


class CampaignCollector(Collector):
    """Asks for the figures at each reading."""

    def __init__(self, service: Campaigns) -> None:
        self._service = service

    def register(self) -> None:
        """Be read from now on."""
        REGISTRY.register(self)

    def unregister(self) -> None:
        """Be read no more."""
        REGISTRY.unregister(self)

    def describe(self) -> list[Family]:
        """Say nothing before there is something to be read."""
        return []

    def collect(self) -> Iterator[Family]:
        """Give every family."""
        runs = sorted(self._service.runs.values(), key=lambda run: run.name)
        totals = {run.name: self._service.attempts.totals(run.name) for run in runs}
        for name, about, of in _COUNTERS:
            counter = CounterMetricFamily(f"ringhall_campaign_{name}", about, labels=["campaign"])
            for campaign, each in totals.items():
                counter.add_metric([campaign], of(each))
            yield counter
        for name, about, label, by_kind in _BY_KIND:
            counter = CounterMetricFamily(f"ringhall_campaign_{name}", about, labels=["campaign", label])
            for campaign, each in totals.items():
                for kind, count in sorted(by_kind(each).items()):
                    counter.add_metric([campaign, kind], count)
            yield counter
        for name, about, value in _GAUGES:
            gauge = GaugeMetricFamily(f"ringhall_campaign_{name}", about, labels=["campaign"])
            for run in runs:
                if (figure := value(run)) is not None:
                    gauge.add_metric([run.name], figure)
            yield gauge
        yield self._lines(runs)
        books = self._service.books
        yield CounterMetricFamily(
            "ringhall_campaign_books_faults", "Times the books could not be written.", books.faults
        )
        yield GaugeMetricFamily(
            "ringhall_campaign_books_waiting", "What is to be written into the books.", books.waiting
        )

    def _lines(self, runs: list[Run]) -> Family:
        gauge = GaugeMetricFamily(
            "ringhall_campaign_lines", "Lines that are up now.", labels=["campaign", "state"]
        )
        for run in runs:
            states = dict.fromkeys(("ringing", "waiting", "talking"), 0)
            for attempt in self._service.attempts.on(run.name):
                states[_state(attempt)] += 1
            for state, count in states.items():
                gauge.add_metric([run.name, state], count)
        return gauge


def _state(attempt: Open) -> str:
    if not attempt.answered_at:
        return "ringing"
    return "talking" if attempt.agent_at else "waiting"


def _today(run: Run) -> tuple[int, int]:
    return run.budget.answers, run.budget.drops


def _share(answers: int, drops: int) -> float | None:
    """None before there are answers: a share of nothing is not zero."""
    return drops / answers if answers else None
